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
      })
  }

  /// Of a trained network: with the samples alone that it is measured on.
  init<Scalar: NetworkScalar>(_ trained: TrainedNetwork<Scalar>) { self.init(trained, sets: [trained.data.measured]) }

  private init<Scalar: NetworkScalar>(
    _ experiment: TrainedNetwork<Scalar>, sets: [(name: String, samples: Samples<Scalar>)]
  ) {
    let network = experiment.network
    let kinds = network.layers.map(\.kindNames)
    // Said only where there is something to say.
    let hasKinds = kinds.contains { !$0.isEmpty }
    var rows = [["layer", "neurons"] + (hasKinds ? ["kind"] : []) + ["activation", "parameters"]]
    for (index, layer) in network.layers.enumerated() {
      let kind = kinds[index].isEmpty ? NeuronKind.plainName : kinds[index].joined(separator: ", ")
      rows.append(
        ["\(index)", "\(layer.neurons.count)"] + (hasKinds ? [kind] : [])
          + [Self.activations(layer), grouped(layer.parameterCount)])
    }
    let size = MemoryLayout<Scalar>.size
    let states = experiment.configuration.training.optimizer.memory.count
    let parameters = network.parameterCount * size * (2 + states)
    let columns = max(min(experiment.configuration.training.batch, sets[0].samples.count), 256)
    let activations = network.layers.reduce(0) { $0 + $1.neurons.count * 4 } * size * columns
    let samples = sets.reduce(0) { $0 + $1.samples.byteCount }
    var lines = aligned(rows, rightAligned: [1, hasKinds ? 4 : 3])
    lines.append(
      "\(network.inputCount) inputs, \(grouped(network.parameterCount)) parameters, \(Scalar.precisionName),"
        + " loss \(experiment.loss)")
    lines.append(
      "memory: \(bytes(parameters)) parameters with gradients and optimizer state, \(bytes(activations)) activations,"
        + " \(bytes(samples)) samples")
    let counts = sets.map { "\(grouped($0.samples.count)) \($0.name)" }
    let choice = experiment.backend
    lines.append(
      "products: \(choice.name) (\(choice.reason)); \(network.threads) thread\(network.threads == 1 ? "" : "s")")
    lines.append("samples: \(counts.joined(separator: ", "))")
    lines.append(Self.training(experiment.configuration.training))
    self.lines = lines
  }

  /// How the network is trained, and which of that the configuration leaves to its defaults.
  private static func training(_ training: TrainingConfiguration) -> String {
    let leftOut = training.leftOut.keys
    let defaults = leftOut.isEmpty ? "" : " (\(leftOut.joined(separator: ", ")) by default)"
    return "training: \(grouped(training.epochs)) epoch\(training.epochs == 1 ? "" : "s"), batches of"
      + " \(grouped(training.batch)), \(type(of: training.optimizer).name) at learning rate \(significant(training.optimizer.learningRate))"
      + defaults
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
