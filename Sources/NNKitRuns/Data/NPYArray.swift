import NNKit

/// An array in NumPy's format (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html): a header, and the
/// numbers behind it.
struct NPYArray {
  /// The types of numbers, as a header names them behind the byte order.
  enum Element: String, CaseIterable {
    case f4, f8, u1, i4, i8
    var size: Int { self == .u1 ? 1 : rawValue.hasSuffix("4") ? 4 : 8 }
    var isInteger: Bool { self != .f4 && self != .f8 }
  }

  let element: Element
  let isBigEndian: Bool
  /// Whether the first index counts fastest, and not the last.
  let isFortran: Bool
  let shape: [Int]
  /// What messages call it: the file, and in an archive its entry.
  let place: String
  private let start: Int
  private let bytes: UnsafeRawBufferPointer
  /// What keeps the bytes.
  private let owner: AnyObject

  /// - Parameters:
  ///   - bytes: The array's file.
  ///   - owner: What keeps the bytes.
  ///   - place: What messages call it.
  /// - Throws: `DataError` for a header that is not sound, or that promises other numbers than there are.
  init(_ bytes: UnsafeRawBufferPointer, owner: AnyObject, place: String) throws {
    func fault(_ what: String) -> DataError { DataError(what, file: place) }
    guard bytes.count >= 10, bytes.starts(with: [0x93] + Array("NUMPY".utf8)) else {
      throw fault("is not an array of NumPy: it does not begin with \\x93NUMPY; write it with numpy.save")
    }
    let version = bytes[6]
    guard 1...3 ~= version else { throw fault("its format has the version \(version), expected 1 to 3") }
    let lengthSize = version == 1 ? 2 : 4
    guard bytes.count >= 8 + lengthSize else { throw fault("its header is truncated") }
    let length = (0..<lengthSize).reduce(0) { $0 | Int(bytes[8 + $1]) << (8 * $1) }
    start = 8 + lengthSize + length
    guard length <= 65_535, start <= bytes.count else {
      throw fault("its header claims \(length) bytes, the file has \(bytes.count); it may be truncated")
    }
    var header = NPYHeader(Array(bytes[8 + lengthSize..<start]))
    guard let (type, isFortran, shape) = header.read() else {
      throw fault("its header is not of the form {'descr': '<f8', 'fortran_order': False, 'shape': (3, 4)}")
    }
    guard let order = type.first, "<>|=".contains(order), let element = Element(rawValue: String(type.dropFirst()))
    else {
      let known = Element.allCases.map(\.rawValue).joined(separator: ", ")
      throw fault(
        "its numbers are of the type \(shown(type)), expected one of \(known); convert it with array.astype('f4')")
    }
    var size = element.size
    for dimension in shape {
      let (product, overflow) = size.multipliedReportingOverflow(by: dimension)
      guard !overflow else { throw fault("its shape \(shape) is more than a computer can hold") }
      size = product
    }
    guard size == bytes.count - start else {
      throw fault(
        "its shape \(shape) takes \(size) bytes behind the header, found \(bytes.count - start);"
          + " the file is \(size > bytes.count - start ? "truncated" : "too long")")
    }
    (self.element, self.isFortran, self.shape) = (element, isFortran, shape)
    isBigEndian = order == ">"
    (self.bytes, self.owner, self.place) = (bytes, owner, place)
  }

  var rows: Int { shape.first ?? 1 }
  var columns: Int { shape.dropFirst().reduce(1, *) }

  /// Where the element of a row and a column lies, counted in elements; all dimensions but the first are one row.
  private func places() -> (row: Int, columns: [Int]) {
    if !isFortran { return (columns, Array(0..<columns)) }
    var places = [0]
    var stride = rows
    for size in shape.dropFirst() {
      places = places.flatMap { place in (0..<size).map { place + $0 * stride } }
      stride *= size
    }
    return (1, places)
  }

