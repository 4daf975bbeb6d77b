import NNKit
import NNKitRuns

/// What `check`, `run` and `evaluate` say of a network: its layers, parameters and memory in a small table.
struct NetworkTable {
  let lines: [String]

  init<Scalar: NetworkScalar>(_ experiment: Experiment<Scalar>) {
    let data = experiment.data
    self.init(
      experiment.trained,
      sets: [("train", data.train), ("validation", data.validation), ("test", data.test)].compactMap { name, set in
        set.map { (name, $0) }
      }, trainCount: data.trainCount)
  }

  /// Of a trained network: with the samples alone that it is measured on.
  init<Scalar: NetworkScalar>(_ trained: TrainedNetwork<Scalar>) { self.init(trained, sets: [trained.data.measured]) }

  /// Ranks that share out files have more training samples together than each alone.
  private init<Scalar: NetworkScalar>(
    _ experiment: TrainedNetwork<Scalar>, sets: [(name: String, samples: Samples<Scalar>)], trainCount: Int? = nil
  ) {
    let network = experiment.network
    let kinds = network.layers.map(\.kindNames)
    // Said only where there is something to say.
    let hasKinds = kinds.contains { !$0.isEmpty }
    let hasShapes = network.layers.contains { $0.outputShape != nil }
    var rows = [
      ["layer", "neurons"] + (hasShapes ? ["shape"] : []) + (hasKinds ? ["kind"] : []) + ["activation", "parameters"]
    ]
    let shapes = network.layers.map(Self.shape)
    for (index, layer) in network.layers.enumerated() {
      let kind = kinds[index].isEmpty ? NeuronKind.plainName : kinds[index].joined(separator: ", ")
      rows.append(
        ["\(index)", "\(layer.neurons.count)"] + (hasShapes ? [shapes[index]] : []) + (hasKinds ? [kind] : [])
          + [Self.activations(layer) + Self.additions(layer, index), grouped(layer.parameterCount)])
    }
    let size = MemoryLayout<Scalar>.size
    let states = experiment.configuration.training.optimizer.memory.count
    let parameters = network.parameterCount * size * (2 + states)
    let columns = max(min(experiment.configuration.training.batch, sets[0].samples.count), 256)
    let activations = network.layers.reduce(0) { $0 + $1.outputCount * 4 } * size * columns
    // Where neurons run one by one, every window lies in memory by itself, with what is sent to it.
    let windows =
      experiment.configuration.engine == .neuron
      ? network.layers.reduce(0) { sum, layer in
        sum + (layer.wiring.window.map { $0.fanIn * $0.groups * $0.positions.count * 2 } ?? 0)
      } * size * columns : 0
    let samples = sets.reduce(0) { $0 + $1.samples.byteCount }
    var lines = aligned(rows, rightAligned: [1, rows[0].count - 1])
    lines.append(
      "\(network.inputCount) inputs, \(grouped(network.parameterCount)) parameters, \(Scalar.precisionName),"
        + " loss \(experiment.loss)")
    lines.append(
      "memory: \(bytes(parameters)) parameters with gradients and optimizer state, \(bytes(activations)) activations,"
        + (windows > 0 ? " \(bytes(windows)) windows," : "") + " \(bytes(samples)) samples")
    let counts = sets.map { name, samples in
      "\(grouped(name == "train" ? trainCount ?? samples.count : samples.count)) \(name)"
    }
    let choice = experiment.backend
    lines.append(
      "matrix products: \(choice.name) (\(choice.reason)); \(network.threads) thread\(network.threads == 1 ? "" : "s")")
    lines.append("samples: \(counts.joined(separator: ", "))")
    lines.append(Self.training(experiment.configuration.training))
    self.lines = lines
  }

