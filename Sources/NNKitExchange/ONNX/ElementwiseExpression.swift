/// What some nodes compute of one number z, in one form for all that write it in other ways: sums and products are
/// flattened and sorted, a − b is a + (−1) b, a / c is (1/c) a.
indirect enum ElementwiseExpression {
  case z
  case number(Double)
  case sum([ElementwiseExpression])
  case product([ElementwiseExpression])
  case call(String, [ElementwiseExpression])

  /// A text that two expressions share if they are the same; numbers to six digits, since files round them.
  var text: String {
    switch self {
    case .z: "z"
    case .number(let value): Self.digits(value)
    case .sum(let terms): "sum(\(terms.map(\.text).sorted().joined(separator: ",")))"
    case .product(let factors): "product(\(factors.map(\.text).sorted().joined(separator: ",")))"
    case .call(let name, let arguments): "\(name)(\(arguments.map(\.text).joined(separator: ",")))"
    }
  }

  private static func digits(_ value: Double) -> String {
    guard value != 0, value.isFinite else { return "\(value)" }
    var (scaled, exponent) = (abs(value), 0)
    while scaled < 1e5 { (scaled, exponent) = (scaled * 10, exponent - 1) }
    while scaled >= 1e6 { (scaled, exponent) = (scaled / 10, exponent + 1) }
    return "\(value < 0 ? "-" : "")\(Int(scaled.rounded()))e\(exponent)"
  }

  /// How many parts it has.
  var size: Int {
    switch self {
    case .z, .number: 1
    case .sum(let parts), .product(let parts), .call(_, let parts): parts.reduce(1) { $0 + $1.size }
    }
  }

  var number: Double? { if case .number(let value) = self { value } else { nil } }

  static func added(_ parts: [ElementwiseExpression]) -> ElementwiseExpression {
    var (terms, constant) = ([ElementwiseExpression](), 0.0)
    for part in parts {
      switch part {
      case .number(let value): constant += value
      case .sum(let inner):
        constant += inner.compactMap(\.number).reduce(0, +)
        terms += inner.filter { $0.number == nil }
      default: terms.append(part)
      }
    }
    if constant != 0 || terms.isEmpty { terms.append(.number(constant)) }
    return terms.count == 1 ? terms[0] : .sum(terms)
  }

  static func multiplied(_ parts: [ElementwiseExpression]) -> ElementwiseExpression {
    var (factors, constant) = ([ElementwiseExpression](), 1.0)
    for part in parts {
      switch part {
      case .number(let value): constant *= value
      case .product(let inner):
        constant *= inner.compactMap(\.number).reduce(1, *)
        factors += inner.filter { $0.number == nil }
      default: factors.append(part)
      }
    }
    if constant == 0 { return .number(0) }
    if constant != 1 || factors.isEmpty { factors.append(.number(constant)) }
    return factors.count == 1 ? factors[0] : .product(factors)
  }

  /// What a node computes of its inputs, of which the ones left out are nil; nil if it is no operator of single numbers.
  init?(_ node: ONNXNode, _ inputs: [ElementwiseExpression?]) {
    guard node.domain.isEmpty else { return nil }
    func real(_ name: String, _ standard: Double) -> Double? {
      switch node.attributes[name] {
      case nil: standard
      case .float(let value)?: Double(value)
      default: nil
      }
    }
    let given = inputs.compactMap(\.self)
    switch (node.operation, given.count) {
    case ("Identity", 1), ("CastLike", 2): self = given[0]
    case ("Cast", 1):
      guard case .integer(let kind)? = node.attributes["to"], [1, 11].contains(kind) else { return nil }
      self = given[0]
    case ("Add", 2), ("Sum", 1...): self = .added(given)
    case ("Sub", 2): self = .added([given[0], .multiplied([.number(-1), given[1]])])
    case ("Neg", 1): self = .multiplied([.number(-1), given[0]])
    case ("Mul", 2): self = .multiplied(given)
    case ("Div", 2):
      if let divisor = given[1].number {
        guard divisor != 0 else { return nil }
        self = .multiplied([given[0], .number(1 / divisor)])
      } else {
        self = .multiplied([given[0], .call("Reciprocal", [given[1]])])
      }
    case ("Pow", 2):
      guard given[1].number == 2 else { return nil }
      self = .multiplied([given[0], given[0]])
    case ("Clip", _):
      guard let first = inputs.first, let value = first else { return nil }
      func bound(_ index: Int, _ name: String, _ standard: Double) -> Double? {
        if inputs.count > index, let input = inputs[index] { return input.number }
        return real(name, standard)
      }
      guard let low = bound(1, "min", -.infinity), let high = bound(2, "max", .infinity) else { return nil }
      self = low == 0 && high >= 3.4e38 ? .call("Relu", [value]) : .call("Clip", [value, .number(low), .number(high)])
    case ("Max", 2):
      guard let other = given.first(where: { $0.number == nil }), given.contains(where: { $0.number == 0 }) else {
        return nil
      }
      self = .call("Relu", [other])
    case ("Elu", 1), ("Celu", 1):
      guard let alpha = real("alpha", 1) else { return nil }
      self = .call(node.operation, given + [.number(alpha)])
    case ("LeakyRelu", 1):
      guard let alpha = real("alpha", 0.01) else { return nil }
      self = .call("LeakyRelu", given + [.number(alpha)])
    case ("HardSigmoid", 1):
      guard let alpha = real("alpha", 0.2), let beta = real("beta", 0.5) else { return nil }
      self = .call("HardSigmoid", given + [.number(alpha), .number(beta)])
    case ("Selu", 1):
      guard let alpha = real("alpha", 1.67326319217681884765625), let gamma = real("gamma", 1.05070102214813232421875)
      else { return nil }
      self = .call("Selu", given + [.number(alpha), .number(gamma)])
    case ("Gelu", 1):
      if case .text(let kind)? = node.attributes["approximate"], kind != "none" { return nil }
      self = .call("Gelu", given)
    case ("Swish", 1):
      guard let alpha = real("alpha", 1), alpha == 1 else { return nil }
      self = .call("Swish", given)
    case ("Abs", 1), ("Exp", 1), ("Log", 1), ("Sqrt", 1), ("Erf", 1), ("Sin", 1), ("Cos", 1), ("Tanh", 1),
      ("Sigmoid", 1),
      ("Softplus", 1), ("Softsign", 1), ("Relu", 1), ("HardSwish", 1), ("Mish", 1), ("Reciprocal", 1), ("Greater", 2),
      ("Where", 3):
      self = .call(node.operation, given)
    default: return nil
    }
  }
}

