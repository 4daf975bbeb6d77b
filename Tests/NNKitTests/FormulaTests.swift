import Foundation
import NNKit
import Testing

/// Formulas that functions state: reading, evaluating and writing them.
@Suite struct FormulaTests {
  private static let z = 0.4054651081081644
  private static let readings: [(String, Double)] = [
    ("a = 1 / (1 + exp(-z))", 1 / (1 + exp(-z))), ("a = -z^2", -(z * z)),
    ("a = (√(z² + 1) − 1)/2 + z", ((z * z + 1).squareRoot() - 1) / 2 + z), ("a = 2 z (1 - z)", 2 * z * (1 - z)),
    ("a = |z - 1| + |−2|·z²", 1 - z + 2 * z * z), ("a = if(0 < z < 0.5, z ^ -1, -1)", 1 / z),
    ("a = if(0 < z < 0.4, 1, if(z >= 0.5, 2, 3))", 3), ("a = e^z + pi", exp(z) + .pi),
    ("f(z) = min(z, 0.1, 3) + max(z, 0.2) - sign(-z)", 0.1 + z + 1), ("a = slope z + 1", 3 * z + 1),
    ("a = 3 / 2·z", 1.5 * z), ("a = erf(z) tanh(z) sqrt(4) ln(2)", erf(z) * tanh(z) * 2 * log(2)),
    ("a = z - z - 2", -2), ("a = 8 / 2 / 4", 1), ("a = 2 z^3", 2 * z * z * z), ("a = cosh(z) - sinh(z)", exp(-z)),
    ("a = 1e-3 + 2E2", 200.001), ("a = sin(z)² + cos(z)²", 1), ("a = -2 (z - 1)", 2 - 2 * z),
  ]

  @Test("a formula's value is that of its text", arguments: readings)
  func values(_ text: String, _ value: Double) throws {
    let formula = try Formula(text, of: .activation(isWholeLayer: false), parameters: ["slope"])
    var numbers = FormulaNumbers<Double>()
    numbers.numbers = ["z": Self.z]
    numbers.parameters = ["slope": 3]
    #expect(abs(try formula.value(numbers) - value) < 1e-14 * max(1, abs(value)), "\(text)")
  }

  @Test("sums go over all outputs or inputs, up to the next + or -")
  func sums() throws {
    var numbers = FormulaNumbers<Double>()
    numbers.lists = ["w": [2, 3, 10, 20], "x": [5, 7]]
    numbers.numbers = ["b": 100, "z": 1]
    numbers.count = 2
    numbers.elements = [3]
    for (text, subject, value) in [
      ("z = sum w x + b", FormulaSubject.combination, 131.0), ("z = Σ_i w_i x_i - b / 2", .combination, -19),
      ("z = Π (1 + w x)", .combination, 11 * 22),
      ("z = Σ_i (w_i x_i + w_(n+i) x_i²) + b", .combination, 131 + 250 + 980),
      ("dz/dw_i = if(i < n, x_i, x_(i-n)²)", .weightDerivative, 49), ("dz/dx = sum_j w_j + n", .inputDerivative, 7),
    ] as [(String, FormulaSubject, Double)] {
      #expect(try Formula(text, of: subject, parameters: []).value(numbers) == value, "\(text)")
    }
    numbers.lists = ["z": [1, 2, 3], "a": [0.2, 0.3, 0.5], "y": [0, 1, 0]]
    numbers.count = 3
    numbers.elements = [1, 2]
    let jacobian = try Formula(
      "∂a_k/∂z_j = a_k (if(k = j, 1, 0) - a_j)", of: .derivative(isWholeLayer: true), parameters: [])
    #expect(try jacobian.value(numbers) == 0.3 * -0.5)
    numbers.elements = [1]
    let pair = try Formula("delta = if(sum y = 1, a - y, a sum_j y_j - y)", of: .canonical, parameters: [])
    #expect(try pair.value(numbers) == 0.3 - 1)
    // As the field has it, 0 ln 0 = 0 and 0 / 0 = 0.
    numbers.lists["a"] = [0, 1, 0]
    #expect(try Formula("L = -Σ y ln(a)", of: .loss, parameters: []).value(numbers) == 0)
    numbers.elements = [0]
    #expect(try Formula("dL/da = -y / a", of: .gradient, parameters: []).value(numbers) == 0)
  }

