internal import NNKit

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// Samples as JSON, one a line: `[1, 2]`, `{"input": [1, 2]}`, or `{"width": 1, "height": 2}` where the model's inputs have
/// names.
struct JSONSampleLines {
  private let format: TextFormat
  private let file: String
  private let decoder = JSONDecoder()

  init(_ format: TextFormat, file: String) {
    (self.format, self.file) = (format, file)
    if let names = format.names { decoder.userInfo[Line.names] = names }
  }

  /// Reads a block of whole lines.
  ///
  /// - Throws: `DataError` with the place of whatever is not a sample.
  func read(_ block: TextBlocks.Block, _ take: PredictionInput.Taker) throws {
    var lines = block.bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    for (index, bytes) in lines.enumerated() {
      let file = file
      func error(_ message: String) -> DataError {
        DataError(message, file: file, line: block.firstLine + index, column: 1)
      }
      // The byte order mark that spreadsheets like to write.
      let isMarked = block.firstLine + index == 1 && bytes.starts(with: [0xEF, 0xBB, 0xBF])
      let numbers = try numbers(in: isMarked ? bytes.dropFirst(3) : bytes, error)
      guard numbers.count == format.width else {
        throw error("found \(numbers.count) numbers, the model takes \(format.width)")
      }
      try take(numbers, error)
    }
  }

  private func numbers(in line: ArraySlice<UInt8>, _ fault: (String) -> DataError) throws -> [Double] {
    if line.allSatisfy(UInt8.whitespace.contains) { throw fault("found an empty line, expected a sample") }
    do {
      return try decoder.decode(Line.self, from: Data(line)).numbers
    } catch let missing as MissingInput {
      throw fault(missing.description)
    } catch {
      let names = format.names.map { ", or a number for each of \(listed($0))" } ?? ""
      throw fault("expected a list of numbers, or {\"input\": [...]}\(names), on one line")
    }
  }

  private struct Line: Decodable {
    static let names = CodingUserInfoKey(rawValue: "names") ?? { preconditionFailure("a key has a name") }()
    let numbers: [Double]

    private struct Key: CodingKey {
      let stringValue: String
      var intValue: Int? { nil }
      init(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
      if let list = try? decoder.singleValueContainer().decode([Double].self) {
        numbers = list
        return
      }
      let object = try decoder.container(keyedBy: Key.self)
      if let list = try? object.decode([Double].self, forKey: Key(stringValue: "input")) {
        numbers = list
        return
      }
      guard let names = decoder.userInfo[Self.names] as? [String] else {
        numbers = try object.decode([Double].self, forKey: Key(stringValue: "input"))
        return
      }
      let keys = object.allKeys.map(\.stringValue)
      numbers = try names.map { name in
        guard keys.contains(name) else { throw MissingInput(name: name, keys: keys, names: names) }
        return try object.decode(Double.self, forKey: Key(stringValue: name))
      }
    }
  }

  private struct MissingInput: Error, CustomStringConvertible {
    let name: String
    let keys: [String]
    let names: [String]

    var description: String {
      let guess = suggestion(for: name, among: keys.filter { !names.contains($0) })
      return "there is no \(shown(name))\(guess.isEmpty ? ";" : guess) the line has"
        + " \(listed(keys.sorted())), the model takes \(listed(names))"
    }
  }
}