// MARK: Activations

extension ElementwiseExpression {
  /// The bundled activation that it is, if it is one; and what z is multiplied by and moved by before it.
  var activation: (function: NetworkDraft.Function, scale: Double, shift: Double)? {
    func function(_ name: String, _ parameters: [String: Double] = [:]) -> (NetworkDraft.Function, Double, Double) {
      (NetworkDraft.Function(name: name, parameters: parameters), 1, 0)
    }
    if let name = Self.known[text] { return function(name) }
    guard case .call(let name, let arguments) = self, case .z? = arguments.first else {
      return celu.map { function("celu", ["alpha": $0]) }
    }
    let numbers = arguments.dropFirst().compactMap(\.number)
    switch (name, numbers.count) {
    case ("Elu", 1): return function("elu", ["alpha": Self.decimal(numbers[0])])
    case ("Celu", 1) where numbers[0] > 0: return function("celu", ["alpha": Self.decimal(numbers[0])])
    case ("LeakyRelu", 1): return function("leaky_relu", ["slope": Self.decimal(numbers[0])])
    // max(0, min(1, αz + β)) is hard_sigmoid, max(0, min(1, z/6 + 1/2)), of 6 (αz + β − 1/2).
    case ("HardSigmoid", 2):
      return (NetworkDraft.Function(name: "hard_sigmoid"), 6 * numbers[0], 6 * (numbers[1] - 0.5))
    default: return nil
    }
  }

  /// α of α Elu(z / α), as a file in double precision writes celu.
  private var celu: Double? {
    guard case .product(let factors) = self, factors.count == 2, let alpha = factors.compactMap(\.number).first else {
      return nil
    }
    let form = Self.multiplied([
      .call("Elu", [.multiplied([.z, .number(1 / alpha)]), .number(1)]), .number(alpha),
    ])
    return alpha > 0 && form.text == text ? Self.decimal(alpha) : nil
  }

  /// The decimal number that was rounded to a file's single precision.
  private static func decimal(_ value: Double) -> Double {
    Float(value).isFinite && Double(Float(value)) == value ? Double("\(Float(value))") ?? value : value
  }

  /// Activations without parameters by the texts of their expressions.
  private static let known: [String: String] = {
    var texts: [String: String] = [:]
    let bundled = ONNXFunctions.activations.map { (name: $0.key, text: $0.value) }.sorted { $0.name < $1.name }
    for (name, text) in bundled + ONNXFunctions.variants {
      guard let expression = (try? ONNXText(text, parameters: [])).flatMap(Self.init(of:)), expression.text != "z"
      else {
        continue
      }
      texts[expression.text] = name
    }
    return texts
  }()

  /// What a function of z computes.
  init?(of function: ONNXText) {
    var values: [String: ElementwiseExpression] = [function.inputs[0]: .z]
    for node in function.nodes {
      if node.operation == "Constant", case .float(let value)? = node.attributes["value_float"] {
        values[node.outputs[0]] = .number(Double(value))
      } else if let value = Self(node, node.inputs.map { values[$0] }) {
        values[node.outputs[0]] = value
      }
    }
    guard let output = function.outputs.first, let value = values[output] else { return nil }
    self = value
  }
}
