internal import NNKit

/// One value of a configuration, read as what it should be; whatever else it is becomes an error that names its place.
struct ConfigurationNode {
  let node: YAML.Node
  /// Keys and indices from the top, joined by dots: `network.layers.0.neurons`.
  let path: String
  let document: Document

  /// The file a node comes from, and the values that `--set` put in its place.
  struct Document {
    let file: String
    let overrides: [String: String]

    /// Whether `--set` takes an option out, by `key=null`: then it counts as not given.
    func takesOut(_ path: String) -> Bool { overrides[path].map(Override.takesOut) ?? false }
  }

  /// Whether `--set` gave the value, itself or as a part of one.
  var isSet: Bool {
    document.overrides.keys.contains { path == $0 || path.hasPrefix("\($0).") }
  }

  var place: String {
    var prefix = path
    while true {
      if let text = document.overrides[prefix] { return "--set \(prefix)=\(text)" }
      guard let dot = prefix.lastIndex(of: ".") else { break }
      prefix = String(prefix[..<dot])
    }
    guard let mark = node.mark else {
      // Made on the way to a value that `--set` put deeper.
      let inside = document.overrides.filter { $0.key.hasPrefix("\(path).") }.min { $0.key < $1.key }
      return inside.map { "--set \($0.key)=\($0.value)" } ?? document.file
    }
    return "\(document.file):\(mark.line):\(mark.column)"
  }

  func error(_ message: String) -> ConfigurationError { ConfigurationError(place, message) }

  func expected(_ what: String) -> ConfigurationError {
    error("\(path.isEmpty ? "the configuration" : "`\(path)`") is \(found), expected \(what)\(tableHint)")
  }

  /// Where a table was given in the place of a configuration.
  private var tableHint: String {
    let isTable = [".csv", ".tsv", ".txt"].contains(where: document.file.lowercased().hasSuffix)
    return !path.isEmpty || !isTable
      ? "" : "; `nnkit new --csv \(document.file)` writes one for a table"
  }

  private var found: String {
    switch node {
    case .scalar(let scalar) where scalar.string.isEmpty && scalar.style == .plain: "empty"
    case .scalar(let scalar) where scalar.style == .plain: shown(scalar.string)
    case .scalar(let scalar): "the text \"\(shown(scalar.string).dropFirst().dropLast())\""
    case .sequence(let sequence): "a list of \(sequence.nodes.count)"
    case .mapping: "a mapping"
    }
  }

