import NNKit

/// The values that a function's parameters are tried with.
///
/// Bounds, 0 and 1 are where formulas have cases of their own. What the function refuses, as values that do not go together,
/// is not tried.
struct ParameterSettings {
  private let parameters: [FunctionParameter]
  /// Each parameter's bounds, or ±1000 where it has none.
  private let ranges: [ClosedRange<Double>]
  private let isRefused: ([String: Double]) throws -> Bool

  init(_ information: FunctionInformation, isRefused: @escaping ([String: Double]) throws -> Bool) {
    parameters = information.parameters
    ranges = parameters.map { parameter in
      let (low, high) = (max(parameter.range.lowerBound, -1000), min(parameter.range.upperBound, 1000))
      // Bounds may lie beyond ±1000, both of them.
      return low <= high ? low...high : parameter.range
    }
    self.isRefused = isRefused
  }

  /// Every parameter at each of its special values, the others at their defaults or, where these do not go with it,
  /// somewhere; then all of them at once somewhere.
  ///
  /// - Throws: `Finding` where the function refuses its defaults, or all besides them; what asking it throws.
  func all() throws -> [[String: Double]] {
    if parameters.isEmpty { return [] }
    if try isRefused([:]) {
      throw Finding("the default parameters", found: "NNKIT_REFUSED", expected: "default values that go together")
    }
    var random = RandomSource(seed: 18)
    var settings: [[String: Double]] = []
    for (number, parameter) in parameters.enumerated() {
      for value in special(number) {
        let setting = try accepted { attempt in
          var others = attempt == 0 ? [:] : somewhere(isUniform: attempt % 2 == 0, &random)
          others[parameter.name] = value
          return others
        }
        if let setting { settings.append(setting) }
      }
    }
    for number in 0..<6 {
      if let setting = try accepted({ _ in somewhere(isUniform: number % 2 == 0, &random) }) {
        settings.append(setting)
      }
    }
    if settings.isEmpty {
      throw Finding(
        "every setting of the parameters but the defaults", found: "NNKIT_REFUSED", expected: "some that go together")
    }
    return settings
  }

  /// The first of some settings that is not refused.
  private func accepted(_ setting: (_ attempt: Int) -> [String: Double]) throws -> [String: Double]? {
    for attempt in 0..<40 {
      let setting = setting(attempt)
      if try !isRefused(setting) { return setting }
    }
    return nil
  }

  /// The bounds, and of the numbers that formulas have cases for those within them.
  private func special(_ number: Int) -> [Double] {
    let range = ranges[number]
    var values = [range.lowerBound, range.upperBound]
    for value in [0.0, 1, -1, 2, 0.5] where range.contains(value) && !values.contains(value) { values.append(value) }
    return values.filter { $0 != parameters[number].defaultValue }
  }

  private func somewhere(isUniform: Bool, _ random: inout RandomSource) -> [String: Double] {
    var setting: [String: Double] = [:]
    for (parameter, range) in zip(parameters, ranges) {
      let value =
        isUniform
        ? range.lowerBound + (range.upperBound - range.lowerBound) * random.uniform()
        : parameter.defaultValue + max(1, abs(parameter.defaultValue)) * random.normal()
      setting[parameter.name] = min(max(value, range.lowerBound), range.upperBound)
    }
    return setting
  }
}
