import Foundation
import NNKit
import Testing

/// Cascade-correlation; the same against libfann is in Benchmarks.
@Suite struct CascadeTests {
  private let candidates: [Activation]
  private let loss: Loss

  init() throws {
    candidates = try ["tanh", "sine", "gaussian"].flatMap { name in
      try [0.5, 1].map { try bundled().activation(name, parameters: ["steepness": $0]) }
    }
    loss = try bundled().loss("binary_cross_entropy")
  }

  /// The two spirals of Lang and Witbrock, 1988: 97 points each.
  static func spirals<Scalar: NetworkScalar>() throws -> Samples<Scalar> {
    var (inputs, targets): ([[Scalar]], [[Scalar]]) = ([], [])
    for i in 0..<97 {
      let (angle, radius) = (Double(i) * .pi / 16, 6.5 * Double(104 - i) / 104)
      let (x, y) = (Scalar(radius * sin(angle)), Scalar(radius * cos(angle)))
      inputs += [[x, y], [-x, -y]]
      targets += [[1], [0]]
    }
    return try Samples(inputs: inputs, targets: targets, targetKind: .classes)
  }

  static func parity<Scalar: NetworkScalar>(_ bits: Int) throws -> Samples<Scalar> {
    let inputs = (0..<1 << bits).map { number in (0..<bits).map { Scalar(number >> $0 & 1) } }
    return try Samples(
      inputs: inputs, targets: inputs.map { [Scalar(Int($0.reduce(0, +)) % 2)] }, targetKind: .classes)
  }

  private func trainer<Scalar: NetworkScalar>(
    _ samples: Samples<Scalar>, neurons: Int = 30, seed: UInt64 = 1, optimizer: any Optimizer = .irpropm(),
    stop: TrainingStop? = TrainingStop(bitFail: 0), earlyStopping: EarlyStopping? = nil, threads: Int = 1
  ) throws -> CascadeTrainer<Scalar> {
    let output = try Layer<Scalar>(
      neurons: 1, inputs: samples.inputCount, activation: bundled().activation("sigmoid"))
    let network = try Network(layers: [output], seed: seed)
    network.threads = threads
    return try CascadeTrainer(
      network, loss: loss, candidates: candidates, cascade: CascadeSettings(neurons: neurons),
      settings: TrainingSettings(
        epochs: 1, optimizer: optimizer, earlyStopping: earlyStopping, stop: stop, seed: seed))
  }

  @Test("two spirals and parity-8 are learned to the last sample, by three seeds each", arguments: [1, 2, 3])
  func problems(seed: UInt64) throws {
    let spirals: Samples<Float> = try Self.spirals()
    for (samples, most) in [(spirals, 20), (try Self.parity(8), 12)] {
      let trainer = try trainer(samples, neurons: most, seed: seed)
      let reports = try trainer.train(on: samples)
      #expect(reports.last?.train.bitFail == 0 && reports.last?.train.accuracy == 1)
      #expect(trainer.network.layers.count == reports.count && trainer.stopReason == .bitFail)
      #expect(try trainer.network.measure(loss, on: samples).accuracy == 1)
    }
  }

  @Test("quickprop and SARPROP grow networks too, in double precision, with several outputs and weighted samples")
  func optimizers() throws {
    let inputs: [[Double]] = (0..<32).map { number in (0..<5).map { Double(number >> $0 & 1) } }
    let targets = inputs.map { bits in [Double(Int(bits.reduce(0, +)) % 2), Double(Int(bits[0] + bits[1]) % 2)] }
    let samples = try Samples(
      inputs: inputs, targets: targets, targetKind: .labels, weights: (0..<32).map { 0.5 + Double($0 % 3) })
    for optimizer in [Quickprop(learningRate: 0.5), SARPROP(learningRate: 0.1)] as [any Optimizer] {
      let network = try Network<Double>(
        layers: [Layer(neurons: 2, inputs: 5, activation: bundled().activation("sigmoid"))], seed: 2)
      let trainer = try CascadeTrainer(
        network, loss: loss, candidates: candidates, cascade: CascadeSettings(neurons: 12, groups: 3),
        settings: TrainingSettings(epochs: 1, optimizer: optimizer, seed: 4))
      let losses = try trainer.train(on: samples).map(\.train.loss)
      #expect(losses.count == 13 && losses[12] < 0.2 * losses[0])
      #expect(trainer.network.layers.count == 13)
    }
  }