  /// Runs `body`; an error without a place gets this one.
  func placing<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as ConfigurationError where error.place == nil {
      throw self.error(error.message)
    } catch let error as ConfigurationError {
      throw error
    } catch {
      throw self.error("\(error)")
    }
  }

  // MARK: Scalars

  private var scalar: YAML.Scalar? { node.scalar }

  var text: String? { scalar?.string }

  func string() throws -> String {
    guard let scalar, !scalar.string.isEmpty else { throw expected("a text that is not empty") }
    return scalar.string
  }

  func bool() throws -> Bool {
    guard let scalar, scalar.style == .plain, let value = node.bool else { throw expected("true or false") }
    return value
  }

  func double(_ range: ClosedRange<Double> = -.infinity ... .infinity, _ what: String? = nil) throws -> Double {
    let what = what ?? (range == -.infinity ... .infinity ? "a number" : "a number in \(words(range))")
    guard let scalar, scalar.style == .plain, let value = Double(scalar.string), value.isFinite, range.contains(value)
    else { throw expected(what) }
    return value
  }

  func positiveDouble() throws -> Double { try double(Double.leastNonzeroMagnitude ... .infinity, "a number > 0") }

  func int(_ range: ClosedRange<Int>) throws -> Int {
    let what = range.upperBound == Int.max ? "a whole number >= \(range.lowerBound)" : "a whole number in \(range)"
    guard let scalar, scalar.style == .plain, let value = Int(scalar.string), range.contains(value) else {
      throw expected(what)
    }
    return value
  }

  func unsigned() throws -> UInt64 {
    guard let scalar, scalar.style == .plain, let value = UInt64(scalar.string) else {
      throw expected("a whole number >= 0")
    }
    return value
  }

  /// One of the names of an enumeration.
  func choice<Choice: CaseIterable & RawRepresentable<String>>(_ type: Choice.Type) throws -> Choice {
    let names = Choice.allCases.map(\.rawValue)
    guard let scalar, let value = Choice(rawValue: scalar.string) else { throw expected(oneOf(names)) }
    return value
  }

  func name(among names: [String]) throws -> String {
    guard let scalar, names.contains(scalar.string) else { throw expected(oneOf(names)) }
    return scalar.string
  }

  private func oneOf(_ names: [String]) -> String {
    let hint = scalar.flatMap { nearestNames(to: $0.string, in: names).first }.map { "; did you mean `\($0)`?" }
    return "one of \(names.joined(separator: ", "))\(hint ?? "")"
  }

  private func words(_ range: ClosedRange<Double>) -> String {
    if range.upperBound == .infinity { return "[\(range.lowerBound), ∞)" }
    return "[\(range.lowerBound), \(range.upperBound)]"
  }

  // MARK: Lists and mappings

  var isList: Bool { node.sequence != nil }
  var isMapping: Bool { node.mapping != nil }

  func list(_ what: String = "a list") throws -> [ConfigurationNode] {
    guard let sequence = node.sequence else { throw expected(what) }
    return sequence.nodes.enumerated().map { child($1, "\($0)") }.filter { !document.takesOut($0.path) }
  }

  func numbers() throws -> [Double] { try list("a list of numbers").map { try $0.double() } }

  /// The values by key; a key that is not among `known` is an error with the nearest known one.
  func mapping(_ known: [String]) throws -> ConfigurationMapping {
    let all = try mapping()
    for (key, keyNode) in all.keys where !known.contains(key) {
      if let name = EarlierKeys.presentName(of: join(key)) {
        throw ConfigurationNode(node: keyNode, path: join(key), document: document).error(
          "the key `\(key)` of `\(path)` is called `\(name)` now")
      }
      let near = nearestNames(to: key, in: known).first.map { "; did you mean `\($0)`?" } ?? KeyPlaces.hint(key)
      throw ConfigurationNode(node: keyNode, path: join(key), document: document).error(
        "unknown key `\(key)`\(path.isEmpty ? "" : " in `\(path)`"), expected one of"
          + " \(known.joined(separator: ", "))\(near)")
    }
    return all
  }

  /// The values by key, whatever the keys.
  func mapping() throws -> ConfigurationMapping {
    guard let mapping = node.mapping else { throw expected("a mapping") }
    var values: [String: ConfigurationNode] = [:]
    var keys: [(String, YAML.Node)] = []
    for (key, value) in mapping.pairs {
      guard let name = key.scalar?.string else { throw error("a key is not text") }
      keys.append((name, key))
      if !document.takesOut(join(name)) { values[name] = child(value, name) }
    }
    return ConfigurationMapping(owner: self, values: values, keys: keys)
  }

  private func join(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  private func child(_ node: YAML.Node, _ key: String) -> ConfigurationNode {
    ConfigurationNode(node: node, path: join(key), document: document)
  }
}

/// The values of a mapping by key.
struct ConfigurationMapping {
  let owner: ConfigurationNode
  let values: [String: ConfigurationNode]
  let keys: [(String, YAML.Node)]

  subscript(key: String) -> ConfigurationNode? { values[key] }

  func required(_ key: String) throws -> ConfigurationNode {
    guard let value = values[key] else {
      let place = owner.path.isEmpty ? "the configuration" : "`\(owner.path)`"
      throw owner.error("\(place) lacks the key `\(key)`")
    }
    return value
  }
}
