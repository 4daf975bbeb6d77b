import Glibc
import NNKit
import NNKitRuns

/// How a run shows itself: a line for each epoch, of many for about a hundred; on a terminal a bar that moves, too.
final class ProgressDisplay {
  private let pace: TrainingPace
  private let isTerminal = isatty(STDOUT_FILENO) == 1
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private var epochStart: ContinuousClock.Instant
  private var lastShown: ContinuousClock.Instant
  private var barIsShown = false
  /// The last epoch, where it has not got a line yet.
  private var unreported: EpochReport?

  init(_ pace: TrainingPace) {
    self.pace = pace
    start = clock.now
    epochStart = start
    lastShown = start
  }

  /// Runs `body`; when it ends, however it ends, the bar is cleared and the last epoch reported.
  func showing<Result>(_ body: () throws -> Result) throws -> Result {
    defer {
      clear()
      if let unreported { showEpoch(unreported) }
    }
    return try body()
  }

  /// Moves the bar, ten times a second at most.
  func show(_ progress: BatchProgress) {
    guard isTerminal else { return }
    let now = clock.now
    guard now - lastShown > .milliseconds(100) else { return }
    lastShown = now
    let (epoch, share) = (progress.epoch, Double(progress.batch + 1) / Double(progress.batches))
    let filled = Int(pace.shareDone(epoch: epoch, share: share) * 24)
    let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: max(0, 24 - filled))
    let speed = pace.samplesPerSecond(epoch: epoch, share: share, elapsed: (now - epochStart) / .seconds(1))
    let left = pace.secondsLeft(epoch: epoch, share: share, elapsed: (now - start) / .seconds(1))
    let text =
      "\(bar) epoch \(epoch + 1)/\(pace.epochs)  \(words(progress.metrics))  \(grouped(Int(speed))) samples/s"
      + "  \(duration(left)) left"
    write("\r\u{1B}[2K\(fit(text))")
    barIsShown = true
  }

  /// A line for an epoch that ended, if it is one of those that get one.
  func show(_ report: EpochReport) {
    epochStart = clock.now
    unreported = report
    if pace.isReported(epoch: report.epoch) { showEpoch(report) }
  }

  private func showEpoch(_ report: EpochReport) {
    unreported = nil
    clear()
    var line = "epoch \(report.epoch + 1)/\(pace.epochs)  train \(words(report.train))"
    if let validation = report.validation { line += "  validation \(words(validation))" }
    if let test = report.test { line += "  test \(words(test))" }
    line += "  learning rate \(significant(report.learningRate))  \(grouped(Int(report.samplesPerSecond))) samples/s"
    print(line)
    StandardOutput.flush()
  }

  private func words(_ metrics: Metrics) -> String {
    "loss \(significant(metrics.loss))" + (metrics.accuracy.map { " accuracy \(fixed($0, 4))" } ?? "")
  }

  private func clear() {
    if barIsShown { write("\r\u{1B}[2K") }
    barIsShown = false
  }

  /// A bar that wraps could not be taken back.
  private func fit(_ text: String) -> String {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 10 else { return text }
    return String(text.prefix(Int(size.ws_col) - 1))
  }

  private func write(_ text: String) {
    print(text, terminator: "")
    StandardOutput.flush()
  }
}
