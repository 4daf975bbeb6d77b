import NNKit

// Whether results are what a call makes of its arguments alone.

extension CheckedCall {
  /// Results are the same after a call, whether they held 0, another number or NaN before.
  func written() throws -> Int {
    var random = RandomSource(seed: 20)
    var count = 0
    for (neurons, columns) in [(8, 50), (8, 50), (8, 50), (1, 1), (17, 3)] {
      let arguments = try arguments(neurons, columns, &random)
      count += try expectWritten(neurons, columns, arguments)
    }
    return count
  }

  /// - Returns: How many numbers were compared.
  /// - Throws: `Finding`; `FunctionFailure` if the plugin reports one.
  func expectWritten(_ neurons: Int, _ columns: Int, _ arguments: [[Scalar]]) throws -> Int {
    let overZero = try results(neurons, columns, arguments)
    let overOne = try results(neurons, columns, arguments, over: 1)
    let overNaN = try results(neurons, columns, arguments, over: .nan)
    func isOdd(_ index: Int) -> Bool {
      !(Self.isSame(overOne[index], overZero[index]) && Self.isSame(overNaN[index], overZero[index]))
    }
    guard let odd = overZero.indices.first(where: isOdd) else { return 2 * overZero.count }
    // A function that keeps a state is another check's.
    guard Self.isSame(try results(neurons, columns, arguments)[odd], overZero[odd]) else { return 2 * overZero.count }
    let isUnwritten = overZero[odd] == 0 && overOne[odd] == 1 && overNaN[odd].isNaN
    throw Finding(
      "\(called(at: odd, arguments)) for result \(odd) of a block of \(neurons) × \(columns)",
      found: "\(overZero[odd]) where 0 was before, \(overOne[odd]) where 1 was, \(overNaN[odd]) where NaN was",
      expected: isUnwritten
        ? "that every result is written; this one is left as it was"
        : "the same each time: results are written, not added to what was there")
  }

  private static func isSame(_ one: Double, _ other: Double) -> Bool {
    one.bitPattern == other.bitPattern || one.isNaN && other.isNaN
  }
}
