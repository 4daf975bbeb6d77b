/// Something in a configuration that is not as it should be, and where.
package struct ConfigurationError: Error, Equatable, CustomStringConvertible {
  /// `file:line:column`, or the `--set` that said it; nil where no place can be named.
  package let place: String?
  package let message: String

  package init(_ place: String?, _ message: String) {
    self.place = place
    self.message = message
  }

  package var description: String { place.map { "\($0): \(message)" } ?? message }
}
