/// What the targets of samples say; decided once, by the training data and the loss, for all sets of samples.
public enum TargetKind: String, Codable, Sendable {
  /// To which one of several classes a sample belongs.
  case classes
  /// Which labels a sample has, none, one or several: an output each.
  case labels
  /// Numbers.
  case numbers
}
