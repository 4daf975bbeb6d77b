internal import NNKit

#if canImport(Glibc)
  internal import Glibc
#endif

/// The files that a text with `*`, `?` or `[…]` stands for, as in a shell, sorted by their names.
///
/// - Parameter pattern: Absolute. A file of that very name stands for itself.
/// - Returns: `pattern` alone where it has none of these signs; no file where none fits.
func files(matching pattern: String) -> [String] {
  if !pattern.contains(where: { "*?[".contains($0) }) || isThere(pattern) { return [pattern] }
  var found = glob_t()
  defer { globfree(&found) }
  guard glob(pattern, 0, nil, &found) == 0, let paths = found.gl_pathv else { return [] }
  return (0..<Int(found.gl_pathc)).compactMap { paths[$0].map { String(cString: $0) } }
}

extension CSVText {
  /// The text of several files, one behind the other; of all but the first without the header.
  ///
  /// - Throws: `DataError` if one cannot be read, or if its first line is not that of the first.
  init(contentsOf paths: [String], header: Bool) throws {
    guard let first = paths.first, paths.count > 1 else {
      try self.init(contentsOf: paths.first ?? "")
      return
    }
    var text = try CSVText(contentsOf: first)
    let line = text.firstLine
    for path in paths.dropFirst() {
      let next = try CSVText(contentsOf: path)
      var start = next.start
      if header {
        guard next.bytes[next.firstLine] == text.bytes[line] else {
          throw DataError(
            "its first line is \(shown(String(decoding: next.bytes[next.firstLine], as: UTF8.self))), that of \(first) is"
              + " \(shown(String(decoding: text.bytes[line], as: UTF8.self))); files that are read as one have the same"
              + " columns", file: path, line: 1)
        }
        start = next.endOfLine(next.firstLine.upperBound)
      }
      text.append(next, from: start, skippedLines: header ? 1 : 0)
    }
    self = text
  }

  /// Without its end.
  private var firstLine: Range<Int> {
    let end = bytes[start...].firstIndex { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") } ?? bytes.count
    return start..<end
  }

  private func endOfLine(_ place: Int) -> Int {
    guard place < bytes.count else { return place }
    let isPair = bytes[place...].starts(with: [UInt8(ascii: "\r"), UInt8(ascii: "\n")])
    return place + (isPair ? 2 : 1)
  }
}

extension RawSamples {
  /// Samples of several files, one behind the other.
  ///
  /// - Throws: `DataError` for a file whose samples are of another form than those of the first.
  init(joining parts: [RawSamples]) throws {
    guard let first = parts.first else { throw DataError("there is no file") }
    for part in parts.dropFirst() {
      guard part.inputs.columns == first.inputs.columns, part.imageShape == first.imageShape,
        part.classLabels == first.classLabels, part.knownRange == first.knownRange
      else {
        throw DataError(
          "its samples are of another form than those of \(first.file ?? "the first file"): \(part.inputs.columns) inputs,"
            + " there \(first.inputs.columns); files that are read as one have the same", file: part.file)
      }
    }
    self.init(
      inputs: try RawInputs(joining: parts.map(\.inputs)), targets: try RawTargets(joining: parts.map(\.targets)),
      knownRange: first.knownRange, featureNames: first.featureNames, targetNames: first.targetNames,
      classLabels: first.classLabels, imageShape: first.imageShape, file: first.file, notes: parts.flatMap(\.notes))
  }
}

extension RawInputs {
  /// Bytes stay bytes.
  fileprivate init(joining parts: [RawInputs]) throws {
    let bytes = parts.compactMap(\.byteRows)
    if bytes.count == parts.count, let columns = bytes.first?.columns {
      self.init(ByteRows(Array(bytes.map(\.bytes).joined()), columns: columns))
      return
    }
    let numbers = parts.map(\.numbers)
    let joined = Matrix<Double>(rows: numbers.reduce(0) { $0 + $1.rows }, columns: numbers.first?.columns ?? 0)
    var place = joined.base
    for part in numbers {
      place.update(from: part.base, count: part.count)
      place += part.count
    }
    self.init(joined)
  }
}

extension RawTargets {
  /// Classes that are numbers are those of all files, in ascending order.
  fileprivate init(joining parts: [RawTargets]) throws {
    var matrices: [Matrix<Double>] = []
    var names: [String] = []
    for part in parts {
      switch part {
      case .values(let matrix): matrices.append(matrix)
      case .labels(_, let classes): names += classes.filter { !names.contains($0) }
      }
    }
    if matrices.count == parts.count {
      guard let columns = matrices.first?.columns, matrices.allSatisfy({ $0.columns == columns }) else {
        throw DataError("the files have targets of different widths; files that are read as one have the same")
      }
      let joined = Matrix<Double>(rows: matrices.reduce(0) { $0 + $1.rows }, columns: columns)
      var place = joined.base
      for matrix in matrices {
        place.update(from: matrix.base, count: matrix.count)
        place += matrix.count
      }
      self = .values(joined)
      return
    }
    guard matrices.isEmpty else {
      throw DataError("some of the files have classes, and others numbers; files that are read as one have the same")
    }
    if names.allSatisfy({ Int($0) != nil }) { names.sort { (Int($0) ?? 0) < (Int($1) ?? 0) } }
    let places = Dictionary(uniqueKeysWithValues: zip(names, names.indices))
    self = .labels(
      parts.flatMap { part -> [Int] in
        guard case .labels(let labels, let classes) = part else { return [] }
        return labels.map { places[classes[$0]] ?? 0 }
      }, classes: names)
  }
}
