/// All that a network's layers hold at one moment: parameters, gradients, and what the last pass left.
package struct NetworkState<Scalar: NetworkScalar> {
  private struct LayerState {
    let matrices: [(columns: Int, values: [Scalar])]
    let inputs: Inputs<Scalar>
    let heard: Inputs<Scalar>
  }

  private let layers: [LayerState]

  package init(of network: Network<Scalar>) {
    layers = network.layers.map { layer in
      LayerState(
        matrices: layer.storage.matrices.map { matrix in (matrix.columns, matrix.withElements { Array($0) }) },
        inputs: layer.storage.inputs, heard: layer.storage.heard)
    }
  }

  /// Gives the network back what it held.
  package func restore(to network: Network<Scalar>) {
    for (state, layer) in zip(layers, network.layers) {
      for (saved, matrix) in zip(state.matrices, layer.storage.matrices) {
        matrix.resize(columns: saved.columns)
        matrix.withElements { _ = $0.update(fromContentsOf: saved.values) }
      }
      (layer.storage.inputs, layer.storage.heard) = (state.inputs, state.heard)
    }
  }
}

extension LayerStorage {
  fileprivate var matrices: [Matrix<Scalar>] {
    [weights, weightGradients, biases, biasGradients, weightedInputs, outputs, received, localGradients]
  }
}
