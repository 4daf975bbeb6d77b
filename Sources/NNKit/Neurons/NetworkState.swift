/// All that a network's layers hold at one moment: parameters, gradients, and what the last pass left.
package struct NetworkState<Scalar: NetworkScalar> {
  private struct LayerState {
    let columns: Int
    let matrices: [[Scalar]]
    let inputs: Inputs<Scalar>
    let heard: Inputs<Scalar>
  }

  private let layers: [LayerState]

  package init(of network: Network<Scalar>) {
    layers = network.layers.map { layer in
      LayerState(
        columns: layer.storage.outputs.columns,
        matrices: layer.storage.matrices.map { $0.withElements { Array($0) } },
        inputs: layer.storage.inputs, heard: layer.storage.heard)
    }
  }

  /// Gives the network back what it held.
  package func restore(to network: Network<Scalar>) {
    for (state, layer) in zip(layers, network.layers) {
      layer.storage.resize(columns: state.columns)
      for (saved, matrix) in zip(state.matrices, layer.storage.matrices) {
        matrix.withElements { _ = $0.update(fromContentsOf: saved) }
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