  @Test(
    "what cannot be read is an error with its column",
    arguments: [
      ("a = z +", 8, "a number, a variable or `(`"), ("a = (z", 7, "`)`"), ("a = q z", 5, "one of z"),
      ("a = log(z)", 5, "`ln`"), ("a = exp z", 9, "`(`"), ("a = 1 / 2 z", 11, "two ways"), ("a = z $ 2", 7, "plugin.h"),
      ("b = z", 1, "`a = …`"), ("z²", 1, "`a = …`"), ("a = z for z > 0", 7, "one of z"), ("a = sum z", 5, "no sums"),
      ("a = max(z)", 10, "two or more"), ("a = if(z, 1, 0)", 9, "a comparison"), ("a = z^2^3", 8, "parentheses"),
      ("a = 2 3", 7, "an operation"), ("a = ", 5, "a number"), ("a = z_1", 6, "an operation"),
      (String(repeating: "(", count: 500), 1, "`a = …`"), ("a = " + String(repeating: "(", count: 500), 44, "simpler"),
      ("a = " + String(repeating: "-", count: 500) + "z", 44, "simpler"), ("a = 1e999", 5, "a number"),
      ("a = beta", 5, "another name"),
    ])
  func unreadable(_ text: String, _ column: Int, _ expected: String) throws {
    let error = #expect(throws: FormulaError.self) {
      try Formula(
        text.replacing("beta", with: "z"), of: .activation(isWholeLayer: false),
        parameters: text.contains("beta") ? ["z"] : [])
    }
    #expect(error.map { $0.column == column || abs(($0.column ?? 0) - column) <= 1 } == true, "\(error as Any)")
    let words = error.map { "\($0)" } ?? ""
    #expect(words.contains(expected) || expected == "`a = …`" && words.contains("`a`"), "\(words)")
  }

  @Test("an index beyond a variable's numbers is an error, not a crash")
  func beyond() throws {
    var numbers = FormulaNumbers<Double>()
    numbers.lists = ["w": [1], "x": [1]]
    numbers.numbers = ["b": 0]
    numbers.count = 1
    #expect(throws: FormulaError.self) {
      try Formula("z = sum_i w_(i+n)", of: .combination, parameters: []).value(numbers)
    }
    #expect(throws: FormulaError.self) {
      try Formula("z = sum_i w_(i-1)", of: .combination, parameters: []).value(numbers)
    }
  }

  @Test("with its numbers put in, a formula has as few parentheses as it takes")
  func text() throws {
    var numbers = FormulaNumbers<Double>()
    numbers.numbers = ["z": -0.5, "a": 0.25]
    func written(_ right: String) throws -> String {
      let formula = try Formula("f'(z) = \(right)", of: .derivative(isWholeLayer: false), parameters: [])
      return try formula.arithmetic(numbers) { $0 }.text({ "\($0)" }, constant: { "\(Int($0))" })
    }
    #expect(try written("a (1 - a)") == "0.25·(1 - 0.25)")
    #expect(try written("1 - z") == "1 - (-0.5)")
    #expect(try written("1 + z") == "1 - 0.5")
    #expect(try written("z^2 - z a") == "(-0.5)^2 - (-0.5·0.25)" || written("z^2 - z a") == "(-0.5)^2 - (-0.5)·0.25")
    #expect(try written("exp(-z)") == "exp(-(-0.5))")
    #expect(try written("1 / (z a)") == "1 / ((-0.5)·0.25)" || written("1 / (z a)") == "1 / (-0.5·0.25)")
    #expect(try written("if(z > 0, 1, 2 a)") == "2·0.25")
  }
}
