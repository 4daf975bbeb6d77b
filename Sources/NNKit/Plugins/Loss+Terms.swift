extension Loss {
  /// What each output adds to one sample's loss, where the loss is a sum or a mean over the outputs.
  ///
  /// - Returns: A number an output, together the loss; nil where the loss is no such sum.
  /// - Throws: `FunctionFailure` if the plugin reports one.
  package func terms(outputs: [Double], targets: [Double]) throws -> [Double]? {
    let whole = try value(outputs, targets)
    let alone = try zip(outputs, targets).map { try value([$0], [$1]) }
    let sum = alone.reduce(0, +)
    for share in [1, 1 / Double(outputs.count)] where abs(sum * share - whole) <= 1e-9 * max(1, abs(whole)) {
      return alone.map { $0 * share }
    }
    return nil
  }

  private func value(_ outputs: [Double], _ targets: [Double]) throws -> Double {
    var value = 0.0
    try values(Block(neurons: outputs.count, columns: 1), outputs, targets, &value)
    return value
  }
}
