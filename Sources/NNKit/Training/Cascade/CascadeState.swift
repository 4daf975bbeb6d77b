/// A cascade's network as its numbers: the neurons that were added, in their order, and the weights of the outputs.
struct CascadeState<Scalar: NetworkScalar> {
  struct Neuron {
    /// Its activation's number among the candidates' activations.
    let candidate: Int
    /// From each input of the network and each neuron added before.
    let weights: Matrix<Scalar>
    let bias: Matrix<Scalar>
  }

  var neurons: [Neuron] = []
  /// Outputs × (inputs + neurons).
  var outputWeights: Matrix<Scalar>
  var outputBiases: Matrix<Scalar>

  /// The numbers of a network's only layer.
  init(_ layer: Layer<Scalar>) {
    (outputWeights, outputBiases) = (layer.storage.weights.copy(), layer.storage.biases.copy())
  }

  /// Room for the numbers of so many outputs and inputs, and of neurons with these activations.
  init(outputs: Int, inputs: Int, candidates: [Int]) {
    neurons = candidates.enumerated().map { index, candidate in
      Neuron(
        candidate: candidate, weights: Matrix(rows: 1, columns: inputs + index), bias: Matrix(rows: 1, columns: 1))
    }
    outputWeights = Matrix(rows: outputs, columns: inputs + candidates.count)
    outputBiases = Matrix(rows: outputs, columns: 1)
  }

  /// Adds a neuron, with a weight to each output.
  mutating func install(_ neuron: Neuron, outputWeights added: [Scalar]) {
    neurons.append(neuron)
    let wider = Matrix<Scalar>(rows: outputWeights.rows, columns: outputWeights.columns + 1)
    for row in 0..<wider.rows {
      for column in 0..<outputWeights.columns { wider[row, column] = outputWeights[row, column] }
      wider[row, outputWeights.columns] = added[row]
    }
    outputWeights = wider
  }

  /// The matrices and what a checkpoint calls them: as the layers of the network are called.
  var arrays: [(name: String, matrix: Matrix<Scalar>)] {
    typealias Kind = Parameter<Scalar>.Kind
    let inner = neurons.enumerated().flatMap { index, neuron in
      [(Kind.weights.name(inLayer: index), neuron.weights), (Kind.biases.name(inLayer: index), neuron.bias)]
    }
    let last = neurons.count
    return inner + [(Kind.weights.name(inLayer: last), outputWeights), (Kind.biases.name(inLayer: last), outputBiases)]
  }
}
