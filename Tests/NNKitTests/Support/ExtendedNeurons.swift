import NNKit

/// A product neuron: z = w₀ · Πᵢ xᵢ + b, one weight whatever its fan-in.
final class ProductNeuron<Scalar: NetworkScalar>: Neuron<Scalar> {
  init(inputs fanIn: Int, activation: Activation) {
    super.init(inputs: fanIn, activation: activation, weightCount: 1)
  }

  private func product(_ column: Int, without skipped: Int? = nil) -> Scalar {
    (0..<fanIn).reduce(1) { $1 == skipped ? $0 : $0 * inputs[$1, column] }
  }

  override func combine() {
    for c in 0..<inputs.columns { weightedInputs[c] = weights[0] * product(c) + bias }
  }

  override func accumulateGradients() {
    for c in 0..<inputs.columns {
      weightGradients[0] += localGradients[c] * product(c)
      biasGradient += localGradients[c]
    }
  }

  override func sendMessages(to upstream: Messages<Scalar>) {
    for c in 0..<inputs.columns {
      for i in 0..<fanIn { upstream[i, c] += localGradients[c] * weights[0] * product(c, without: i) }
    }
  }
}

/// A neuron that keeps its messages to itself: what is upstream of it never hears of its errors.
final class DroppingNeuron<Scalar: NetworkScalar>: Neuron<Scalar> {
  override func sendMessages(to upstream: Messages<Scalar>) {}
}

/// A neuron with a trainable slope: a = s · f(z), s being one weight more than it has inputs.
final class SlopeNeuron<Scalar: NetworkScalar>: Neuron<Scalar> {
  /// f(z), which the derivative of f may be computed from.
  private var response: [Scalar] = []
  private var slope: Scalar { weights[fanIn] }

  init(inputs fanIn: Int, activation: Activation) {
    super.init(inputs: fanIn, activation: activation, weightCount: fanIn + 1)
    weights[fanIn] = 1
  }

  override func respond() throws {
    try super.respond()
    response = Array(outputs)
    outputs.assign(response.map { slope * $0 })
  }

  override func computeLocalGradients() throws {
    outputs.assign(response)
    try super.computeLocalGradients()
    for c in 0..<outputs.count {
      outputs[c] *= slope
      localGradients[c] *= slope
    }
  }

  override func accumulateGradients() throws {
    try super.accumulateGradients()
    for c in 0..<outputs.count { weightGradients[fanIn] += received[c] * response[c] }
  }

  override func initialize(by initializer: Initializer, fanOut: Int, random: inout RandomSource) {
    super.initialize(by: initializer, fanOut: fanOut, random: &random)
    weights[fanIn] = 1
  }
}

/// How to make the neurons above when a model that has them is loaded.
func extendedNeurons<Scalar: NetworkScalar>(as type: Scalar.Type = Scalar.self) -> [String: NeuronFactory<Scalar>] {
  [
    "RadialNeuron": { inputs, activation, _ in RadialNeuron(inputs: inputs, activation: activation) },
    "ProductNeuron": { inputs, activation, _ in ProductNeuron(inputs: inputs, activation: activation) },
    "DroppingNeuron": { inputs, activation, _ in DroppingNeuron(inputs: inputs, activation: activation) },
    "SlopeNeuron": { inputs, activation, _ in SlopeNeuron(inputs: inputs, activation: activation) },
  ]
}

/// A layer of plain neurons with the extended ones scattered between them: P R P P S X P.
func mixedLayer<Scalar: NetworkScalar>(
  inputs: Int, _ activation: Activation, as type: Scalar.Type = Scalar.self
) throws -> Layer<Scalar> {
  func plain() -> Neuron<Scalar> { Neuron(inputs: inputs, activation: activation) }
  return try Layer([
    plain(), RadialNeuron(inputs: inputs, activation: activation), plain(), plain(),
    SlopeNeuron(inputs: inputs, activation: activation), ProductNeuron(inputs: inputs, activation: activation), plain(),
  ])
}
