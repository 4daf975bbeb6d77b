import NNKit
import RealModule

// Whether NaN in gives NaN out: without that the host, which watches the loss, would not see it.

extension ActivationChecks {
  /// - Returns: How many numbers were compared.
  /// - Throws: `Finding`; `FunctionFailure` if the plugin reports one.
  func nanStays() throws -> Int {
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
    if activation.isWholeLayer { return try isConstantInLayer(value) }
    let near = (-600...600).map { Scalar(0.0213 * Double($0) + 0.004) }
    let far = (2...30).map { Scalar(Double.pow(2, Double($0))) }
    for stretch in [near, far, far.map { -$0 }] {
      let isValue = try blocks(stretch.map { Double($0) }).flatMap { try evaluate($0.map { Scalar($0) }) }
        .map { $0 == value }
      if zip(isValue, isValue.dropFirst()).contains(where: { $0 && $1 }) { return true }
    }
    return false
  }

  /// Whether a number comes out again and again for ordinary layers, as the 0 of neurons that are not the greatest.
  private func isConstantInLayer<Scalar: NetworkScalar>(_ value: Scalar) throws -> Bool {
    var random = RandomSource(seed: 26)
    var count = 0
    for _ in 0..<100 {
      count += try evaluate((0..<8).map { _ in Scalar(2 * random.normal()) }).count { $0 == value }
    }
    return count > 1
  }
}
