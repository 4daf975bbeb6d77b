import NNKit

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
  /// - Parameters:
  ///   - allowance: How many points of five may be unknown.
  ///   - called: What gave the values.
  ///   - smooth: What it is expected to be.
  /// - Throws: `Finding` if there were more.
  func expectMostKnown(allowance: Int = 1, called: String, smooth: String) throws {
    guard unknown > max(20, allowance * count / 5) else { return }
    throw Finding(
      called, found: "values so rough that differences say nothing at \(unknown) of \(count) points",
      expected: "\(smooth) at \(5 - allowance) points of 5 or more")
  }
}
