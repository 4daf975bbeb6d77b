/// What differences said of many derivatives.
struct VerdictTally {
  /// How many were held against differences.
  private(set) var count = 0
  private var unknown = 0

  /// Counts a verdict.
  ///
  /// - Throws: The finding for a derivative that disagrees with the difference given.
  mutating func take(_ verdict: CentralDifference.Verdict, finding: (Double) throws -> Finding) throws {
    count += 1
    switch verdict {
    case .agrees: break
    case .unknown: unknown += 1
    case .disagrees(let difference): throw try finding(difference)
    }
  }

  /// Functions too rough for any difference prove nothing.
  ///
  /// `allowance` is how many times one in five may be unknown.
  func expectMostKnown(allowance: Int = 1, called: String) throws {
    guard unknown > max(20, allowance * count / 5) else { return }
    throw Finding(
      called, found: "values so rough that differences say nothing at \(unknown) of \(count * allowance) points",
      expected: "a function smooth between the kinks it names, at 4 points of 5 or more")
  }
}
