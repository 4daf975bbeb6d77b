/// What is conspicuous in a run's layers, in words.
package struct Findings {
  package let lines: [String]

  private static let ratio = 1000.0
  /// Below this mean |δ| of the output layer there is next to nothing left to learn, and nothing to be sent back.
  private static let learned = 1e-4

  /// - Parameters:
  ///   - statistics: How the layers did.
  ///   - warnings: What is conspicuous beside them: then not all is well, whatever the layers say.
  package init(_ statistics: RunStatistics, warnings: [String] = []) {
    let last = statistics.layers.compactMap(\.last)
    guard last.count == statistics.layers.count, let first = last.first, let output = last.last else {
      lines = warnings
      return
    }
    if output.meanGradient == 0 {
      lines =
        warnings + [
          "Nothing comes back: in epoch \(output.epoch) each output's local gradient was 0 for all \(output.samples) samples"
            + " looked at. Either the loss is at its least there, or the outputs' activation is flat."
        ]
      return
    }
    var lines = warnings + last.enumerated().compactMap { Self.dead($0, $1) }
    if last.count > 1, first.meanGradient > 0, output.meanGradient > max(Self.learned, Self.ratio * first.meanGradient)
    {
      lines.append(
        "Vanishing gradients: in epoch \(first.epoch) the local gradients of layer 0 were on average"
          + " \(Self.times(output.meanGradient / first.meanGradient)) smaller than those of the last layer."
          + " Fewer layers, another initializer, or an activation that saturates less may help.")
    }
    if last.count > 1, first.meanGradient > Self.ratio * output.meanGradient {
      lines.append(
        "Exploding gradients: in epoch \(first.epoch) the local gradients of layer 0 were on average"
          + " \(Self.times(first.meanGradient / output.meanGradient)) greater than those of the last layer."
          + " A lower learning rate or smaller first weights may help.")
    }
    for (index, epochs) in statistics.layers.enumerated() {
      guard let start = epochs.first, let end = epochs.last, end.meanGradient > Self.ratio * start.meanGradient,
        start.meanGradient > 0
      else { continue }
      lines.append(
        "Growing gradients: those of layer \(index) grew \(Self.times(end.meanGradient / start.meanGradient))"
          + " from epoch \(start.epoch) to epoch \(end.epoch). A lower learning rate may help.")
    }
    if lines.isEmpty {
      lines.append("No gradients vanish or explode, and no neuron is dead (last looked at in epoch \(first.epoch)).")
    }
    self.lines = lines
  }

  private static func dead(_ index: Int, _ layer: LayerEpoch) -> String? {
    if layer.dead.isEmpty { return nil }
    let shown = layer.dead.prefix(12).map(String.init).joined(separator: ", ")
    let more = layer.dead.count > 12 ? ", …" : ""
    let count = layer.dead.count
    if layer.samples < 32 {
      // A neuron of the relu family may well be off for a few of many samples.
      return
        "Silent neurons: \(count) in layer \(index) (\(shown)\(more)). In epoch \(layer.epoch) their local gradient"
        + " was 0 for each of the \(layer.samples) samples looked at. If there are no others,"
        + " \(count == 1 ? "it is" : "they are") dead."
    }
    return "Dead neurons: \(count) in layer \(index) (\(shown)\(more)). In epoch \(layer.epoch) their local gradient"
      + " was 0 for each of the \(layer.samples) samples looked at, so \(count == 1 ? "it does" : "they do") not learn."
      + " A lower learning rate or an activation like leaky_relu may help."
  }

  private static func times(_ ratio: Double) -> String {
    ratio < 1e6 ? "\(Int(ratio.rounded())) times" : "more than a million times"
  }
}
