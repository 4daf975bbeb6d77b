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
  private let coder: CellCoder?

  init(_ format: TextFormat, file: String) {
    (self.format, self.file) = (format, file)
    coder = format.columns.map { CellCoder($0) }
    if let names = format.names { decoder.userInfo[Self.names] = names }
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
      let cells = try cells(in: isMarked ? bytes.dropFirst(3) : bytes, error)
      guard cells.count == format.width else {
        throw error("found \(cells.count) \(coder == nil ? "numbers" : "values"), the model takes \(format.width)")
      }
      guard let coder else {
        try take(cells.map { if case .number(let number) = $0 { number } else { .nan } }, error)
        continue
      }
      do {
        try take(coder.inputs(cells.enumerated().map { try coder.number(for: $1, column: $0) }), error)
      } catch let fault as CellCoder.Fault {
        throw error(fault.words)
      }
    }
  }

  private func cells(in line: ArraySlice<UInt8>, _ fault: (String) -> DataError) throws -> [CellCoder.Cell] {
    if line.allSatisfy(UInt8.whitespace.contains) { throw fault("found an empty line, expected a sample") }
    do {
      if coder != nil { return try decoder.decode(Line<JSONCell>.self, from: Data(line)).values.map(\.cell) }
      return try decoder.decode(Line<Double>.self, from: Data(line)).values.map { .number($0) }
    } catch let missing as MissingInput {
      throw fault(missing.description)
    } catch {
      let names = format.names.map { ", or a number for each of \(listed($0))" } ?? ""
      throw fault(
        "expected a list of \(coder == nil ? "numbers" : "numbers and texts"), or {\"input\": [...]}\(names), on one line"
      )
    }
  }

  /// A value of a table's row in JSON.
  private struct JSONCell: Decodable {
    let cell: CellCoder.Cell

    init(from decoder: any Decoder) throws {
      let value = try decoder.singleValueContainer()
      if value.decodeNil() {
        cell = .missing
      } else if let number = try? value.decode(Double.self) {
        cell = .number(number)
      } else if let flag = try? value.decode(Bool.self) {
        cell = .text(flag ? "true" : "false")
      } else {
        cell = .text(try value.decode(String.self))
      }
    }
  }

  private static let names = CodingUserInfoKey(rawValue: "names") ?? { preconditionFailure("a key has a name") }()

  private struct Line<Value: Decodable>: Decodable {
    let values: [Value]

    private struct Key: CodingKey {
      let stringValue: String
      var intValue: Int? { nil }
      init(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { nil }
    }

    init(from decoder: any Decoder) throws {
      if let list = try? decoder.singleValueContainer().decode([Value].self) {
        values = list
        return
      }
      let object = try decoder.container(keyedBy: Key.self)
      if let list = try? object.decode([Value].self, forKey: Key(stringValue: "input")) {
        values = list
        return
      }
      guard let names = decoder.userInfo[JSONSampleLines.names] as? [String] else {
        values = try object.decode([Value].self, forKey: Key(stringValue: "input"))
        return
      }
      let keys = object.allKeys.map(\.stringValue)
      values = try names.map { name in
        guard keys.contains(name) else { throw MissingInput(name: name, keys: keys, names: names) }
        return try object.decode(Value.self, forKey: Key(stringValue: name))
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
