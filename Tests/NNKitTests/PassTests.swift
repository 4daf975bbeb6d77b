import NNKit
import Testing

/// The two ways of running a layer, neuron by neuron and fused, give the same numbers.
@Suite struct PassTests {
  private static let batches = [1, 2, 3, 7, 10, 64]

  /// Runs one pass with each engine over the same network and compares all that they leave behind.
  private func compare<Scalar: NetworkScalar>(
    _ make: () throws -> Network<Scalar>, _ loss: Loss, batch: Int, seed: UInt64, threads: Int = 1,
    tolerance: Double
  ) throws {
    var random = RandomSource(seed: seed)
    let (one, other) = (try make(), try make())
    let samples = try Samples<Scalar>(
      inputs: random.table(batch, one.inputCount),
      targets: targets(for: loss, samples: batch, outputs: one.outputCount, random: &random))
    one.engine = .neuron
    (other.engine, other.threads) = (.fused, threads)
    let (left, right) = (try pass(one, loss, samples), try pass(other, loss, samples))
    let place = "\(one.layers.map { String(describing: $0.neurons.map(\.activation.name)) }), \(loss), batch \(batch)"
    #expect(isClose(left.loss, right.loss, relative: tolerance, absolute: tolerance), "\(place)")
    #expect(difference(left.inputGradients, right.inputGradients) <= tolerance, "\(place)")
    for (left, right) in zip(traces(of: one), traces(of: other)) {
      #expect(difference(left.values, right.values) <= tolerance, "\(left.name), \(place)")
    }
  }

  @Test("every activation in a hidden layer, in both precisions", arguments: Names.activations)
  func activations(_ name: String) throws {
    let (activation, tanh) = (try bundled().activation(name), try bundled().activation("tanh"))
    let loss = try bundled().loss("mean_squared_error")
    for (index, batch) in Self.batches.enumerated() {
      let seed = UInt64(10 + index)
      let functions = [tanh, activation, tanh]
      try compare(
        { try network([5, 7, 9, 3], functions, seed: seed, as: Double.self) }, loss, batch: batch, seed: seed,
        tolerance: 1e-12)
      try compare(
        { try network([5, 7, 9, 3], functions, seed: seed, as: Float.self) }, loss, batch: batch, seed: seed,
        tolerance: 1e-5)
    }
  }

  @Test("every loss behind every activation that suits it", arguments: Names.losses)
  func losses(_ name: String) throws {
    let (loss, tanh) = (try bundled().loss(name), try bundled().activation("tanh"))
    for (index, activation) in try suitableActivations(before: loss, in: bundled()).enumerated() {
      // log of an output that is 0 is infinite: such outputs are for the tests of the losses themselves.
      let areZero = ["relu", "relu6", "hard_sigmoid", "step", "linear_piece"]
      if loss.outputRange.lowerBound == 0 && areZero.contains(activation) { continue }
      let functions = [tanh, try bundled().activation(activation)]
      let batch = Self.batches[index % Self.batches.count]
      try compare(
        { try network([4, 6, 3], functions, seed: 5, as: Double.self) }, loss, batch: batch, seed: 6, tolerance: 1e-12)
      try compare(
        { try network([4, 6, 3], functions, seed: 5, as: Float.self) }, loss, batch: batch, seed: 6, tolerance: 1e-5)
    }
  }

  @Test("layers of many neurons, on one thread and on several", arguments: batches, [1, 3])
  func manyNeurons(_ batch: Int, threads: Int) throws {
    let tanh = try bundled().activation("tanh")
    let loss = try bundled().loss("mean_squared_error")
    try compare(
      { try network([70, 81, 130, 66, 3], [tanh, tanh, tanh, tanh], seed: 4, as: Double.self) }, loss, batch: batch,
      seed: 5, threads: threads, tolerance: 1e-12)
    try compare(
      { try network([70, 81, 130, 66, 3], [tanh, tanh, tanh, tanh], seed: 4, as: Float.self) }, loss, batch: batch,
      seed: 5, threads: threads, tolerance: 1e-5)
  }

  @Test("an activation for each neuron", arguments: batches)
  func mixedActivations(_ batch: Int) throws {
    func make<Scalar: NetworkScalar>(_ type: Scalar.Type) throws -> Network<Scalar> {
      let names = ["relu", "relu", "tanh", "gaussian", "gaussian", "gaussian", "silu", "relu", "sine"]
      let neurons = try names.map { Neuron<Scalar>(inputs: 4, activation: try bundled().activation($0)) }
      let network = try Network(
        layers: [Layer(neurons), Layer(neurons: 2, inputs: 9, activation: bundled().activation("sigmoid"))], seed: 7)
      scatterBiases(of: network, seed: 7)
      return network
    }
    let loss = try bundled().loss("binary_cross_entropy")
    try compare({ try make(Double.self) }, loss, batch: batch, seed: 8, tolerance: 1e-12)
    try compare({ try make(Float.self) }, loss, batch: batch, seed: 8, tolerance: 1e-5)
  }

