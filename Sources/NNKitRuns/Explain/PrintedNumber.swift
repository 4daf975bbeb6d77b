internal import NNKit

/// A number of an explanation: it reads the same wherever it stands.
///
/// It has nine significant digits, or more where a line that computes with it would not come out otherwise, or fewer where
/// the line that it comes from gives no more.
final class PrintedNumber {
  static let usualDigits = 9
  /// So many digits give every number in double precision back.
  static let allDigits = 17

  let value: Double
  var digits = usualDigits { didSet { if digits != oldValue { read = nil } } }
  /// How many digits lines ask for that compute with it.
  var wantedDigits = 0
  private var read: Double?

  init(_ value: Double) { self.value = value }

  var text: String { Self.text(value, digits: digits) }
  /// What a reader computes with.
  var printed: Double {
    if let read { return read }
    let number = Double(text) ?? value
    read = number
    return number
  }

  static func text(_ value: Double, digits: Int) -> String { numberText(value, digits: digits) }
}

typealias PrintedArithmetic = Arithmetic<PrintedNumber>

extension Arithmetic<PrintedNumber> {
  init(_ value: Double) { self = .constant(value) }

  /// A formula with the numbers of its variables put in; nil if it cannot be read.
  init?(reading formula: String, _ variables: [String: Self]) {
    guard let read = try? Formula("w = \(formula)", of: .update, parameters: Array(variables.keys)) else { return nil }
    var numbers = FormulaNumbers<Self>()
    numbers.parameters = variables
    guard let arithmetic = try? read.arithmetic(numbers, worth: { $0.exactValue }) else { return nil }
    self = arithmetic.replacingLeaves { $0 }
  }

  static func + (left: Self, right: Self) -> Self { .binary(.plus, left, right) }
  static func - (left: Self, right: Self) -> Self { .binary(.minus, left, right) }
  static func * (left: Self, right: Self) -> Self { .binary(.times, left, right) }
  static func / (left: Self, right: Self) -> Self { .binary(.dividedBy, left, right) }

  func to(_ exponent: Double) -> Self { .binary(.power, self, .constant(exponent)) }

  var printedText: String {
    text({ $0.text }, constant: { PrintedNumber.text($0, digits: PrintedNumber.allDigits) })
  }
  /// What a reader gets.
  var printedValue: Double { value { $0.printed } }
  var exactValue: Double { value { $0.value } }
}
