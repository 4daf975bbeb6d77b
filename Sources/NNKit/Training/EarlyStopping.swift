/// Ends a training that no longer gets better, and gives back the best weights.
public struct EarlyStopping: Configurable, Codable {
  /// A figure of the validation or training data.
  public enum Metric: String, Codable, Sendable, CaseIterable {
    case trainLoss = "train_loss"
    case trainAccuracy = "train_accuracy"
    case validationLoss = "validation_loss"
    case validationAccuracy = "validation_accuracy"

    var isAccuracy: Bool { self == .trainAccuracy || self == .validationAccuracy }
    package var isOfValidation: Bool { self == .validationLoss || self == .validationAccuracy }

    /// The figure that an epoch gave; nil if it gave none.
    func figure(in report: EpochReport) -> Double? {
      let metrics = isOfValidation ? report.validation : report.train
      return isAccuracy ? metrics?.accuracy : metrics?.loss
    }

    /// - Parameters:
    ///   - watcher: What watches the figure: "early stopping".
    ///   - validation: Whether the targets of the validation data are classes; nil without validation data.
    ///   - areClasses: Whether those of the training data are.
    /// - Throws: `NetworkError` if there will be no such figure.
    func check(for watcher: String, validation: Bool?, areClasses: Bool) throws {
      if isOfValidation && validation == nil {
        throw NetworkError(
          "\(watcher) watches \(rawValue), but there is no validation data; give some, or watch"
            + " \(isAccuracy ? "train_accuracy" : "train_loss")")
      }
      if isAccuracy && !(isOfValidation ? validation ?? false : areClasses) {
        throw NetworkError("\(watcher) watches \(rawValue), but the targets are not classes")
      }
    }
  }

  /// The figure that is watched.
  public var metric: Metric
  /// How many epochs in a row may pass without a new best.
  public var patience: Int

  /// Stops when `metric` has not improved for `patience` epochs.
  public init(metric: Metric, patience: Int) {
    self.metric = metric
    self.patience = patience
  }

  /// Its settings, in the order in which they are shown.
  public static let settings: [Setting<Self>] = [
    Setting("metric", \.metric, "the figure that is watched", isRequired: true),
    Setting(
      "patience", \.patience, 1...Int.max, "how many epochs in a row may pass without a new best", isRequired: true),
  ]

  /// The watched figure, so that greater is better.
  func score(_ report: EpochReport) -> Double? {
    metric.figure(in: report).map { metric.isAccuracy ? $0 : -$0 }
  }
}

extension TrainingSettings {
  /// - Parameters:
  ///   - validation: Whether the targets of the validation data are classes; nil without validation data.
  ///   - areClasses: Whether those of the training data are.
  /// - Throws: `NetworkError` if a figure that early stopping or the schedule watches will not be there.
  package func checkWatched(validation: Bool?, areClasses: Bool) throws {
    try earlyStopping?.metric.check(for: "early stopping", validation: validation, areClasses: areClasses)
    try schedule.shape.watched?.check(for: "the schedule", validation: validation, areClasses: areClasses)
  }
}

/// The best epoch so far, and its weights.
struct BestEpoch<Scalar: NetworkScalar> {
  private let stopping: EarlyStopping
  let parameters: ParameterSnapshot<Scalar>
  /// The best score, none before the first epoch; and how many epochs in a row have not come up to it.
  var best: Double?
  var since = 0

  init(stopping: EarlyStopping, network: Network<Scalar>) {
    self.stopping = stopping
    parameters = ParameterSnapshot(of: network)
  }

  /// Whether patience has run out.
  var isOver: Bool { since > 0 && since >= stopping.patience }

  /// - Throws: `NonFiniteError` if the watched figure is not a number, which no other is better or worse than.
  mutating func take(note report: EpochReport, _ network: Network<Scalar>) throws {
    guard let score = stopping.score(report), !score.isNaN else {
      let name = stopping.metric.rawValue.replacing("_", with: " ")
      throw NonFiniteError(what: name, layer: nil, neuron: nil, value: .nan, epoch: report.epoch)
    }
    if score > best ?? -.infinity {
      best = score
      since = 0
      parameters.take(from: network)
    } else {
      since += 1
    }
  }

  /// Gives the network its best weights; without an epoch whose figure is better than another's, it keeps the last.
  func restore(to network: Network<Scalar>) {
    if best != nil { parameters.restore(to: network) }
  }
}

/// A copy of all weights and biases of a network.
package final class ParameterSnapshot<Scalar: NetworkScalar> {
  /// One for each parameter, in the network's order.
  let copies: [Matrix<Scalar>]

  package init(of network: Network<Scalar>) {
    copies = network.parameters.map { $0.value.copy() }
  }

  package func take(from network: Network<Scalar>) {
    for (copy, parameter) in zip(copies, network.parameters) { copy.assign(parameter.value) }
  }

  package func restore(to network: Network<Scalar>) {
    for (copy, parameter) in zip(copies, network.parameters) { parameter.value.assign(copy) }
  }
}