  @Test("each layer but the last is a neuron that hears all before it, and its numbers are what it gave alone")
  func structure() throws {
    let samples: Samples<Double> = try Self.parity(4)
    let trainer = try trainer(samples, neurons: 3, stop: nil)
    var networks: [Network<Double>] = []
    let reports = try trainer.train(on: samples) { _ in
      networks.append(trainer.network)
      return .proceed
    }
    #expect(reports.map(\.epoch) == [0, 1, 2, 3])
    for (round, network) in networks.enumerated() {
      #expect(network.layers.dropLast().map(\.neurons.count) == Array(repeating: 1, count: round))
      #expect(network.layers.enumerated().allSatisfy { $1.fanIn == 4 + $0 })
      // What was added stays as it was.
      for (layer, last) in zip(network.layers.dropLast(), networks[3].layers) {
        #expect(layer.weights.values == last.weights.values && layer.biases.values == last.biases.values)
      }
      let found = try network.measure(loss, on: samples)
      #expect(abs(found.loss - reports[round].train.loss) < 1e-12)
    }
    // Training the outputs never leaves them worse than it found them.
    #expect(zip(reports, reports.dropFirst()).allSatisfy { $1.train.loss < $0.train.loss })
    // The whole network's gradients are right: it is one like others.
    #expect(try networks[3].checkGradients(loss, on: samples).worstRelativeError < 1e-5)
    let model = try Model<Double>(contentsOf: saved(networks[3]), plugins: bundled()).network
    #expect(try model.outputs(for: samples.inputs.values) == networks[3].outputs(for: samples.inputs.values))
  }

  private func saved(_ network: Network<Double>) throws -> URL {
    let url = FileManager.default.temporaryDirectory.appending(path: "cascade-\(UUID()).safetensors")
    try network.write(to: url)
    return url
  }

  @Test("the same seed gives the same bytes, with threads too; another seed another network")
  func repeatable() throws {
    let samples: Samples<Float> = try Self.spirals()
    func trained(_ seed: UInt64, threads: Int = 1) throws -> [[Float]] {
      let trainer = try trainer(samples, neurons: 4, seed: seed, stop: nil, threads: threads)
      try trainer.train(on: samples)
      return parameters(of: trainer.network)
    }
    let first = try trained(7)
    #expect(try trained(7) == first && trained(8) != first)
    let shared = try trained(7, threads: 2)
    #expect(try trained(7, threads: 2) == shared)
  }

  @Test("a checkpoint after any round continues to the same bytes", arguments: [0, 1, 3])
  func resumed(rounds: Int) throws {
    struct Ended: Error {}
    let samples: Samples<Float> = try Self.spirals()
    let stopping = EarlyStopping(metric: .trainLoss, patience: 3)
    func made() throws -> CascadeTrainer<Float> {
      try trainer(samples, neurons: 5, stop: nil, earlyStopping: stopping)
    }
    let whole = try made()
    try whole.train(on: samples)
    let interrupted = try made()
    var steps = 0
    interrupted.onProgress = { progress in
      // Within a round: the state is that of the round before.
      steps = progress.epoch == rounds ? steps + 1 : 0
      if steps == 20 { throw Ended() }
    }
    #expect(throws: Ended.self) { try interrupted.train(on: samples) }
    let file = try Safetensors(interrupted.checkpoint().encoded(), path: "x.safetensors")
    let continued = try made()
    try continued.resume(from: file, path: "x.safetensors", afterEpochs: rounds)
    #expect(continued.network.layers.count == max(1, rounds))
    try continued.train(on: samples)
    #expect(parameters(of: continued.network) == parameters(of: whole.network))
    let other = try trainer(samples, neurons: 1)
    if rounds == 3 {
      #expect(throws: FileError.self) { try other.resume(from: file, path: "x.safetensors") }
    }
  }

