internal import NNKit

#if canImport(Glibc)
  internal import Glibc
#endif

/// What a sweep tries: values of some keys of the configuration.
package struct SweepConfiguration: Equatable, Sendable {
  package enum Method: String, CaseIterable, Sendable {
    /// Every combination.
    case grid
    /// Combinations drawn at random.
    case random
    /// Combinations drawn at random, all with few epochs; the better ones are continued.
    case halving
  }

  /// A key and the values that it is to have.
  package struct Parameter: Equatable, Sendable {
    package let path: String
    package let values: Values
    package let place: Place
  }

  package enum Values: Equatable, Sendable {
    /// As a configuration has them.
    case list([String])
    case range(Range)
  }

  package struct Range: Equatable, Sendable {
    package let from: Double
    package let to: Double
    package let isLog: Bool
    /// Whether its values are whole numbers.
    package let isWhole: Bool
    /// How many values a grid has of it.
    package let count: Int?

    /// The value at a share of the way from one end to the other.
    func value(at share: Double) -> String {
      if isWhole {
        // Each whole number has an equal part of the way, both ends too.
        let (low, high) = (from - 0.5, to + 0.5)
        let value = isLog ? low * pow(high / low, share) : low + share * (high - low)
        return "\(Int(min(to, max(from, value.rounded()))))"
      }
      return "\(isLog ? from * pow(to / from, share) : from + share * (to - from))"
    }

    /// `count` values with equal distances, both ends among them.
    func grid(_ count: Int) -> [String] {
      var values: [String] = []
      for index in 0..<count {
        let share = count == 1 ? 0 : Double(index) / Double(count - 1)
        let value = isLog ? from * pow(to / from, share) : from + share * (to - from)
        let text = isWhole ? "\(Int(value.rounded()))" : "\(value)"
        if values.last != text { values.append(text) }
      }
      return values
    }
  }

  package var parameters: [Parameter]
  package var method: Method
  /// How many combinations are drawn at random.
  package var runs: Int?
  /// Of halving: one in so many runs is continued, with so many times the epochs.
  package var factor: Int
  package var metric: StudyMetric?
  /// Of `runs`, `method` and `parameters`, where they are given.
  package var runsPlace, methodPlace, parametersPlace: Place?
  package var place: Place
}

extension ConfigurationReader {
  func sweep(_ node: ConfigurationNode) throws -> SweepConfiguration {
    let keys = try node.mapping(["parameters", "method", "runs", "factor", "metric"])
    let named = try keys.required("parameters")
    let all = try named.mapping()
    guard !all.keys.isEmpty else { throw named.expected("at least one key with the values to try") }
    let parameters = try all.keys.compactMap { key, keyNode -> SweepConfiguration.Parameter? in
      guard let values = all[key] else { return nil }
      let place = ConfigurationNode(node: keyNode, path: values.path, document: node.document)
      return SweepConfiguration.Parameter(path: key, values: try self.values(values), place: self.place(place))
    }
    let method = try keys["method"]?.choice(SweepConfiguration.Method.self) ?? .grid
    var sweep = SweepConfiguration(
      parameters: parameters, method: method, runs: try keys["runs"]?.int(1...10_000),
      factor: try keys["factor"]?.int(2...100) ?? 3, metric: try keys["metric"]?.choice(StudyMetric.self),
      place: place(node))
    (sweep.runsPlace, sweep.methodPlace) = (keys["runs"].map(place), keys["method"].map(place))
    sweep.parametersPlace = place(named)
    switch method {
    case .grid:
      if let node = keys["runs"] { throw node.error("a grid has a run for every combination; leave `runs` out") }
      for (parameter, values) in zip(parameters, all.keys.compactMap { all[$0.0] }) {
        if case .range(let range) = parameter.values, range.count == nil {
          throw values.error("a grid needs to be given how many values of a range it tries: `count: 5`")
        }
      }
    case .random, .halving:
      guard keys["runs"] != nil else {
        throw node.error("`sweep` lacks the key `runs`: how many combinations are drawn")
      }
    }
    if method != .halving, let node = keys["factor"] {
      throw node.error("`factor` is of `method: halving`; leave it out")
    }
    return sweep
  }

  /// `[8, 16, 32]`, or `{from: 1e-4, to: 1, scale: log}`.
  private func values(_ node: ConfigurationNode) throws -> SweepConfiguration.Values {
    if node.isList {
      let values = try node.list().map { try YAML.flowText($0.node) }
      guard !values.isEmpty else { throw node.expected("at least one value") }
      if let twice = values.indices.first(where: { values[..<$0].contains(values[$0]) }) {
        throw node.error("the value \(values[twice]) is given twice; give it once")
      }
      return .list(values)
    }
    guard node.isMapping else { throw node.expected("a list of values, or {from: LOWEST, to: HIGHEST, scale: log}") }
    let keys = try node.mapping(["from", "to", "scale", "count"])
    let (low, high) = (try keys.required("from"), try keys.required("to"))
    let range = SweepConfiguration.Range(
      from: try low.double(), to: try high.double(),
      isLog: try keys["scale"]?.name(among: ["linear", "log"]) == "log",
      isWhole: [low, high].allSatisfy { $0.text.flatMap { Int($0) } != nil },
      count: try keys["count"]?.int(2...10_000))
    guard range.from < range.to else {
      throw node.error("`from` is \(range.from), expected less than `to`, \(range.to)")
    }
    if range.isLog && range.from <= 0 { throw low.expected("a number > 0, since the scale is log") }
    return .range(range)
  }
}

extension YAML {
  /// A value on one line, as `--set` takes it.
  ///
  /// - Throws: `ConfigurationError` if a key in it cannot be written.
  static func flowText(_ node: Node) throws -> String {
    switch node {
    case .scalar(let scalar):
      return scalar.style == .plain ? scalar.string : JSONText.text(scalar.string).text()
    case .sequence(let sequence): return "[\(try sequence.nodes.map(flowText).joined(separator: ", "))]"
    case .mapping(let mapping):
      return
        "{\(try mapping.pairs.map { "\(try flowText($0.key)): \(try flowText($0.value))" }.joined(separator: ", "))}"
    }
  }
}
