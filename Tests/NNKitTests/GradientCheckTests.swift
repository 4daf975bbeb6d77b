import NNKit
import Testing

/// The comparison of gradients with central differences: what it passes, leaves out and finds.
@Suite struct GradientCheckTests {
  private func samples(for loss: Loss, count: Int = 3, inputs: Int = 3, outputs: Int = 4) throws -> Samples<Double> {
    var random = RandomSource(seed: 15)
    return try Samples(
      inputs: random.table(count, inputs),
      targets: targets(for: loss, samples: count, outputs: outputs, random: &random))
  }

  @Test("every activation with every loss that suits it, in a 3-5-2-4 network", arguments: Names.activations)
  func combinations(_ name: String) throws {
    let (activation, tanh) = (try bundled().activation(name), try bundled().activation("tanh"))
    for loss in try Names.losses.map({ try bundled().loss($0) }) {
      let suits = try suitableActivations(before: loss, in: bundled()).contains(name)
      // Where the activation does not suit the loss it is in the hidden layers alone.
      let output = suits ? activation : try bundled().activation(loss.canonicalActivation ?? "softmax")
      if suits && loss.outputRange.lowerBound == 0
        && ["relu", "relu6", "hard_sigmoid", "linear_piece", "step"].contains(name)
      {
        continue
      }
      let network: Network<Double> = try network([3, 5, 2, 4], [activation, tanh, output], seed: 6)
      let check = try network.checkGradients(loss, on: samples(for: loss))
      #expect(check.checked + check.leftOut == network.parameterCount + 9)
      #expect(check.leftOut < 10, "\(name), \(loss)")
      // hard_sigmoid's slope is PyTorch's, 1/6 in single precision.
      let tolerance = name == "hard_sigmoid" ? 1e-6 : 1e-7
      #expect(check.worstRelativeError < tolerance, "\(name), \(loss): \(String(describing: check.worst))")
    }
  }

  @Test("mixed activations in one layer are each held to their own derivative")
  func mixed() throws {
    let names = ["relu", "tanh", "gaussian", "silu", "softsign"]
    let neurons = try names.map { Neuron<Double>(inputs: 3, activation: try bundled().activation($0)) }
    let network = try Network(
      layers: [Layer(neurons), Layer(neurons: 4, inputs: 5, activation: bundled().activation("softmax"))], seed: 2)
    scatterBiases(of: network, seed: 2)
    for engine in Engine.allCases {
      network.engine = engine
      let loss = try bundled().loss("cross_entropy")
      #expect(try network.checkGradients(loss, on: samples(for: loss)).worstRelativeError < 1e-7)
    }
  }

  @Test("a weighted input on a kink is left out and counted")
  func kinks() throws {
    let network = try Network<Double>(keepingWeightsOf: [layer([[1.0, 2]], biases: [0], bundled().activation("relu"))])
    let loss = try bundled().loss("squared_error")
    // z = 0: both weights of inputs that are not 0, the bias and both inputs move z across the kink.
    let onKink = try network.checkGradients(loss, on: Samples(inputs: [[2, -1]], targets: [[1]]))
    #expect(onKink.leftOut == 5 && onKink.checked == 0 && onKink.worst == nil && onKink.worstRelativeError == 0)
    // An input of 0 keeps its weight from moving z.
    let partly = try network.checkGradients(loss, on: Samples(inputs: [[0, 0]], targets: [[1]]))
    #expect(partly.leftOut == 3 && partly.checked == 2)
    let beside = try network.checkGradients(loss, on: Samples(inputs: [[2, -0.9]], targets: [[1]]))
    #expect(beside.leftOut == 0 && beside.checked == 5 && beside.worstRelativeError < 1e-9)
  }

  @Test("a kink so near that large steps cross it is checked with smaller ones")
  func nearKink() throws {
    let network = try Network<Double>(keepingWeightsOf: [layer([[1.0]], biases: [0], bundled().activation("relu"))])
    let loss = try bundled().loss("squared_error")
    let check = try network.checkGradients(loss, on: Samples(inputs: [[3e-5]], targets: [[1]]))
    #expect(check.leftOut == 0 && check.checked == 3 && check.worstRelativeError < 1e-6)
  }

