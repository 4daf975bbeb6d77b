import Foundation
import NNKit
import NNKitRuns
import Testing

@Suite("what a report says")
struct ReportTests {
  @Test("a histogram's quantiles lie within a bin of the numbers' own")
  func histogram() {
    var histogram = Histogram()
    var random = RandomSource(seed: 3)
    var values = (0..<20_000).map { _ in random.normal() * 0.3 } + [Double](repeating: 0, count: 100)
    for value in values { histogram.add(Float(value)) }
    values.sort()
    let shares = [0.05, 0.25, 0.5, 0.75, 0.95]
    for (share, found) in zip(shares, histogram.quantiles(shares)) {
      let expected = values[Int(share * Double(values.count))]
      #expect(abs(found - expected) <= 0.08 * abs(expected) + 1e-3, "\(share): \(found) instead of \(expected)")
    }
    var extremes = Histogram()
    for value in [-Float.infinity, -1e30, 0, 1e-30, .greatestFiniteMagnitude, .nan] { extremes.add(value) }
    #expect(extremes.total == 6 && extremes.quantiles([0.5]) == [0])
  }

  /// A network's counters after one batch through it.
  private func epoch(
    _ layers: [(Int, String)], batch: Int = 64, bias: Double = 0, scale: Double = 1
  ) throws -> RunStatistics {
    let plugins = try Plugins()
    var fanIn = 4
    let network = try Network<Double>(
      layers: layers.map { count, name in
        defer { fanIn = count }
        return try Layer(neurons: count, inputs: fanIn, activation: plugins.activation(name))
      }, seed: 5)
    for layer in network.layers { layer.weights.withElements { for i in $0.indices { $0[i] *= scale } } }
    for neuron in network.layers[0].neurons.prefix(2) { neuron.bias = bias }
    let collector = StatisticsCollector(network, epochs: 1)
    var random = RandomSource(seed: 1)
    let samples = try Samples<Double>(
      inputs: (0..<batch).map { _ in (0..<4).map { _ in random.normal() } },
      targets: (0..<batch).map { [Double($0 % 2)] })
    let settings = TrainingSettings(epochs: 1, batch: batch, optimizer: .sgd(learningRate: 1e-9))
    try Trainer(network, loss: plugins.loss("half_squared_error"), settings: settings).train(
      on: samples,
      onEpoch: { report in
        collector.endEpoch(report.epoch)
        return .proceed
      }, onBatch: { collector.look($0) })
    return RunStatistics(layers: collector.gathered.layers)
  }

  @Test("neurons that no sample moves are called dead, by their numbers")
  func dead() throws {
    let statistics = try epoch([(5, "relu"), (1, "identity")], bias: -1000)
    #expect(statistics.layers[0][0].dead.starts(with: [0, 1]))
    let line = try #require(Findings(statistics).lines.first)
    #expect(line.contains("Dead neurons") && line.contains("layer 0 (0, 1") && line.contains("64 samples"))
    // Of a handful of samples nothing is concluded.
    let few = try #require(Findings(epoch([(5, "relu"), (1, "identity")], batch: 3, bias: -1000)).lines.first)
    #expect(few.contains("Silent neurons") && few.contains("layer 0 (0, 1") && few.contains("3 samples"))
    // Where the outputs themselves have nothing to send back, nobody is to blame.
    let none = try Findings(epoch([(1, "relu"), (1, "relu")], bias: -1000)).lines
    #expect(none.count == 1 && none[0].hasPrefix("Nothing comes back"))
  }

  @Test("the worst mistakes are the worst of all, and of each confusion the two worst")
  func mistakes() {
    var mistakes = Mistakes()
    // 30 of one confusion are worse than any of the other.
    for number in 0..<30 {
      mistakes.add(.init(sample: number, target: 0, found: 1, loss: 10 + Double(number * 7 % 30)))
    }
    for number in 30..<35 {
      mistakes.add(.init(sample: number, target: 1, found: 2, loss: Double(number) / 100))
    }
    let list = mistakes.list
    #expect(list.map(\.loss) == (0..<24).map { 39 - Double($0) } + [0.34, 0.33])
    #expect(list.suffix(2).map(\.sample) == [34, 33])
  }

  @Test("gradients that vanish or explode on their way back are told, sound ones too")
  func gradients() throws {
    let deep = [(Int, String)](repeating: (8, "sigmoid"), count: 8) + [(1, "identity")]
    #expect(try Findings(epoch(deep)).lines.contains { $0.hasPrefix("Vanishing gradients") })
    let wild = [(Int, String)](repeating: (8, "identity"), count: 6) + [(1, "identity")]
    #expect(try Findings(epoch(wild, scale: 12)).lines.contains { $0.hasPrefix("Exploding gradients") })
    #expect(try Findings(epoch([(8, "tanh"), (1, "identity")])).lines.allSatisfy { $0.hasPrefix("No gradients") })
  }

  @Test("of many epochs a report keeps few, the first and the last among them")
  func thinning() throws {
    let network = try Network<Float>(
      layers: [Layer(neurons: 1, inputs: 1, activation: Plugins().activation("identity"))], seed: 1)
    let collector = StatisticsCollector(network, epochs: 20_000)
    let settings = TrainingSettings(epochs: 20_000, batch: 2, optimizer: .sgd(learningRate: 1e-9))
    try Trainer(network, loss: Plugins().loss("half_squared_error"), settings: settings).train(
      on: Samples(inputs: [[1], [2]], targets: [[1], [2]]),
      onEpoch: { report in
        collector.endEpoch(report.epoch)
        return .proceed
      }, onBatch: { collector.look($0) })
    let epochs = collector.gathered.layers[0].map(\.epoch)
    #expect(epochs.first == 1 && epochs.last == 20_000 && epochs.count <= 101)

    let folder = FileManager.default.temporaryDirectory.path + "/nnkit-test-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try (0..<10_000).map { "{\"epoch\": \($0 + 1), \"train_loss\": \($0 == 9999 ? "null" : "\($0)")}\n" }.joined()
      .write(toFile: folder, atomically: true, encoding: .utf8)
    let curves = try Curves(contentsOf: folder)
    #expect(curves.epochs.first == 1 && curves.epochs.last == 10_000 && curves.epochs.count == 400)
    #expect(curves.values["train_loss"]?.last?.isNaN == true && curves.values["train_loss"]?[1] == 25)
  }

  @Test("of a network that has learned all there is, small gradients are no finding")
  func learned() throws {
    for (first, last, words) in [
      (1e-20, 1e-8, "No gradients vanish"), (1e-20, 0.1, "more than a million times smaller"),
      (1e-6, 0.1, "100000 times smaller"),
    ] {
      let layers = [first, last].map {
        #"[{"epoch": 5, "samples": 64, "outputs": [], "gradients": [], "meanGradient": \#($0), "dead": []}]"#
      }
      let text = #"{"phases": [], "layers": [\#(layers.joined(separator: ", "))]}"#
      let lines = Findings(try JSONDecoder().decode(RunStatistics.self, from: Data(text.utf8))).lines
      #expect(lines.count == 1 && lines[0].contains(words), "\(lines)")
    }
  }
}
