internal import RealModule

// Whether NaN in gives NaN out: without that the host, which watches the loss, would not see it.

extension ActivationChecks {
  /// - Returns: How many numbers were compared.
  /// - Throws: `Finding`; `FunctionFailure` if the plugin reports one.
  func nanStays() throws -> Int {
    // In a function of the whole layer a single one may be left out, as by a maximum.
    if activation.isWholeLayer { return 0 }
    return try nanStays(Double.self) + (activation.function.hasFloat ? nanStays(Float.self) : 0)
  }

  private func nanStays<Scalar: NetworkScalar>(_: Scalar.Type) throws -> Int {
    let given = [Scalar](repeating: .nan, count: 8)
    let a = try evaluate(given)
    guard let odd = a.first(where: { !$0.isNaN }), try !isConstantSomewhere(odd) else { return a.count }
    throw Finding(
      setting(called("evaluate\(Scalar.self == Float.self ? "_float" : "")", [("z", .nan)])), found: "\(odd)",
      expected: "NaN, or what it gives on a stretch where z does not matter")
  }

  /// Whether a number is what the function gives on a whole stretch, into which comparisons with NaN may lead.
  private func isConstantSomewhere<Scalar: NetworkScalar>(_ value: Scalar) throws -> Bool {
    let near = (-600...600).map { Scalar(0.0213 * Double($0) + 0.004) }
    let far = (2...30).map { Scalar(Double.pow(2, Double($0))) }
    for stretch in [near, far, far.map { -$0 }] {
      let isValue = try blocks(stretch.map { Double($0) }).flatMap { try evaluate($0.map { Scalar($0) }) }
        .map { $0 == value }
      if zip(isValue, isValue.dropFirst()).contains(where: { $0 && $1 }) { return true }
    }
    return false
  }
}
