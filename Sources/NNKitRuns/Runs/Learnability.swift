internal import NNKit

/// What can be said of a training before it begins, from what plugins and data declare.
struct Learnability<Scalar: NetworkScalar> {
  private let experiment: Experiment<Scalar>
  private var configuration: Configuration { experiment.configuration }
  private var data: DataSets<Scalar> { experiment.data }
  private var output: Layer<Scalar> { experiment.network.output }

  init(_ experiment: Experiment<Scalar>) { self.experiment = experiment }

  /// What may be meant, but seldom is: a line each.
  ///
  /// - Throws: `ConfigurationError` for what cannot be learned.
  func warnings() throws -> [String] {
    try checkLayers()
    try checkShares()
    return try oneClass() + classesOfOtherSets() + outsideOutputs() + unscaledInputs() + unscaledTargets() + timing()
  }

  // MARK: Layers

  private func place(ofLayer index: Int) -> Place {
    let layers = configuration.network.layers
    let first = experiment.network.layers.count - layers.count
    return index >= first ? layers[index - first].place : configuration.network.place
  }

  private var outputPlace: Place { place(ofLayer: experiment.network.layers.count - 1) }

  private func checkLayers() throws {
    for (index, layer) in experiment.network.layers.enumerated() {
      try place(ofLayer: index).placing {
        guard let output = try layer.onlyOutput(), let activation = layer.activation else { return }
        throw ConfigurationError(
          nil,
          "\(activation) is a function of the whole layer, and over a single neuron it always gives \(output):"
            + " nothing can be learned; use an activation for single neurons, such as sigmoid, or a neuron for each class"
        )
      }
    }
  }

