/// A kind of function that plugins offer.
///
/// A kind is one file beside this one, with its line in `all`: how its descriptor in `nnkit/plugin.h` is read, and what
/// `nnkit plugins show` says of its functions. The module NNKitPluginChecks adds how they are checked and timed.
public struct PluginKind: Sendable, Hashable, CustomStringConvertible {
  /// Every kind that this version knows; functions of other kinds are skipped.
  public static let all: [PluginKind] = [.activation, .loss, .neuron, .backend, .communicator]

  /// What lists and messages call one of its functions: "activation".
  public let name: String
  /// What several are called: "activations".
  public let plural: String
  /// Its number in `nnkit/plugin.h`: NNKIT_ACTIVATION.
  let code: Int
  let read: Read

  /// Reads the descriptor at an address, whose beginning, common to all kinds, has been read already.
  typealias Read =
    @Sendable (DescriptionReader, UnsafeRawPointer, FunctionInformation) throws(PluginError) -> any PluginFunction

  init(name: String, plural: String, code: Int, read: @escaping Read) {
    (self.name, self.plural, self.code, self.read) = (name, plural, code, read)
  }

  /// The kind of that name, if there is one.
  package init?(named name: String) {
    guard let kind = Self.all.first(where: { $0.name == name }) else { return nil }
    self = kind
  }

  /// "an activation", "a loss".
  var withArticle: String { "\("aeiou".contains(name.prefix(1)) ? "an" : "a") \(name)" }

  /// Its name.
  public var description: String { name }
  /// Whether both are the same kind.
  public static func == (left: PluginKind, right: PluginKind) -> Bool { left.code == right.code }
  /// Feeds its code to a hasher.
  public func hash(into hasher: inout Hasher) { hasher.combine(code) }
}

/// A function that a plugin offers.
package protocol PluginFunction: Sendable {
  static var kind: PluginKind { get }
  var information: FunctionInformation { get }
  /// The formulas of its derivatives, those that the plugin states.
  var derivatives: [String] { get }
  /// What there is to say of it besides, with its default parameters.
  ///
  /// - Parameter points: Where curves are wanted.
  /// - Returns: Facts, and curves where it has them.
  /// - Throws: `FunctionFailure` if the plugin reports one.
  func details(at points: [Double]) throws -> FunctionDetails
}

extension PluginFunction {
  package var kind: PluginKind { Self.kind }
  package var name: String { information.name }
}

/// What `nnkit plugins show` says of a function of one kind and not of all.
package struct FunctionDetails {
  /// Names and texts: "range" and "[0, ∞]".
  package var facts: [(name: String, text: String)] = []
  /// A sentence in place of curves.
  package var note: String?
  /// Titles and values, one for each point.
  package var curves: [(title: String, values: [Double])] = []
}

/// A range as messages write it, with the signs of the infinite.
package func rangeText(_ range: ClosedRange<Double>) -> String {
  func bound(_ value: Double) -> String { value == .infinity ? "∞" : value == -.infinity ? "−∞" : significant(value) }
  return "[\(bound(range.lowerBound)), \(bound(range.upperBound))]"
}
