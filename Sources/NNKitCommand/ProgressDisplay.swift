import Glibc
import NNKit

/// How a run shows itself: a bar that moves on a terminal, else a line an epoch.
final class ProgressDisplay {
  private let epochs: Int
  private let samples: Int
  private let isTerminal = isatty(STDOUT_FILENO) == 1
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private var epochStart: ContinuousClock.Instant
  private var lastShown: ContinuousClock.Instant
  private var barIsShown = false

  init(epochs: Int, samples: Int) {
    self.epochs = epochs
    self.samples = samples
    start = clock.now
    epochStart = start
    lastShown = start
  }

  /// Runs `body`, and clears the bar when it ends, however it ends.
  func showing<Result>(_ body: () throws -> Result) throws -> Result {
    defer { clear() }
    return try body()
  }

  /// Moves the bar, ten times a second at most.
  func show(_ progress: BatchProgress) {
    guard isTerminal else { return }
    let now = clock.now
    guard now - lastShown > .milliseconds(100) else { return }
    lastShown = now
    let share = Double(progress.batch + 1) / Double(progress.batches)
    let done = (Double(progress.epoch) + share) / Double(max(1, epochs))
    let elapsed = (now - start) / .seconds(1)
    let speed = share * Double(samples) / max((now - epochStart) / .seconds(1), 1e-9)
    let filled = Int(done * 24)
    let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: max(0, 24 - filled))
    let text =
      "\(bar) epoch \(progress.epoch + 1)/\(epochs)  \(words(progress.metrics))  \(grouped(Int(speed))) samples/s"
      + "  \(duration(elapsed / max(done, 1e-9) - elapsed)) left"
    write("\r\u{1B}[2K\(fit(text))")
    barIsShown = true
  }

  /// A line for an epoch that ended.
  func show(_ report: EpochReport) {
    epochStart = clock.now
    clear()
    var line = "epoch \(report.epoch + 1)/\(epochs)  train \(words(report.train))"
    if let validation = report.validation { line += "  validation \(words(validation))" }
    if let test = report.test { line += "  test \(words(test))" }
    line += "  rate \(significant(report.rate))  \(grouped(Int(report.samplesPerSecond))) samples/s"
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
