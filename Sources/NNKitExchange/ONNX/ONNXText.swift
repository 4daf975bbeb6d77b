/// A function in ONNX's textual form (https://onnx.ai/onnx/repo-docs/Syntax.html): its inputs, its outputs, its nodes.
///
///     (z) => (a) { t = Constant <value_float: float = @threshold> () u = Sub (z, t) a = Relu (u) }
///
/// `@name` is the value of the function's parameter `name`. Operators are ONNX's own, of version 18.
struct ONNXText {
  let inputs: [String]
  let outputs: [String]
  let nodes: [ONNXNode]

  /// What is wrong in a text, and where.
  struct Fault: Error, CustomStringConvertible {
    let description: String
  }

  /// - Parameters:
  ///   - text: The function.
  ///   - parameters: What `@` may name.
  /// - Throws: `Fault` with the place of what cannot be read.
  init(_ text: String, parameters: [String]) throws {
    var scanner = try Scanner(text)
    inputs = try scanner.names()
    try scanner.expect("=>")
    outputs = try scanner.names()
    try scanner.expect("{")
    var nodes: [ONNXNode] = []
    var known = Set(inputs)
    while scanner.next != "}" {
      let node = try scanner.node(parameters)
      if let missing = node.inputs.first(where: { !$0.isEmpty && !known.contains($0) }) {
        throw scanner.fault("`\(missing)` is used before it is computed")
      }
      if let twice = node.outputs.first(where: known.contains) { throw scanner.fault("`\(twice)` is computed twice") }
      known.formUnion(node.outputs)
      nodes.append(node)
    }
    try scanner.expect("}")
    guard scanner.next == nil else { throw scanner.fault("expected nothing after `}`") }
    self.nodes = nodes
    if let missing = outputs.first(where: { !known.contains($0) || inputs.contains($0) }) {
      throw Fault(description: "the output `\(missing)` is not computed")
    }
  }
}

extension ONNXText {
  private struct Scanner {
    private let tokens: [(text: String, place: Int)]
    private var place = 0

    init(_ text: String) throws {
      let characters = Array(text)
      var tokens: [(String, Int)] = []
      var index = 0
      func run(_ belongs: (Character) -> Bool) -> String {
        String(characters[index...].prefix(while: belongs))
      }
      while index < characters.count {
        let start = characters[index]
        var token = String(start)
        if start.isWhitespace {
          index += 1
          continue
        } else if start == "#" {
          index += run { !$0.isNewline }.count
          continue
        } else if start.isLetter || start == "_" {
          token = run { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." }
        } else if start.isNumber || "+-.".contains(start) {
          token = token + String(characters[(index + 1)...].prefix { $0.isNumber || "+-.eE".contains($0) })
        } else if start == "\"" {
          token += String(characters[(index + 1)...].prefix { $0 != "\"" }) + "\""
        } else if start == "=", index + 1 < characters.count, characters[index + 1] == ">" {
          token = "=>"
        } else if !"(){}<>[],=:@".contains(start) {
          throw Fault(description: "character \(index + 1): found `\(start)`, which has no meaning here")
        }
        tokens.append((token, index))
        index += token.count
      }
      self.tokens = tokens
    }

    var next: String? { place < tokens.count ? tokens[place].text : nil }

    func fault(_ what: String) -> Fault {
      let position = place < tokens.count ? "character \(tokens[place].place + 1)" : "the end"
      return Fault(description: "\(position): \(what)")
    }

    mutating func take() throws -> String {
      guard let next else { throw fault("expected more") }
      place += 1
      return next
    }

    mutating func expect(_ token: String) throws {
      guard next == token else { throw fault("found \(next.map { "`\($0)`" } ?? "nothing"), expected `\(token)`") }
      place += 1
    }

    private mutating func skip(_ token: String) -> Bool {
      guard next == token else { return false }
      place += 1
      return true
    }

    private mutating func identifier() throws -> String {
      guard let next, let first = next.first, first.isLetter || first == "_" else { throw fault("expected a name") }
      place += 1
      return next
    }

    /// Reads names in parentheses, as in `(a, b)`.
    mutating func names() throws -> [String] {
      try expect("(")
      var names: [String] = []
      while !skip(")") {
        if !names.isEmpty { try expect(",") }
        names.append(try identifier())
      }
      return names
    }

    /// Reads a node, as in `y = Gemm <alpha = 0.5> (a, b)`.
    mutating func node(_ parameters: [String]) throws -> ONNXNode {
      var outputs = [try identifier()]
      while skip(",") { outputs.append(try identifier()) }
      try expect("=")
      let operation = try identifier()
      guard !operation.contains(".") else {
        throw fault("`\(operation)` is of another domain; expected an operator of ONNX's own")
      }
      var node = ONNXNode(operation: operation, inputs: [], outputs: outputs)
      node.attributes = try attributes(parameters)
      node.inputs = try names()
      if next == "<" { node.attributes = try attributes(parameters) }
      return node
    }

    private mutating func attributes(_ parameters: [String]) throws -> [String: ONNXAttribute] {
      guard skip("<") else { return [:] }
      var attributes: [String: ONNXAttribute] = [:]
      while !skip(">") {
        if !attributes.isEmpty { try expect(",") }
        let name = try identifier()
        let isTyped = skip(":")
        if isTyped, try identifier() == "tensor" { throw fault("a tensor is not read here; use `value_float`") }
        try expect("=")
        attributes[name] = try value(parameters)
      }
      return attributes
    }

    private mutating func value(_ parameters: [String]) throws -> ONNXAttribute {
      if skip("@") {
        let name = try identifier()
        guard parameters.contains(name) else {
          throw fault("`@\(name)` names no parameter of the function (\(parameters.joined(separator: ", ")))")
        }
        return .reference(name, kind: 1)
      }
      guard skip("[") else {
        let token = try take()
        if let number = Int(token) { return .integer(number) }
        if let number = Float(token), number.isFinite { return .float(number) }
        guard token.hasPrefix("\"") else { throw fault("`\(token)` is not a number, a text or a list") }
        return .text(String(token.dropFirst().dropLast()))
      }
      var tokens: [String] = []
      while !skip("]") {
        if !tokens.isEmpty { try expect(",") }
        tokens.append(try take())
      }
      let integers = tokens.compactMap { Int($0) }
      if integers.count == tokens.count { return .integers(integers) }
      let floats = tokens.compactMap { Float($0) }
      guard floats.count == tokens.count else { throw fault("a list has numbers alone") }
      return .floats(floats)
    }
  }
}
