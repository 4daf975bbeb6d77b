internal import NNKit

/// One step of an explanation: what is computed, by which formula, with which numbers, and what comes out.
final class Equation {
  /// "∂L/∂w0".
  let quantity: String
  /// "=", or "←" for a number that is replaced.
  let sign: String
  /// "δ·x0"; nil if the numbers say it.
  let formula: String?
  let numbers: PrintedArithmetic
  let result: PrintedNumber
  /// What stands before it: "from the loss: ".
  let lead: String
  /// Whether the printed numbers give the printed result; found out by `DigitSearch`.
  var comesOut = true
  /// With how many digits the result comes out.
  var shownDigits = PrintedNumber.usualDigits

  init(
    _ quantity: String, sign: String = "=", formula: String?, _ numbers: PrintedArithmetic, _ result: PrintedNumber,
    lead: String = ""
  ) {
    self.quantity = quantity
    self.sign = sign
    self.formula = formula
    self.numbers = numbers
    self.result = result
    self.lead = lead
  }

  /// The step's parts, each once: identity's a = z = 0.5 has no numbers beside its result.
  var parts: [String] {
    var parts = [formula, comesOut ? numbers.printedText : nil].compactMap(\.self)
    if parts.last == resultText { parts.removeLast() }
    return parts + [resultText]
  }

  /// The result as it comes out.
  var resultText: String { PrintedNumber.text(result.value, digits: min(shownDigits, result.digits)) }
  /// The result with more digits, if later lines need them.
  var exactResultText: String? { result.text == resultText ? nil : result.text }

  var text: String {
    let more = exactResultText.map { ", more exactly \($0)" } ?? ""
    if comesOut { return "\(lead)\(quantity) \(sign) \(parts.joined(separator: " = "))\(more)" }
    let formula = formula.map { "`\($0)`" } ?? "the formula"
    let stated = numbers.exactValue
    let isClose = abs(stated - result.value) <= 1e-6 * max(abs(stated), abs(result.value), scale)
    let why =
      isClose
      ? "as the code computes it: \(formula) loses its digits at these numbers"
      : "as the code computes it; \(formula) gives \(PrintedNumber.text(stated, digits: 6)) for these numbers"
    return "\(lead)\(quantity) \(sign) \(result.text), \(why)"
  }

  /// How large the numbers are that it is computed from: where they cancel, so large are the rounding errors.
  private var scale: Double { numbers.leaves.reduce(0) { max($0, abs($1.value)) } * 1e-6 }
}

/// A line of an explanation.
enum ExplanationLine {
  case equation(Equation)
  /// A sentence, whose numbers are known when all lines are.
  case words(() -> String)

  static func words(_ text: String) -> ExplanationLine { .words { text } }

  var text: String {
    switch self {
    case .equation(let equation): equation.text
    case .words(let text): text()
    }
  }

  var equation: Equation? { if case .equation(let equation) = self { equation } else { nil } }
}
