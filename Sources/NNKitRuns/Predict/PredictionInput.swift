internal import NNKit

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif
#if canImport(Glibc)
  internal import Glibc
#endif

/// Raw samples to predict for, read from CSV or JSON lines, told apart by their first character.
package struct PredictionInput {
  /// A sample each, as many numbers long as the model has inputs.
  package let samples: [[Double]]

  /// Reads samples from a file, or from standard input for `-`.
  ///
  /// - Parameters:
  ///   - path: JSON lines, each `[1, 2]` or `{"input": [1, 2]}`; or CSV, with a header or without.
  ///   - width: How many numbers a sample has.
  ///   - names: What the inputs are called, if they have names: a CSV with a header may have them in any order.
  ///   - source: The training source: where it names columns, a CSV with a header may have others beside them.
  /// - Throws: `FileError`, `DataError` with file, line and column.
  package init(path: String, width: Int, names: [String]?, like source: DataSource) throws {
    let bytes = path == "-" ? Self.standardInput() : try WholeFile.read(path)
    let file = path == "-" ? "standard input" : path
    let first = bytes.first { !UInt8.whitespace.contains($0) }
    guard let first else { throw DataError("there are no samples in it", file: file) }
    if first == UInt8(ascii: "[") || first == UInt8(ascii: "{") {
      samples = try Self.jsonLines(bytes, file, width)
    } else {
      samples = try Self.csv(bytes, file, width, names, source)
    }
  }

  // MARK: JSON lines

  private enum Line: Decodable {
    case numbers([Double])

    private struct Object: Decodable { let input: [Double] }

    init(from decoder: any Decoder) throws {
      if let numbers = try? decoder.singleValueContainer().decode([Double].self) {
        self = .numbers(numbers)
      } else {
        self = .numbers(try Object(from: decoder).input)
      }
    }
  }

  private static func jsonLines(_ bytes: [UInt8], _ file: String, _ width: Int) throws -> [[Double]] {
    let decoder = JSONDecoder()
    var samples: [[Double]] = []
    for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
      if line.allSatisfy({ UInt8.whitespace.contains($0) }) { continue }
      guard case .numbers(let numbers)? = try? decoder.decode(Line.self, from: Data(line)) else {
        throw DataError(
          "expected a list of numbers, or {\"input\": [...]}, on one line", file: file, line: index + 1, column: 1)
      }
      guard numbers.count == width else {
        throw DataError(
          "found \(numbers.count) numbers, the model takes \(width)", file: file, line: index + 1, column: 1)
      }
      samples.append(numbers)
    }
    return samples
  }

  // MARK: CSV

  private static func csv(
    _ bytes: [UInt8], _ file: String, _ width: Int, _ names: [String]?, _ source: DataSource
  ) throws -> [[Double]] {
    let text = try CSVText(bytes, file: file)
    let table = try CSVTable(text, header: hasHeader(text))
    let columns = try columns(of: table, width, names, source, file)
    let matrix = Matrix<Double>(rows: table.rowCount, columns: columns.count)
    try table.fill((matrix, columns), (Matrix(rows: 0, columns: 0), []), finiteIn: Double.self)
    return matrix.values
  }

  /// Whether the first row has a word in it.
  private static func hasHeader(_ text: CSVText) throws -> Bool {
    var hasWord = false
    try CSVTable(text, header: false).forEachRow { row, cells in
      if row == 0 { hasWord = cells.contains { decimalNumber(in: text.bytes, $0.range) == nil } }
    }
    return hasWord
  }

  private static func columns(
    of table: CSVTable, _ width: Int, _ names: [String]?, _ source: DataSource, _ file: String
  ) throws -> [Int] {
    if let names, let header = table.names, names.contains(where: header.contains) {
      return try names.map { name in
        guard let column = header.firstIndex(of: name) else {
          throw DataError("the header has no column `\(name)`; the model takes \(listed(names))", file: file)
        }
        return column
      }
    }
    if table.columnCount == width { return Array(0..<width) }
    // The file may be like the training file, targets and all.
    if case .csv(let csv) = source, let targets = try? csv.target.map({ try table.index(of: $0) }),
      let inputs = try? csv.input.map({ try table.index(of: $0) })
    {
      let columns = inputs.isEmpty ? (0..<table.columnCount).filter { !targets.contains($0) } : inputs
      if columns.count == width { return columns }
    }
    throw DataError("found \(table.columnCount) columns, the model takes \(width) inputs", file: file)
  }

  private static func standardInput() -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Glibc.read(STDIN_FILENO, &chunk, chunk.count)
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { return bytes }
      bytes += chunk[..<count]
    }
  }
}

extension UInt8 {
  fileprivate static let whitespace = Array(" \t\r\n".utf8)
}