  /// The numbers as they are, of an array of unsigned bytes.
  func byteRows() -> ByteRows {
    precondition(element == .u1, "other numbers have more bytes than one")
    return withExtendedLifetime(owner) {
      if !isFortran { return ByteRows(Array(bytes[start...]), columns: columns) }
      let (row, places) = places()
      return ByteRows((0..<rows).flatMap { index in places.map { bytes[start + index * row + $0] } }, columns: columns)
    }
  }

  /// The numbers, a row for each index of the first dimension, each of which has to be finite in the precision `Other`.
  ///
  /// - Throws: `DataError` for one that is not.
  func matrix<Other: NetworkScalar>(finiteIn _: Other.Type) throws -> Matrix<Double> {
    let matrix = Matrix<Double>(rows: rows, columns: columns)
    let (row, places) = places()
    try withExtendedLifetime(owner) {
      for index in 0..<rows {
        for (column, place) in places.enumerated() {
          let value = number(start + (index * row + place) * element.size)
          guard Other(value).isFinite else {
            throw DataError(
              "sample \(index) has \(value) at index \(column); expected a number that is finite in"
                + " \(Other.precisionName)", file: self.place)
          }
          matrix[index, column] = value
        }
      }
    }
    return matrix
  }

  private func number(_ offset: Int) -> Double {
    func load<Bits: FixedWidthInteger>(_: Bits.Type) -> Bits {
      let bits = bytes.loadUnaligned(fromByteOffset: offset, as: Bits.self)
      return isBigEndian ? Bits(bigEndian: bits) : Bits(littleEndian: bits)
    }
    switch element {
    case .f4: return Double(Float(bitPattern: load(UInt32.self)))
    case .f8: return Double(bitPattern: load(UInt64.self))
    case .u1: return Double(bytes[offset])
    case .i4: return Double(load(Int32.self))
    case .i8: return Double(load(Int64.self))
    }
  }
}

/// A header's text: a dictionary in Python's notation with the keys descr, fortran_order and shape.
private struct NPYHeader {
  private let text: [UInt8]
  private var place = 0

  init(_ text: [UInt8]) { self.text = text }

  mutating func read() -> (type: String, isFortran: Bool, shape: [Int])? {
    var (type, isFortran, shape) = (String?.none, Bool?.none, [Int]?.none)
    guard take("{") else { return nil }
    while !take("}") {
      guard let key = quoted(), take(":") else { return nil }
      switch key {
      case "descr" where type == nil: type = quoted()
      case "fortran_order" where isFortran == nil: isFortran = take("True") ? true : take("False") ? false : nil
      case "shape" where shape == nil: shape = numbers()
      default: return nil
      }
      if !take(",") {
        guard take("}") else { return nil }
        break
      }
    }
    skipSpace()
    guard place == text.count, let type, let isFortran, let shape else { return nil }
    return (type, isFortran, shape)
  }

  private mutating func skipSpace() {
    while place < text.count, UInt8.whitespace.contains(text[place]) { place += 1 }
  }

  private mutating func take(_ word: String) -> Bool {
    skipSpace()
    guard text[place...].starts(with: word.utf8) else { return false }
    place += word.utf8.count
    return true
  }

  private mutating func quoted() -> String? {
    skipSpace()
    guard place < text.count, text[place] == UInt8(ascii: "'") || text[place] == UInt8(ascii: "\""),
      let end = text[(place + 1)...].firstIndex(of: text[place])
    else { return nil }
    defer { place = end + 1 }
    return String(validating: text[place + 1..<end], as: UTF8.self)
  }

  /// `(3, 4)`, `(3,)` or `()`, at most 32 numbers.
  private mutating func numbers() -> [Int]? {
    guard take("(") else { return nil }
    var numbers: [Int] = []
    while !take(")") {
      skipSpace()
      let digits = text[place...].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      guard let number = Int(String(decoding: digits, as: UTF8.self)), numbers.count < 32 else { return nil }
      place += digits.count
      numbers.append(number)
      if !take(",") {
        guard take(")") else { return nil }
        break
      }
    }
    return numbers
  }
}