  @Test("a kink of the loss is left out too, unless its convention is the mean of both slopes")
  func lossKinks() throws {
    let network: Network<Double> = try mirror(bundled().activation("identity"), width: 1)
    let hinge = try network.checkGradients(bundled().loss("hinge"), on: Samples(inputs: [[1]], targets: [[1]]))
    #expect(hinge.leftOut == 3 && hinge.checked == 0)
    let absolute = try network.checkGradients(
      bundled().loss("mean_absolute_error"), on: Samples(inputs: [[0.5]], targets: [[0.5]]))
    #expect(absolute.leftOut + absolute.checked == 3 && absolute.worstRelativeError < 1e-9)
  }

  @Test("what is not finite, saturated or singular is not compared, and told with its reason")
  func obstacles() throws {
    // e^1000 is infinite.
    let overflow = try Network<Double>(keepingWeightsOf: [
      layer([[1000.0]], biases: [0], bundled().activation("exponential"))
    ])
    let infinite = try overflow.checkGradients(
      bundled().loss("squared_error"), on: Samples(inputs: [[1]], targets: [[1]]))
    #expect(infinite.checked == 0 && infinite.uncompared.map(\.obstacle) == [.notFinite] && infinite.leftOut == 3)
    // 1 - a of the first output is one rounding: its logarithm moves by ln 2 or not at all.
    let shares = try Network<Double>(keepingWeightsOf: [
      layer([[36.4], [0]], biases: [0, 0], bundled().activation("softmax"))
    ])
    let saturated = try shares.checkGradients(
      bundled().loss("binary_cross_entropy"), on: Samples(inputs: [[1]], targets: [[0, 1]]))
    #expect(saturated.uncompared.contains { $0.obstacle == .saturated }, "\(saturated)")
    #expect(saturated.worstRelativeError < 1e-6)
    // The cosine of an angle to nothing jumps.
    let cosine = try PluginNeuron<Double>(
      inputs: 2, activation: bundled().activation("identity"), kind: bundled().neuron("cosine"))
    let angle = try Network<Double>(keepingWeightsOf: [Layer([cosine])])
    cosine.weights.assign([0.5, 1])
    let singular = try angle.checkGradients(
      bundled().loss("squared_error"), on: Samples(inputs: [[0, 0]], targets: [[1]]))
    #expect(singular.uncompared.map(\.obstacle) == [.singular] && singular.worstRelativeError < 1e-6, "\(singular)")
  }

  @Test("it leaves weights, samples and the network's answers as they were")
  func leavesNoTrace() throws {
    let loss = try bundled().loss("squared_error")
    let network: Network<Double> = try network([3, 4], [bundled().activation("tanh")])
    let (samples, before) = (try samples(for: loss), parameters(of: network))
    let (inputs, answers) = (samples.inputs.values, try network.outputs(for: samples.inputs.values))
    _ = try network.checkGradients(loss, on: samples)
    #expect(parameters(of: network) == before && samples.inputs.values == inputs)
    #expect(try network.outputs(for: inputs) == answers)
  }

  /// A neuron one of whose weight gradients is changed.
  private final class WrongNeuron: Neuron<Double> {
    var change: (Double) -> Double = { $0 }

    override func accumulateGradients() throws {
      try super.accumulateGradients()
      weightGradients[1] = change(weightGradients[1])
    }
  }

  @Test("one wrong gradient is found, by layer, neuron and weight", arguments: [0.9, -1, 0, 1.00001, .nan, .infinity])
  func oneWrong(_ factor: Double) throws {
    let tanh = try bundled().activation("tanh")
    let odd = WrongNeuron(inputs: 5, activation: tanh)
    odd.change = { $0 * factor }
    let network = try Network<Double>(
      layers: [
        Layer(neurons: 5, inputs: 3, activation: tanh),
        Layer([Neuron(inputs: 5, activation: tanh), odd]), Layer(neurons: 4, inputs: 2, activation: tanh),
      ], seed: 3)
    let loss = try bundled().loss("squared_error")
    let check = try network.checkGradients(loss, on: samples(for: loss))
    #expect(check.worst?.parameter == .weight(layer: 1, neuron: 1, index: 1))
    #expect(!(check.worstRelativeError < 5e-6))
    #expect(check.worst?.description.contains("weight 1 of layer 1, neuron 1") == true)
  }

  @Test("samples that do not fit are an error")
  func misfit() throws {
    let network: Network<Double> = try network([3, 4], [bundled().activation("tanh")])
    #expect(throws: NetworkError.self) {
      try network.checkGradients(bundled().loss("squared_error"), on: Samples(inputs: [[1]], targets: [[1]]))
    }
  }
}
