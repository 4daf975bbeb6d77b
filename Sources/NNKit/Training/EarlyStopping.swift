/// Ends a training that no longer gets better, and gives back the best weights.
public struct EarlyStopping: Equatable, Sendable {
  public enum Metric: String, Sendable, CaseIterable {
    case trainLoss = "train_loss"
    case trainAccuracy = "train_accuracy"
    case validationLoss = "validation_loss"
    case validationAccuracy = "validation_accuracy"
  }

  public var metric: Metric
  /// How many epochs in a row may pass without a new best.
  public var patience: Int

  public init(metric: Metric, patience: Int) {
    self.metric = metric
    self.patience = patience
  }

  package func check(hasValidation: Bool, areClasses: Bool) throws {
    if (metric == .validationLoss || metric == .validationAccuracy) && !hasValidation {
      throw NetworkError("early stopping watches \(metric.rawValue), but there is no validation data")
    }
    if (metric == .trainAccuracy || metric == .validationAccuracy) && !areClasses {
      throw NetworkError("early stopping watches \(metric.rawValue), but the targets are no classes")
    }
  }

  /// The watched figure, so that greater is better.
  func score(_ report: EpochReport) -> Double? {
    switch metric {
    case .trainLoss: -report.train.loss
    case .trainAccuracy: report.train.accuracy
    case .validationLoss: report.validation.map { -$0.loss }
    case .validationAccuracy: report.validation?.accuracy
    }
  }
}

/// The best epoch so far, and its weights.
struct BestEpoch<Scalar: NetworkScalar> {
  private let stopping: EarlyStopping
  private let parameters: ParameterSnapshot<Scalar>
  private var best = -Double.infinity
  private var since = 0

  init(stopping: EarlyStopping, network: Network<Scalar>) {
    self.stopping = stopping
    parameters = ParameterSnapshot(of: network)
  }

  /// Takes note of an epoch; true if patience has run out.
  mutating func isOver(after report: EpochReport, _ network: Network<Scalar>) -> Bool {
    guard let score = stopping.score(report) else { return false }
    if score > best {
      best = score
      since = 0
      parameters.take(from: network)
    } else {
      since += 1
    }
    return since >= stopping.patience
  }

  func restore(to network: Network<Scalar>) { parameters.restore(to: network) }
}

/// A copy of all weights and biases of a network.
package final class ParameterSnapshot<Scalar: NetworkScalar> {
  private var values: [Scalar] = []

  package init(of network: Network<Scalar>) { take(from: network) }

  private func matrices(of network: Network<Scalar>) -> [Matrix<Scalar>] {
    network.layers.flatMap { [$0.weights, $0.biases] }
  }

  package func take(from network: Network<Scalar>) {
    values.removeAll(keepingCapacity: true)
    for matrix in matrices(of: network) { values.append(contentsOf: matrix.buffer) }
  }

  package func restore(to network: Network<Scalar>) {
    var place = 0
    for matrix in matrices(of: network) {
      _ = matrix.buffer.update(fromContentsOf: values[place..<place + matrix.count])
      place += matrix.count
    }
  }
}
