internal import Synchronization

/// A network's answers to one sample after another.
///
/// It takes a copy of the weights that is laid out input by input: z = b + Σ xᵢ wᵢ, where wᵢ is what all neurons of a layer
/// weigh input i by. An input of 0 then costs nothing, since its wᵢ is not read, and zero is what most pixels of a digit
/// and all silent relu neurons are (not even if it is infinite). Over one sample the rate at which weights are read is the rate
/// of the pass.
///
///     let predictor = try Predictor(network)
///     let answer = try predictor.outputs(for: sample)
///
/// Several tasks may ask one predictor at a time: after it is made, nothing in it changes, hence it is Sendable.
public final class Predictor<Scalar: NetworkScalar>: @unchecked Sendable {
  private let layers: [PredictorLayer<Scalar>]
  /// Threads are shared by one answer at a time.
  private let threadPool: Mutex<ThreadPool>
  private let threads: Int
  /// How many numbers a sample has.
  public let inputCount: Int

  /// - Parameter network: Whose weights are copied as they are now; training it further does not change the answers.
  /// - Throws: `NetworkError` if a neuron is not plain: only a weighted sum can leave inputs of 0 out.
  public init(_ network: Network<Scalar>) throws {
    guard network.sources == nil else {
      throw NetworkError("some layers have other sources than the layer before; ask the network itself for its outputs")
    }
    layers = try network.layers.enumerated().map { index, layer in
      guard layer.wiring == .dense else {
        throw NetworkError("layer \(index) has a sliding window; ask the network itself for its outputs")
      }
      guard layer.parts.allSatisfy(\.arePlain), layer.weights.columns == layer.fanIn else {
        throw NetworkError(
          "layer \(index) has neurons that are not plain weighted sums (\(layer.kindNames.joined(separator: ", ")));"
            + " ask the network itself for its outputs")
      }
      return PredictorLayer(layer)
    }
    threads = network.threads
    threadPool = Mutex(ThreadPool(threads))
    inputCount = network.inputCount
  }

  /// The answer to one sample.
  ///
  /// - Parameter sample: `inputCount` numbers.
  /// - Returns: Outputs × 1.
  /// - Throws: `NetworkError` if it has another length; `FunctionFailure` if a plugin reports one.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func forward(_ sample: Row<Scalar>) throws -> Matrix<Scalar> {
    guard sample.count == inputCount else {
      throw NetworkError("a sample has \(sample.count) numbers, the network takes \(inputCount)")
    }
    defer { withExtendedLifetime(sample) {} }
    var answer = try layers[0].forward(UnsafePointer(sample.base), self)
    for (index, layer) in layers.enumerated().dropFirst() {
      try inLayer(index) { answer = try layer.forward(UnsafePointer(answer.base), self) }
    }
    return answer
  }

  fileprivate func parallelFor(_ count: Int, grain: Int, alignment: Int, _ body: (Range<Int>) -> Void) {
    if threads == 1 { return body(0..<count) }
    threadPool.withLock { $0.parallelFor(count, grain: grain, alignment: alignment, body) }
  }

  /// The answer to one sample.
  public func outputs(for sample: [Scalar]) throws -> [Scalar] {
    let answer = try forward(Matrix(row: sample).row(0))
    return (0..<answer.rows).map { answer[$0, 0] }
  }
}

/// A layer's weights and biases, and its answer to one sample.
private struct PredictorLayer<Scalar: NetworkScalar> {
  /// Fan-in × neurons; of few neurons, neurons × fan-in.
  private let weights: Matrix<Scalar>
  private let isByInput: Bool
  private let biases: Matrix<Scalar>
  private let responses: [(neurons: Range<Int>, activation: Activation)]

  init(_ layer: Layer<Scalar>) {
    let (neurons, fanIn) = (layer.neurons.count, layer.fanIn)
    // Where an input has less than some cache lines of weights, there is little to leave out.
    isByInput = neurons >= 64
    weights = Matrix(rows: isByInput ? fanIn : neurons, columns: isByInput ? neurons : fanIn)
    if isByInput {
      Scalar._kernels.transpose(layer.weights.base, neurons, fanIn, weights.base, neurons)
    } else {
      weights.assign(layer.weights)
    }
    biases = Matrix(rows: neurons, columns: 1)
    biases.assign(layer.biases)
    responses = layer.responses
  }

  func forward(_ x: UnsafePointer<Scalar>, _ predictor: Predictor<Scalar>) throws -> Matrix<Scalar> {
    let (neurons, stride) = (biases.rows, weights.columns)
    let fanIn = weights.count / neurons
    let (weightedInputs, outputs) = (biases.copy(), Matrix<Scalar>(rows: neurons, columns: 1))
    let z = weightedInputs.base
    // A thread takes neurons, a multiple of what the product sums up at once.
    predictor.parallelFor(neurons, grain: 100_000 / fanIn, alignment: 256) { part in
      let (first, count) = (part.lowerBound, part.count)
      let w =
        isByInput
        ? StridedMatrix(weights.base + first, row: 1, column: stride)
        : StridedMatrix(weights.base + first * stride, row: stride, column: 1)
      let x = StridedMatrix(x, row: 1, column: 1)
      Scalar._kernels.multiply(GEMM(count, 1, fanIn, alpha: 1, w, x, beta: 1, z + first, cRow: 1))
    }
    for (neurons, activation) in responses {
      let first = neurons.lowerBound
      try activation.evaluate(Block(neurons: neurons.count, columns: 1), z + first, outputs.base + first)
    }
    withExtendedLifetime(weightedInputs) {}
    return outputs
  }
}