  /// How the network is trained, and which of that the configuration leaves to its defaults.
  private static func training(_ training: TrainingConfiguration) -> String {
    let leftOut = training.leftOut.keys
    let defaults = leftOut.isEmpty ? "" : " (\(leftOut.joined(separator: ", ")) by default)"
    let parts = TrainingSettings.parts.compactMap { part in
      part.value(in: training.settings).flatMap { changes(of: $0, named: part) }
    }.joined()
    if let cascade = training.cascade?.settings {
      return
        "training: a cascade of up to \(grouped(cascade.neurons)) neuron\(cascade.neurons == 1 ? "" : "s"), one more"
        + " each epoch, \(type(of: training.optimizer).name) at learning rate"
        + " \(significant(training.optimizer.learningRate))\(parts)"
    }
    return "training: \(grouped(training.epochs)) epoch\(training.epochs == 1 ? "" : "s"), batches of"
      + " \(grouped(training.batch)), \(type(of: training.optimizer).name) at learning rate \(significant(training.optimizer.learningRate))"
      + parts + defaults
  }

  /// ", clip: norm 1": what a part of the training sets otherwise than by default; nil for nothing.
  private static func changes<Part: Configurable>(of part: Part, named description: TrainingPart) -> String? {
    let start = description.start as? Part
    let changes = Part.settings.compactMap { setting -> String? in
      guard let value = setting.value(in: part), value != start.flatMap({ setting.value(in: $0) }) else { return nil }
      return "\(setting.name) \(value)"
    }
    return changes.isEmpty ? nil : ", \(description.name): \(changes.joined(separator: ", "))"
  }

  /// What arrives and what the layer makes of it: "1×28×28 → 20×24×24".
  private static func shape<Scalar: NetworkScalar>(_ layer: Layer<Scalar>) -> String {
    func text(_ channels: Int, _ size: ImageSize) -> String { "\(channels)×\(size.height)×\(size.width)" }
    guard let window = layer.wiring.window else { return "\(layer.inputCount) → \(layer.outputCount)" }
    return "\(text(window.channels, window.image)) → \(text(layer.neurons.count, window.positions))"
  }

  /// What else there is to say of a layer: dropout, sources, connections.
  private static func additions<Scalar: NetworkScalar>(_ layer: Layer<Scalar>, _ index: Int) -> String {
    var words: [String] = []
    if layer.dropout > 0 { words.append("dropout \(significant(layer.dropout))") }
    if layer.sources.resolved(of: index) != Sources.previous.resolved(of: index) {
      let names = layer.sources.resolved(of: index).map { source in
        if case .layer(let number) = source { "\(number)" } else { "inputs" }
      }
      words.append("from \(names.joined(separator: layer.sources.isSum ? " + " : ", "))")
    }
    if let lists = layer.connectionLists {
      let count = lists.reduce(0) { $0 + $1.count }
      words.append("\(grouped(count)) of \(grouped(layer.neurons.count * layer.fanIn)) connections")
    }
    return words.isEmpty ? "" : "; " + words.joined(separator: "; ")
  }

  private static func activations<Scalar: NetworkScalar>(_ layer: Layer<Scalar>) -> String {
    if let shared = layer.activation { return shared.description }
    var names: [String] = []
    for neuron in layer.neurons where !names.contains(neuron.activation.description) {
      names.append(neuron.activation.description)
    }
    return names.joined(separator: ", ")
  }
}

/// Rows as lines, their columns one under the other.
func aligned(_ rows: [[String]], rightAligned: Set<Int> = []) -> [String] {
  let count = rows.map(\.count).max() ?? 0
  let widths = (0..<count).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
  return rows.map { row in
    var line = ""
    for (column, text) in row.enumerated() {
      let space = String(repeating: " ", count: widths[column] - text.count)
      let isLast = column == row.count - 1
      line += rightAligned.contains(column) ? space + text : isLast ? text : text + space
      if !isLast { line += "  " }
    }
    return line
  }
}

/// A size in the unit that suits it.
func bytes(_ count: Int) -> String {
  var (value, unit) = (Double(count), "B")
  for next in ["KB", "MB", "GB", "TB"] where value >= 1000 { (value, unit) = (value / 1000, next) }
  return "\(fixed(value, unit == "B" ? 0 : 1)) \(unit)"
}
