/// Ends a training before its last epoch, as soon as one of its rules holds.
///
///     settings.stop = TrainingStop(loss: 1e-4, minutes: 10)
public struct TrainingStop: Configurable, Codable {
  /// Which rule ended a training.
  public enum Reason: String, Codable, Sendable {
    case loss, minutes
    case bitFail = "bit_fail"
  }

  /// The training loss at which it ends: the mean over the epoch's samples, each seen before its batch's step.
  public var loss: Double?
  /// The time after which it ends, that of earlier processes of a resumed run included.
  public var minutes: Double?
  /// How many outputs may be off at most: it ends after an epoch in which |a − y| ≥ `bitFailLimit` for no more of them, over
  /// all samples and outputs, each seen before its batch's step (FANN's bit fail).
  public var bitFail: Int?
  /// FANN has 0.35.
  public var bitFailLimit: Double

  /// With the rules that are given.
  public init(loss: Double? = nil, minutes: Double? = nil, bitFail: Int? = nil, bitFailLimit: Double = 0.35) {
    self.loss = loss
    self.minutes = minutes
    self.bitFail = bitFail
    self.bitFailLimit = bitFailLimit
  }

  /// Its settings, in the order in which they are shown.
  public static let settings: [Setting<Self>] = [
    Setting("loss", \.loss, .atLeast(0), "the training loss at which the training ends"),
    Setting("minutes", \.minutes, .greater(than: 0), "the time after which it ends"),
    Setting(
      "bit_fail", \.bitFail, 0...Int.max, "it ends when no more outputs than this are off by `bit_fail_limit` or more"),
    Setting("bit_fail_limit", \.bitFailLimit, .greater(than: 0), "how far off an output is that counts for `bit_fail`"),
  ]

  /// Why the settings cannot be used together; nil if they can.
  public var conflict: String? {
    loss == nil && minutes == nil && bitFail == nil ? "stop takes `loss`, `minutes` or `bit_fail`, at least one" : nil
  }

  /// The limit, if bit fails are counted.
  package var countedLimit: Double? { bitFail == nil ? nil : bitFailLimit }

  /// The rule that holds after an epoch, if one does.
  func reason(after report: EpochReport, seconds: Double) -> Reason? {
    if let loss, report.train.loss <= loss { return .loss }
    if let bitFail, let found = report.train.bitFail, found <= bitFail { return .bitFail }
    return isOver(seconds: seconds) ? .minutes : nil
  }

  /// Whether the time is over.
  func isOver(seconds: Double) -> Bool { minutes.map { seconds >= 60 * $0 } ?? false }
}
