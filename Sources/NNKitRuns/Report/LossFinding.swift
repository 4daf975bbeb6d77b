/// What a loss over the epochs says of a training that came to nothing.
struct LossFinding {
  /// In a sentence.
  let words: String

  /// Below this there is next to nothing left to learn.
  private static let learned = 1e-4
  private static let fewest = 5
  private static let share = 0.01

  /// Nil if the training loss went down, or if there are too few epochs to say.
  init?(_ curves: Curves) {
    guard let losses = curves.values["train_loss"], losses.count >= Self.fewest, let first = losses.first,
      let last = losses.last, let least = losses.min(), let greatest = losses.max(), losses.allSatisfy(\.isFinite),
      let epochs = curves.epochs.last
    else { return nil }
    if let accuracy = curves.values["train_accuracy"]?.last, accuracy > 0.99 { return nil }
    let size = max(abs(first), abs(last))
    guard size > Self.learned else { return nil }
    let numbers = "from \(Float(first)) to \(Float(last)) in \(epochs) epochs"
    if least >= first, last > first * (first > 0 ? 1 + Self.share : 1 - Self.share) {
      words =
        "The loss only grew: \(numbers). A lower learning rate, scaled inputs and targets, or another loss may help."
    } else if greatest - least <= Self.share * size {
      words =
        "The loss has hardly moved: \(numbers). Scaled inputs and targets, another learning rate or optimizer, or other"
        + " first weights may help."
    } else {
      return nil
    }
  }
}