  @Test("extended neurons between plain runs", arguments: batches)
  func mixedKinds(_ batch: Int) throws {
    func make<Scalar: NetworkScalar>(_ type: Scalar.Type) throws -> Network<Scalar> {
      let (tanh, sigmoid) = (try bundled().activation("tanh"), try bundled().activation("sigmoid"))
      let network = try Network<Scalar>(
        layers: [
          mixedLayer(inputs: 4, tanh), mixedLayer(inputs: 7, sigmoid),
          Layer(neurons: 3, inputs: 7, activation: bundled().activation("softmax")),
        ], seed: 9)
      scatterBiases(of: network, seed: 9)
      return network
    }
    let loss = try bundled().loss("cross_entropy")
    try compare({ try make(Double.self) }, loss, batch: batch, seed: 3, tolerance: 1e-12)
    try compare({ try make(Float.self) }, loss, batch: batch, seed: 3, tolerance: 1e-5)
  }

  @Test("networks of random depth, width and functions", arguments: 1...30)
  func randomNetworks(_ seed: UInt64) throws {
    var random = RandomSource(seed: seed)
    let names = Names.elementwise.filter { $0 != "exponential" }
    let depth = Int.random(in: 1...4, using: &random)
    let widths = (0...depth).map { _ in Int.random(in: 1...33, using: &random) }
    let functions = try (0..<depth).map { _ in try bundled().activation(names.randomElement(using: &random) ?? "tanh") }
    let batch = Self.batches[Int(seed) % Self.batches.count]
    let loss = try bundled().loss(["squared_error", "huber", "log_cosh"][Int(seed) % 3])
    try compare(
      { try network(widths, functions, seed: seed, as: Double.self) }, loss, batch: batch, seed: seed, tolerance: 1e-12)
  }

  @Test("the backward pass leaves weights alone, and a second one gives the same numbers", arguments: Engine.allCases)
  func idempotent(_ engine: Engine) throws {
    var random = RandomSource(seed: 1)
    let functions = [try bundled().activation("tanh"), try bundled().activation("softmax")]
    let network: Network<Double> = try network([3, 5, 2], functions)
    network.engine = engine
    let samples = try Samples<Double>(
      inputs: random.table(7, 3), targets: [[1, 0]] + Array(repeating: [0, 1], count: 6))
    let weights = parameters(of: network)
    let first = try pass(network, bundled().loss("cross_entropy"), samples)
    let left = traces(of: network).map(\.values)
    let second = try pass(network, bundled().loss("cross_entropy"), samples)
    #expect(traces(of: network).map(\.values) == left)
    #expect(first.loss == second.loss && first.inputGradients == second.inputGradients)
    #expect(parameters(of: network) == weights)
  }

  @Test("gradients of a batch are the sum of its samples', messages and δ are each sample's own")
  func batchesAddUp() throws {
    var random = RandomSource(seed: 12)
    let functions = [try bundled().activation("silu"), try bundled().activation("tanh")]
    let loss = try bundled().loss("mean_squared_error")
    let (inputs, targets): ([[Double]], [[Double]]) = (random.table(5, 3), random.table(5, 2))
    let whole: Network<Double> = try network([3, 4, 2], functions)
    let all = try pass(whole, loss, Samples(inputs: inputs, targets: targets))
    let single: Network<Double> = try network([3, 4, 2], functions)
    var (sum, losses) = (try whole.layers[0].weightGradients.values.map { $0.map { _ in 0.0 } }, 0.0)
    for sample in 0..<5 {
      let part = try pass(single, loss, Samples(inputs: [inputs[sample]], targets: [targets[sample]]))
      losses += part.loss
      for (row, values) in try single.layers[0].weightGradients.values.enumerated() {
        for (column, value) in values.enumerated() { sum[row][column] += value }
      }
      for row in 0..<3 {
        #expect(isClose(part.inputGradients[row][0], all.inputGradients[row][sample], absolute: 1e-15))
      }
      for row in 0..<4 {
        let (left, right) = (single.layers[0].localGradients, whole.layers[0].localGradients)
        #expect(isClose(left[row, 0], right[row, sample], absolute: 1e-15))
      }
    }
    #expect(isClose(losses, all.loss, relative: 1e-14))
    #expect(try difference(sum, whole.layers[0].weightGradients.values) < 1e-14)
  }
}
