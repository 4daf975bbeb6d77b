import Foundation
import NNKit
import Testing

/// Layers with other sources than the layer before, and with fewer connections than inputs; models of all wirings.
@Suite struct WiringTests {
  private func neurons<Scalar: NetworkScalar>(_ count: Int, _ inputs: Int) throws -> [Neuron<Scalar>] {
    try (0..<count).map { _ in Neuron(inputs: inputs, activation: try bundled().activation("tanh")) }
  }

  /// A window, pooling, a sum, a shortcut, connections and dropout.
  private func network<Scalar: NetworkScalar>(_ seed: UInt64 = 3, _: Scalar.Type = Scalar.self) throws -> Network<
    Scalar
  > {
    let tanh = try bundled().activation("tanh")
    let window = try SlidingWindow(channels: 1, height: 4, width: 4, samePaddedKernel: 3)
    let deep = try SlidingWindow(channels: 2, height: 4, width: 4, samePaddedKernel: 3)
    let pool = try SlidingWindow(channels: 2, height: 4, width: 4, kernel: 2, stride: 2, groups: 2)
    let layers: [Layer<Scalar>] = [
      try Layer(neurons: 2, window: window, activation: tanh), try Layer(neurons: 2, window: deep, activation: tanh),
      try Layer(
        (0..<2).map { _ in try PluginNeuron(inputs: 4, activation: tanh, kind: bundled().neuron("maximum")) },
        wiring: .slidingWindow(pool), sources: .added([.layer(0), .layer(1)])),
      try Layer(neurons(5, 8), connections: .rate(0.5)),
      try Layer(neurons(4, 21), sources: .concatenated([.inputs, .layer(3)])),
      try Layer(neurons(2, 16 + 32 + 32 + 8 + 5 + 4), sources: .all),
    ]
    layers[4].dropout = 0.25
    let network = try Network(layers: layers, seed: seed)
    scatterBiases(of: network, seed: seed)
    return network
  }

  private func samples<Scalar: NetworkScalar>(_ count: Int) throws -> Samples<Scalar> {
    var random = RandomSource(seed: 6)
    return try Samples(inputs: random.table(count, 16), targets: random.table(count, 2))
  }

  @Test("both engines agree, and gradients agree with central differences")
  func engines() throws {
    let loss = try bundled().loss("mean_squared_error")
    for threads in [1, 3] {
      let (one, other) = (try network(3, Double.self), try network(3, Double.self))
      (one.engine, other.engine, other.threads) = (.neuron, .auto, threads)
      let data = try samples(9) as Samples<Double>
      let (left, right) = (try pass(one, loss, data), try pass(other, loss, data))
      #expect(difference(left.inputGradients, right.inputGradients) < 1e-13)
      for (left, right) in zip(traces(of: one), traces(of: other)) {
        #expect(difference(left.values, right.values) < 1e-13, "\(left.name)")
      }
    }
    let check = try network(3, Double.self).checkGradients(loss, on: samples(2))
    #expect(check.worstRelativeError < 1e-6 && check.leftOut < check.checked / 10)
    #expect(check.checked + check.leftOut == (try network(3, Double.self).parameterCount) + 32)
  }