  @Test("early stopping gives back the network of the best round")
  func early() throws {
    // Random classes: the more neurons, the worse on other samples.
    var random = RandomSource(seed: 5)
    func samples() throws -> Samples<Double> {
      let inputs = (0..<40).map { _ in [random.normal(), random.normal()] }
      return try Samples(
        inputs: inputs, targets: inputs.map { [$0[0] + random.normal() > 0 ? 1 : 0] }, targetKind: .classes)
    }
    let (train, validation) = (try samples(), try samples())
    let trainer = try trainer(
      train, neurons: 12, stop: nil, earlyStopping: EarlyStopping(metric: .validationLoss, patience: 3))
    let reports = try trainer.train(on: train, validation: validation)
    let losses = reports.compactMap { $0.validation?.loss }
    let best = try #require(losses.indices.min { losses[$0] < losses[$1] })
    #expect(trainer.isStoppedEarly && reports.count == best + 4 && trainer.bestEpoch == best + 1)
    #expect(trainer.network.layers.count == best + 1)
    #expect(try trainer.network.measure(loss, on: validation).loss == losses[best])
  }

  @Test("time, a rule and cancelling end it; what cannot be grown is refused with why")
  func ends() throws {
    let samples: Samples<Float> = try Self.spirals()
    let short = try trainer(samples, stop: TrainingStop(minutes: 1e-6))
    #expect(try short.train(on: samples).isEmpty && short.stopReason == .minutes)
    let loss = try trainer(samples, stop: TrainingStop(loss: 0.69))
    #expect(try loss.train(on: samples).count == 1)
    func refusal(_ layers: [Layer<Float>], _ change: (inout TrainingSettings) -> Void = { _ in }) throws -> String {
      let network = try Network(layers: layers, seed: 1)
      var settings = TrainingSettings(epochs: 1, optimizer: .irpropm())
      change(&settings)
      let error = #expect(throws: NetworkError.self) {
        try CascadeTrainer(network, loss: self.loss, candidates: candidates, settings: settings)
      }
      return error?.description ?? ""
    }
    let sigmoid = try bundled().activation("sigmoid")
    func output(_ inputs: Int) throws -> Layer<Float> { try Layer(neurons: 1, inputs: inputs, activation: sigmoid) }
    #expect(
      try refusal([Layer(neurons: 3, inputs: 2, activation: sigmoid), output(3)]).contains(
        "begins with the output layer alone"))
    let scheduled = try refusal([output(2)]) { settings in
      settings.optimizer = .adam()
      settings.schedule = Schedule(.exponential(factor: 0.9))
    }
    #expect(scheduled.contains("no `schedule`"))
    let frozen = try output(2)
    frozen.frozen = .biases
    #expect(try refusal([frozen]).contains("none of them frozen"))
    let network = try Network(layers: [output(2)], seed: 1)
    let settings = TrainingSettings(epochs: 1, optimizer: .irpropm())
    for (candidates, words) in [
      ([], "at least one candidate"), ([try bundled().activation("softmax")], "takes a whole layer together"),
    ] {
      let error = #expect(throws: NetworkError.self) {
        try CascadeTrainer(network, loss: self.loss, candidates: candidates, settings: settings)
      }
      #expect(error?.description.contains(words) == true)
    }
    for cascade in [
      CascadeSettings(neurons: -1), CascadeSettings(groups: 0), CascadeSettings(weightMultiplier: 0),
      CascadeSettings(output: CascadePhase(epochs: 5)), CascadeSettings(candidate: CascadePhase(stagnation: 0)),
    ] {
      #expect(throws: NetworkError.self) {
        try CascadeTrainer(network, loss: self.loss, candidates: candidates, cascade: cascade, settings: settings)
      }
    }
  }
}
