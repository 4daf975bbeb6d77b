internal import NNKit

/// How far the training is, and how it went.
struct ViewProgress {
  private static let limit = 300

  /// Epochs that ended since the first weights, and since the training was last begun with other settings.
  private(set) var epochs = 0
  private(set) var epochsSinceStart = 0
  private(set) var batch = 0
  private(set) var batches = 0
  /// Running means of the present epoch.
  private(set) var running: Metrics?
  private(set) var last: EpochReport?
  /// What the last epoch took, without what it waited for its reader.
  private var lastSeconds = 0.0
  /// The epochs that are kept for the curves: each so-manieth of them.
  private var kept: [(epoch: Int, report: EpochReport)] = []
  private var stride = 1

  /// Whether anything has been trained since the start.
  var hasBegun: Bool { epochsSinceStart > 0 || batch > 0 }

  mutating func add(_ progress: BatchProgress) {
    (batch, batches) = (progress.batch + 1, progress.batches)
    running = progress.metrics
  }

  mutating func add(_ report: EpochReport, waited: Double) {
    lastSeconds = max(0, report.seconds - waited)
    epochs += 1
    epochsSinceStart += 1
    batch = 0
    last = report
    guard (epochs - 1) % stride == 0 else { return }
    kept.append((epochs, report))
    if kept.count > Self.limit {
      stride *= 2
      kept = kept.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
    }
  }

  /// The training starts again with the present weights.
  mutating func startAgain() {
    epochsSinceStart = 0
    batch = 0
    running = nil
  }

  var json: JSONText {
    var shown = kept
    if let last, shown.last?.epoch != epochs { shown.append((epochs, last)) }
    let curve = { (value: (EpochReport) -> Double?) -> JSONText in
      shown.contains { value($0.report) != nil } ? .list(shown.map { .optional(value($0.report)) }) : .null
    }
    return .object([
      ("epoch", .integer(epochs)), ("batch", .integer(batch)), ("batches", .integer(batches)),
      ("running_loss", .optional(running?.loss)), ("seconds", .optional(last.map { _ in lastSeconds })),
      ("samples_per_second", .optional(last.flatMap { lastSeconds > 0 ? Double($0.samples) / lastSeconds : nil })),
      ("epochs", .list(shown.map { .integer($0.epoch) })), ("train_loss", curve { $0.train.loss }),
      ("validation_loss", curve { $0.validation?.loss }), ("test_loss", curve { $0.test?.loss }),
      ("train_accuracy", curve { $0.train.accuracy }), ("validation_accuracy", curve { $0.validation?.accuracy }),
      ("test_accuracy", curve { $0.test?.accuracy }),
    ])
  }
}