  @Test("connections are as many as the rate says, as even as can be, and each input has one")
  func rates() throws {
    for (neurons, inputs, rate, count) in [(10, 20, 0.3, 60), (3, 50, 0.1, 50), (7, 5, 0.01, 7), (4, 4, 1, 16)] {
      let layer = try Layer<Float>(self.neurons(neurons, inputs), connections: .rate(rate))
      var random = RandomSource(seed: 2)
      layer.initialize(random: &random)
      let lists = try #require(layer.connectionLists)
      #expect(lists.reduce(0) { $0 + $1.count } == count && layer.parameterCount == count + neurons)
      let sizes = lists.map(\.count)
      #expect(try #require(sizes.max()) - #require(sizes.min()) <= 1)
      #expect(Set(lists.joined()).count == inputs)
      for (neuron, list) in lists.enumerated() {
        for input in 0..<inputs { #expect((layer.weights[neuron, input] != 0) == list.contains(input)) }
      }
    }
  }

  private static let optimizers: [any Optimizer] = [
    .sgd(learningRate: 0.1), .sgd(learningRate: 0.05, momentum: 0.9), .adam(), .adamw(weightDecay: 0.1), .rprop(),
    .lion(learningRate: 0.01), .quickprop(learningRate: 0.05), .irpropm(learningRate: 0.01), .nadam(), .rmsprop(),
  ]

  @Test("a weight without a connection stays 0, whatever the optimizer", arguments: optimizers)
  func stays(_ optimizer: any Optimizer) throws {
    for engine in [Engine.neuron, .auto] {
      let network = try network(3, Float.self)
      network.engine = engine
      try network.train(
        on: samples(12), loss: bundled().loss("mean_squared_error"),
        settings: TrainingSettings(
          epochs: 3, batch: 4, optimizer: optimizer, regularization: Regularization(l1: 0.01, l2: 0.01)))
      let layer = network.layers[3]
      let lists = try #require(layer.connectionLists)
      var moved = 0
      for (neuron, list) in lists.enumerated() {
        for input in 0..<8 {
          if list.contains(input) {
            moved += layer.weights[neuron, input] != 0 ? 1 : 0
          } else {
            #expect(layer.weights[neuron, input] == 0)
          }
        }
      }
      #expect(moved > 15)
    }
  }

  @Test("saved, loaded and copied, it is the same network")
  func models() throws {
    let folder = try TemporaryFolder()
    let network = try network(5, Float.self)
    try network.train(
      on: samples(12), loss: bundled().loss("mean_squared_error"),
      settings: TrainingSettings(epochs: 2, batch: 4, optimizer: .sgd(learningRate: 0.1)))
    let file = folder.file("model.safetensors")
    try network.write(to: file)
    let inputs = (try samples(5) as Samples<Float>).inputs.values
    let answers = try network.outputs(for: inputs)
    for other in [try Network<Float>(contentsOf: file, plugins: bundled()), try network.copy()] {
      #expect(try other.outputs(for: inputs) == answers)
      #expect(other.layers.map(\.wiring) == network.layers.map(\.wiring))
      #expect(other.layers.map(\.dropout) == network.layers.map(\.dropout))
      #expect(other.layers.map(\.connectionLists) == network.layers.map(\.connectionLists))
      #expect(other.parameterCount == network.parameterCount)
      #expect(other.layers[2].sources == .added([.layer(0), .layer(1)]))
    }
    let text = String(decoding: try Data(contentsOf: file).prefix(4000), as: UTF8.self)
    #expect(text.contains("\\\"version\\\":4") && text.contains("kernel"))
  }

  @Test("a model that says what cannot be is refused")
  func damagedModels() throws {
    let folder = try TemporaryFolder()
    let file = folder.file("model.safetensors")
    try network(5, Float.self).write(to: file)
    for (there, instead) in [
      ("\"kernel\":[3,3]", "\"kernel\":[9,9]"), ("\"kernel\":[3,3]", "\"kernel\":[3,1]"),
      ("\"stride\":[1,1]", "\"stride\":[0,1]"), ("\"dropout\":0.25", "\"dropout\":1.25"),
      ("\"sources\":[0,1]", "\"sources\":[0,7]"), ("\"groups\":2", "\"groups\":3"),
      ("\"join\":\"add\"", "\"join\":\"mix\""),
      ("\"channels\":1", "\"channels\":2"),
    ] {
      var damaged = try Safetensors(contentsOf: file.path)
      let description = try #require(damaged.metadata["nnkit"])
      #expect(description.contains(there), "\(there) in \(description)")
      damaged.metadata["nnkit"] = description.replacingOccurrences(of: there, with: instead)
      let other = folder.file("damaged.safetensors")
      try WholeFile.write(damaged.encoded(), to: other.path)
      #expect(throws: (any Error).self, "\(instead)") { try Network<Float>(contentsOf: other, plugins: bundled()) }
    }
  }

  @Test("sources that cannot be are refused, and so is a layer that no other has as a source")
  func refusals() throws {
    func message(_ layers: [Layer<Float>]) -> String {
      do { _ = try Network(layers: layers, seed: 1) } catch { return "\(error)" }
      return "no error"
    }
    #expect(
      message([try Layer(neurons(2, 3)), try Layer(neurons(1, 2), sources: .concatenated([.layer(1)]))]).contains(
        "layer before it"))
    #expect(
      message([try Layer(neurons(2, 3)), try Layer(neurons(1, 3), sources: .added([.inputs, .layer(0)]))]).contains(
        "adds"))
    #expect(
      message([try Layer(neurons(2, 3)), try Layer(neurons(1, 3), sources: .concatenated([.inputs]))]).contains(
        "no layer has layer 0"))
    #expect(message([try Layer(neurons(2, 3)), try Layer(neurons(1, 4), sources: .all)]).contains("give 5"))
    #expect(throws: NetworkError.self) { try Layer<Float>(self.neurons(2, 3), connections: .lists([[0], [3]])) }
    #expect(throws: NetworkError.self) { try Layer<Float>(self.neurons(2, 3), connections: .lists([[0]])) }
    #expect(throws: NetworkError.self) { try Layer<Float>(self.neurons(2, 3), connections: .rate(0)) }
    let undrawn = try Network(keepingWeightsOf: [Layer<Float>(neurons(2, 3), connections: .rate(0.5))])
    #expect(throws: NetworkError.self) { try undrawn.outputs(for: [1, 2, 3]) }
  }
}
