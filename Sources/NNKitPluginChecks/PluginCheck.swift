import NNKit

/// One thing that `nnkit/plugin.h` asks of a function, and that can be tried out.
public enum PluginCheck: String, CaseIterable, Codable, Sendable {
  case descriptor, product, ranks, values, derivative, range, value, gradient, canonical, slopes, formulas, parameters
  case float, addition
  case environment, written, blocks, repetition, threads, inputs, bounds, nonFinite = "non_finite"

  /// What it asks, in a few words.
  public var summary: String {
    switch self {
    case .descriptor: "the description is valid"
    case .product: "products agree with their definition"
    case .ranks: "several processes sum and send the same numbers"
    case .values: "finite numbers in never give a NaN, as long as powers of them are finite"
    case .derivative: "backward agrees with central differences of evaluate"
    case .range: "outputs stay within the declared range"
    case .value: "the value is not negative where that is claimed"
    case .gradient: "gradient agrees with central differences of value"
    case .canonical: "the canonical pair agrees with the plain composition"
    case .slopes: "accumulate and send agree with central differences of combine"
    case .formulas: "the formulas that it states agree with its code"
    case .parameters: "all of that holds with parameters at their bounds and between them"
    case .float: "single precision agrees with double"
    case .addition: "accumulate and send add to what is there, combine does not"
    case .environment: "calls leave nothing behind: no output, no memory, no other rounding, no changed description"
    case .written: "every result is written, whatever was there"
    case .blocks: "a block gives the same numbers as its elements one by one"
    case .repetition: "the same arguments give the same bytes"
    case .threads: "the same arguments give the same bytes from several threads at once"
    case .inputs: "inputs are left unchanged"
    case .bounds: "nothing outside of the block is read or written"
    case .nonFinite: "NaN and ±∞ end no call, and NaN is not hidden"
    }
  }
}

/// Something that a check found: what was called with what, what came back, and what was expected.
public struct Finding: Error, Codable, Equatable, Sendable, CustomStringConvertible {
  /// The call, with its arguments.
  public let called: String
  /// What the plugin did.
  public let found: String
  /// What the contract asks for.
  public let expected: String

  package init(_ called: String, found: String, expected: String) {
    self.called = called
    self.found = found
    self.expected = expected
  }

  /// What an error says; that says itself what was expected, or nothing of it.
  package init(_ called: String, _ error: any Error, expected: String) {
    let text = "\(error)"
    let place = text.ranges(of: " expected ").last
    let found = place.map { text[..<$0.lowerBound] } ?? text[...]
    self.init(
      called, found: String(found.last == "," || found.last == ";" ? found.dropLast() : found),
      expected: place.map { String(text[$0.upperBound...]) } ?? expected)
  }

  /// What is wrong, where, and what to do.
  public var description: String { "\(called) gave \(found), expected \(expected)" }
}

/// Why a check could not be made here; the plugin is not at fault.
public struct SkippedCheck: Error {
  /// Why it cannot be made.
  public let reason: String
}

/// Names a call with its arguments: `backward(z: 1.5, a: 2.0)`.
func called(_ name: String, _ arguments: [(String, Double)]) -> String {
  "\(name)(\(arguments.map { "\($0): \($1)" }.joined(separator: ", ")))"
}

/// The first of some numbers.
func listed<Scalar: NetworkScalar>(_ numbers: some Collection<Scalar>) -> String {
  let first = numbers.prefix(8).map { "\($0)" }.joined(separator: ", ")
  return numbers.count > 8 ? "[\(first), … \(numbers.count) in all]" : "[\(first)]"
}

/// Elements behind the results: a plugin that writes too far is found by `bounds`, and does no damage
/// before that which another check would be blamed for.
let slackCount = 64