  /// Of two outputs both may grow where none of them costs anything: they have to be shares of a whole, as the targets.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  private func checkShares() throws {
    let loss = experiment.loss
    guard try configuration.loss.place.placing({ try loss.needsShares() }) else { return }
    let shares = try outputPlace.placing { try output.outputsAreShares(asLogarithms: loss.takesLogarithms) }
    if shares == false {
      let names = output.activation.map(\.description) ?? "different activations"
      let partner = loss.canonicalActivation.map { "use \($0), or" } ?? "use an activation whose outputs do, or"
      throw ConfigurationError(
        outputPlace.description,
        "\(loss.name) counts only the outputs whose target is on, so the outputs have to add up to 1, and those of"
          + " \(names) do not: the network would learn to answer with all of them; \(partner) another loss:"
          + " binary_cross_entropy behind sigmoid, where each output says yes or no for itself")
    }
    let targets = data.train.targets
    for sample in 0..<targets.rows {
      let sum = targets.row(sample).reduce(0.0) { $0 + Double($1) }
      guard targets.columns > 1, abs(sum - 1) > 0.01 else { continue }
      throw ConfigurationError(
        configuration.data.train.place.description,
        "the targets of sample \(sample) add up to \(short(sum)); \(loss.name) expects targets that add up to 1, one"
          + " class a sample; where samples have several labels or none, use binary_cross_entropy behind sigmoid")
    }
  }

  // MARK: Classes

  /// Which classes occur in samples.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  private func classes(in samples: Samples<Scalar>) -> Set<Int> {
    let rule = HitRule(experiment.loss)
    let column = Matrix<Scalar>(rows: samples.targets.columns, columns: 1)
    return Set(
      (0..<samples.count).map { sample in
        for (output, target) in samples.targets.row(sample).enumerated() { column[output, 0] = target }
        return rule.classIndex(column, column: 0)
      })
  }

  private func name(_ index: Int) -> String { data.classes.map { shown($0[index]) } ?? "\(index)" }

  private func oneClass() throws -> [String] {
    guard data.targetKind == .classes else { return [] }
    let found = data.trainClasses ?? classes(in: data.train)
    guard found.count == 1, let only = found.first else {
      let absent = (0..<(data.classes?.count ?? 0)).filter { !found.contains($0) }
      return absent.isEmpty
        ? [] : ["the training data have no sample of \(absent.map(name).joined(separator: ", ")): it cannot be learned"]
    }
    let words = "all training samples are of one class, \(name(only)), so there is nothing to distinguish"
    // A lesson may be about a single sample.
    if case .inline = configuration.data.train.source { return [words] }
    throw ConfigurationError(
      configuration.data.train.place.description, words + "; give samples of other classes, or another target")
  }

  private func classesOfOtherSets() throws -> [String] {
    guard data.targetKind == .classes else { return [] }
    let known = data.trainClasses ?? classes(in: data.train)
    for (name, samples) in [("validation", data.validation), ("test", data.test)] {
      guard let samples, let unknown = classes(in: samples).subtracting(known).min() else { continue }
      throw ConfigurationError(
        (name == "test" ? configuration.data.test?.place : configuration.data.validationPlace)?.description
          ?? configuration.data.place.description,
        "the \(name) data have samples of \(self.name(unknown)), a class of which the training data have none")
    }
    return []
  }

  // MARK: Targets

  /// Targets that the outputs cannot reach.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  private func outsideOutputs() throws -> [String] {
    let targets = data.train.targets
    var warnings: [String] = []
    for neuron in output.neurons where neuron.respondsByActivation {
      let shape = try outputPlace.placing { try neuron.activation.shape() }
      guard shape.isDeclared else { continue }
      let range = shape.range
      let outside = (0..<targets.rows).filter { sample in
        let target = Double(targets[sample, neuron.index])
        let slack = 1e-6 * max(1, abs(target))
        // Where a target is not a possible output of the loss, the two are not compared with each other.
        return experiment.loss.outputRange.contains(target)
          && !(range.lowerBound - slack...range.upperBound + slack).contains(target)
      }
      guard let first = outside.first else { continue }
      let words =
        "\(outside.count) of \(targets.rows) targets of output \(neuron.index) lie outside"
        + " \(words(range)), the range of \(neuron.activation), such as \(short(Double(targets[first, neuron.index])))"
        + " of sample \(first): the output cannot reach them"
      let remedy =
        data.targetKind == .numbers
        ? "; use identity in the last layer, or scale the targets into its range (`data.scale`)"
        : "; use an activation or a loss that goes with these classes"
      let isHopeless = data.targetKind == .numbers ? 4 * outside.count >= targets.rows : isOneSided(range)
      if isHopeless { throw ConfigurationError(outputPlace.description, words + remedy) }
      // The outputs of one layer are mostly alike.
      if warnings.isEmpty { warnings.append(words + remedy) }
    }
    return warnings
  }

  /// Whether an output by itself would always say the same of a class, whatever it is.
  private func isOneSided(_ range: ClosedRange<Double>) -> Bool {
    let middle = (experiment.loss.targetOff + experiment.loss.targetOn) / 2
    let isAlone = data.targetKind == .labels || data.train.targets.columns == 1
    return isAlone && !(range.lowerBound < middle && middle < range.upperBound)
  }

  private func words(_ range: ClosedRange<Double>) -> String {
    func bound(_ value: Double) -> String { value == .infinity ? "∞" : value == -.infinity ? "−∞" : short(value) }
    return "\(bound(range.lowerBound))…\(bound(range.upperBound))"
  }

  // MARK: Scale

  /// A column whose values differ by next to nothing of their size.
  private func closeTogether(_ columns: [Int]) -> Int? {
    // Bytes are at most 255.
    guard let inputs = data.train.source.matrix else { return nil }
    return columns.first { column in
      let first = Double(inputs[0, column])
      guard abs(first) > 1000 else { return false }
      let distance = (0..<inputs.rows).reduce(0.0) { max($0, abs(Double(inputs[$1, column]) - first)) }
      return distance < 1e-4 * abs(first)
    }
  }

  private func unscaledInputs() -> [String] {
    guard data.inputScaling == nil else { return [] }
    var greatest = [Double](repeating: 0, count: data.train.inputCount)
    data.train.source.forEachBlock { rows, _ in greatest = zip(greatest, greatestSizes(rows)).map { max($0, $1) } }
    let sizes = greatest.enumerated().filter { $0.element > 0 }
    guard let least = sizes.min(by: { $0.element < $1.element }), let most = sizes.max(by: { $0.element < $1.element })
    else { return [] }
    let remedy = "; `data.scale: standard` brings each input to mean 0 and deviation 1"
    func name(_ input: Int) -> String { data.featureNames.map { shown($0[input]) } ?? "input \(input)" }
    if let close = closeTogether(sizes.map(\.offset)) {
      return [
        "the inputs are not scaled, and those of \(name(close)) lie close together far from 0, where"
          + " \(Scalar.precisionName) has few digits for their differences" + remedy
      ]
    }
    if most.element > 10 * least.element {
      return [
        "the inputs are not scaled and differ much in size: \(name(most.offset)) goes up to \(short(most.element)),"
          + " \(name(least.offset)) to \(short(least.element))" + remedy
      ]
    }
    if most.element > 10 {
      return [
        "the inputs are not scaled: \(name(most.offset)) goes up to \(short(most.element)), far from 0 and 1" + remedy
      ]
    }
    if most.element < 0.01 {
      return ["the inputs are not scaled: none is greater than \(short(most.element)), all next to 0" + remedy]
    }
    return []
  }

  private func unscaledTargets() -> [String] {
    guard data.targetKind == .numbers, data.targetScaling == nil else { return [] }
    let sizes = greatestSizes(data.train.targets)
    guard let most = sizes.indices.max(by: { sizes[$0] < sizes[$1] }),
      sizes[most] > 10 || 0 < sizes[most] && sizes[most] < 0.01
    else { return [] }
    let name = data.targetNames.map { shown($0[most]) } ?? "target \(most)"
    return [
      "the targets are not scaled: \(name) goes up to \(short(sizes[most])), far from what a network answers at first;"
        + " `data.scale: {inputs: standard, targets: standard}` brings them to mean 0 and deviation 1, and predictions"
        + " back"
    ]
  }

  // MARK: Time

  private func timing() -> [String] {
    let training = configuration.training
    var warnings: [String] = []
    if training.epochs > 0, training.schedule.warmup > Double(training.epochs) {
      warnings.append(
        "the warm-up takes \(short(training.schedule.warmup)) epochs, the training has \(training.epochs): it never"
          + " reaches its learning rate")
    }
    if let stopping = training.earlyStopping, training.epochs > 0, stopping.patience >= training.epochs {
      warnings.append(
        "early stopping cannot happen: its patience of \(stopping.patience) epochs does not run out in"
          + " \(training.epochs)")
    }
    return warnings
  }

  private func short(_ value: Double) -> String {
    if value == value.rounded(), abs(value) < 1e6 { return "\(Int(value))" }
    return "\(Double(Float(value)))".count <= 10 ? "\(Double(Float(value)))" : "\(Float(value))"
  }
}

/// The greatest size in each column.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func greatestSizes<Scalar: NetworkScalar>(_ matrix: Matrix<Scalar>) -> [Double] {
  var sizes = [Double](repeating: 0, count: matrix.columns)
  matrix.withElements { values in
    for start in stride(from: 0, to: values.count, by: matrix.columns) {
      for column in 0..<sizes.count {
        let size = abs(Double(values[start + column]))
        if size > sizes[column] { sizes[column] = size }
      }
    }
  }
  return sizes
}

extension Experiment {
  /// What should be said before the training, a line each.
  ///
  /// - Throws: `ConfigurationError` for what cannot be learned.
  package func warnings() throws -> [String] { try Learnability(self).warnings() }
}
