internal import NNKit

/// What was trained on a page, as a configuration that `nnkit run` repeats to the bit.
struct SavedView {
  private let configuration: Configuration
  private let weights: [UInt8]?
  private let words: String

  init<Scalar: NetworkScalar>(
    _ configuration: Configuration, _ start: ViewSession<Scalar>.Start, _ progress: ViewProgress, isEndless: Bool
  ) {
    var configuration = configuration
    func count(_ epochs: Int) -> String { epochs == 1 ? "1 epoch" : "\(epochs) epochs" }
    var words = "`nnkit run` repeats its \(count(configuration.training.epochs))"
    // Where the rate or the stopping follow from the number of epochs, another number would be another training.
    if isEndless && progress.epochsSinceStart > 0 {
      configuration.training.epochs = progress.epochsSinceStart
      words = "`nnkit run` repeats the \(count(progress.epochsSinceStart)) that ended"
    }
    if case .weights(let bytes) = start {
      weights = bytes
      words += " since settings last changed, from the weights of that moment"
    } else {
      weights = nil
    }
    self.configuration = configuration
    self.words = words
  }

  /// Writes NAME-view-1.yaml, or the first number that is free, and beside it the weights where it needs them.
  ///
  /// - Returns: What was saved, in words.
  /// - Throws: `FileError`.
  func write(to folder: String) throws -> String {
    let stem = "\(folder)/\(configuration.name)-view"
    var number = 1
    while RunFolder.isFile("\(stem)-\(number).yaml") || RunFolder.isFile("\(stem)-\(number).safetensors") {
      number += 1
    }
    var saved = configuration
    if let weights {
      saved.network.from = "\(stem)-\(number).safetensors"
      saved.network.layers = []
      try WholeFile.write(weights, to: "\(stem)-\(number).safetensors")
    }
    try WholeFile.write(Array(saved.resolved().utf8), to: "\(stem)-\(number).yaml")
    return "Saved as \(stem)-\(number).yaml: \(words)."
  }
}
