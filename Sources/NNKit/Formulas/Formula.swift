/// A formula that a plugin or a neuron class states: "f'(z) = a (1 - a)".
///
/// `nnkit/plugin.h` describes how formulas are written.
package struct Formula: Sendable {
  /// The formula as it was written.
  package let text: String
  package let subject: FormulaSubject
  let expression: FormulaExpression
  /// The letters of the left side's indices: k and j of da_k/dz_j.
  let letters: [String]

  /// What stands right of the equals sign, as it was written.
  package var right: String {
    let place = text.firstIndex(of: "=") ?? text.startIndex
    return text[text.index(after: place)...].trimmingPrefix { $0 == " " }.description
  }

  /// Reads a formula.
  ///
  /// - Parameters:
  ///   - text: What was written.
  ///   - subject: What it is to state.
  ///   - parameters: The names of the function's parameters.
  /// - Throws: `FormulaError` with the column of what cannot be read.
  package init(_ text: String, of subject: FormulaSubject, parameters: [String]) throws(FormulaError) {
    var reader = try FormulaReader(text, subject, parameters)
    self.text = text
    self.subject = subject
    letters = try reader.left()
    expression = try reader.right(letters)
  }
}
