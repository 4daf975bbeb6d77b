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
      return false
    }
    since += 1
    return since >= stopping.patience
  }

  /// Gives the network its best weights; without an epoch that could be told better or worse, it keeps the last.
  func restore(to network: Network<Scalar>) {
    if best > -.infinity { parameters.restore(to: network) }
  }
}

/// A copy of all weights and biases of a network.
package final class ParameterSnapshot<Scalar: NetworkScalar> {
  private let copies: [Matrix<Scalar>]

  package init(of network: Network<Scalar>) {
    copies = network.parameterMatrices.map { Matrix(rows: $0.rows, columns: $0.columns) }
    take(from: network)
  }

  package func take(from network: Network<Scalar>) {
    for (copy, matrix) in zip(copies, network.parameterMatrices) { copy.assign(matrix) }
  }

  package func restore(to network: Network<Scalar>) {
    for (copy, matrix) in zip(copies, network.parameterMatrices) { matrix.assign(copy) }
  }
}

extension Network {
  fileprivate var parameterMatrices: [Matrix<Scalar>] { layers.flatMap { [$0.weights, $0.biases] } }
}
