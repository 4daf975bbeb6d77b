import NNKit

/// One formula that a function states, and what its code gave at many points.
struct FormulaComparison {
  private struct Pair {
    let called: () -> String
    let found: Double
    let stated: Double
  }

  /// nil if the function does not state it.
  private let formula: Formula?
  private var pairs: [Pair] = []

  /// - Throws: `Finding` if the formula cannot be read.
  init(_ text: String?, of subject: FormulaSubject, _ information: FunctionInformation) throws {
    do {
      formula = try text.map { try Formula($0, of: subject, parameters: information.parameters.map(\.name)) }
    } catch let error as FormulaError {
      let place = error.column.map { ", column \($0)" } ?? ""
      throw Finding("`\(error.formula)`\(place)", found: error.found, expected: error.expected)
    }
  }

  /// Takes what the code gave where the formula's variables are `numbers`.
  ///
  /// - Throws: `Finding` if the formula has no value there, since an index is beyond what there is.
  mutating func take(_ found: Double, _ numbers: FormulaNumbers<Double>, called: @escaping () -> String) throws {
    guard let formula, found.isFinite else { return }
    do {
      pairs.append(Pair(called: called, found: found, stated: try formula.value(numbers)))
    } catch {
      throw Finding("`\(error.formula)` for \(called())", found: error.found, expected: error.expected)
    }
  }

  /// Compares all pairs.
  ///
  /// Code may be written to lose fewer digits than its formula, and to continue where the formula overflows.
  ///
  /// - Parameter mayOverflow: Whether it may do so at more than one point of five.
  /// - Returns: How many numbers were compared.
  /// - Throws: `Finding` for the first that disagree.
  func finish(mayOverflow: Bool) throws -> Int {
    guard let formula else { return 0 }
    let sizes = pairs.map { abs($0.found) }.sorted()
    let typical = sizes.isEmpty ? 0 : sizes[sizes.count / 2]
    var overflows = 0
    for pair in pairs {
      guard pair.stated.isFinite else {
        overflows += 1
        continue
      }
      guard abs(pair.stated - pair.found) <= max(1e-6 * max(abs(pair.found), typical), 1e-12) else {
        throw Finding(pair.called(), found: "\(pair.found)", expected: "\(pair.stated), as `\(formula.text)` says")
      }
    }
    guard mayOverflow || 5 * overflows <= pairs.count, let first = pairs.first(where: { !$0.stated.isFinite }) else {
      return pairs.count
    }
    throw Finding(
      "`\(formula.text)`", found: "no finite number at \(overflows) of \(pairs.count) points, as at \(first.called())",
      expected: "\(first.found) there, as the code has it")
  }
}
