internal import NNKit
internal import RealModule

/// Finds how many digits the numbers of some equations need, so that each comes out to the last digit shown.
///
/// A result is shown with as many of nine digits as its printed numbers give; where these are fewer than seven, the numbers
/// that it is computed from are shown with more, and what they come from too. Where that does not help (each line of a long
/// chain costs a part of a digit), the result is shown twice: as it comes out, and more exactly for the lines to come.
struct DigitSearch {
  private static let fewest = 6
  /// What rounding in double precision leaves of a number that is computed in a few steps.
  private static let mostWanted = 14
  /// So many are enough for most lines that compute with a number, whatever they ask for.
  private static let enough = 11
  /// An equation that gives no more than so many digits does not come out.
  private static let fewestAtAll = 3
  private static let mostRounds = 12

  /// - Parameter equations: In the order in which they are read.
  static func settle(_ equations: [Equation]) {
    var seen: Set<ObjectIdentifier> = []
    let ordered = equations.map { ($0, isFirst: seen.insert(ObjectIdentifier($0.result)).inserted) }
    for round in 0..<mostRounds {
      var areSettled = true
      for (equation, isFirst) in ordered where !show(equation, isFirst: isFirst) { areSettled = false }
      if areSettled || round == mostRounds - 1 { return }
      // What one number needs more, the numbers that it comes from need as well, and so on back to the first.
      var isMore = false
      for (equation, isFirst) in ordered.reversed() where askForMore(equation, isFirst: isFirst) { isMore = true }
      if !isMore { return }
    }
  }

  /// Shows an equation's result with as many digits as its numbers give.
  ///
  /// - Parameters:
  ///   - equation: What is shown.
  ///   - isFirst: Whether its result comes from no equation before it.
  /// - Returns: Whether these are enough.
  private static func show(_ equation: Equation, isFirst: Bool) -> Bool {
    let result = equation.result
    let most = isFirst ? max(PrintedNumber.usualDigits, result.wantedDigits) : result.digits
    let agreed = agreedDigits(equation.numbers.printedValue, result.value, most: most)
    let least = least(equation, isFirst: isFirst)
    equation.comesOut = agreed >= (isFirst ? fewestAtAll : least)
    equation.shownDigits = agreed
    if isFirst { result.digits = agreed >= least ? agreed : equation.comesOut ? least : most }
    return agreed >= least
  }

  /// How many digits an equation is to give.
  private static func least(_ equation: Equation, isFirst: Bool) -> Int {
    isFirst ? max(fewest, min(enough, equation.result.wantedDigits)) : equation.result.digits
  }

  /// Has the numbers of an equation shown with more digits where it gives too few.
  ///
  /// - Returns: Whether any number has more digits now.
  private static func askForMore(_ equation: Equation, isFirst: Bool) -> Bool {
    let found = equation.numbers.printedValue
    let least = least(equation, isFirst: isFirst)
    let agreed = agreedDigits(found, equation.result.value, most: least)
    guard agreed < least, found.isFinite || equation.numbers.exactValue.isFinite else { return false }
    let leaves = equation.numbers.leaves.filter { $0.wantedDigits < mostWanted }
    for leaf in leaves {
      leaf.wantedDigits = min(mostWanted, max(leaf.digits, leaf.wantedDigits) + max(1, least - agreed))
      leaf.digits = leaf.wantedDigits
    }
    return !leaves.isEmpty
  }

  /// With how many digits, `most` at the most, two numbers read the same.
  private static func agreedDigits(_ found: Double, _ expected: Double, most: Int) -> Int {
    if found == expected { return most }
    // Digits that cannot become right need not be tried.
    let error = abs((found - expected) / expected)
    var digits = error.isFinite && error > 0 ? max(0, min(most, Int(-Double.log10(error)) + 2)) : most
    while digits > 0, PrintedNumber.text(found, digits: digits) != PrintedNumber.text(expected, digits: digits) {
      digits -= 1
    }
    return digits
  }
}
