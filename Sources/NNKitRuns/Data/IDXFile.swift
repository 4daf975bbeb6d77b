import NNKit

/// A file in the format of MNIST (http://yann.lecun.com/exdb/mnist): numbers of one type in an array of any dimensions.
///
/// Bytes 0, 0, type, count of dimensions; each dimension's size in 4 bytes; the numbers. All is big endian.
struct IDXFile {
  let path: String
  let type: IDXType
  /// At least one, each at least 1.
  let dimensions: [Int]
  private let file: GzipFile
  private let byteCount: Int

  /// Reads the header, and holds what it promises against the file's size before anyone allocates memory for it.
  ///
  /// - Throws: `DataError`
  init(path: String) throws {
    self.path = path
    file = try GzipFile(path: path)
    (type, dimensions) = try IDXFile.readHeader(file)
    byteCount = try IDXFile.byteCount(of: dimensions, type, path)
    try checkSize()
  }

  private static func readHeader(_ file: GzipFile) throws -> (IDXType, [Int]) {
    var bytes = [UInt8](repeating: 0, count: 4 * 255)
    let found = try file.read(4, into: &bytes)
    guard found > 0 else { throw DataError("the file is empty; expected IDX data (MNIST's format)", file: file.path) }
    let magic = "0x" + bytes[..<found].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    guard found == 4, bytes[0] == 0, bytes[1] == 0 else {
      throw DataError(
        "not an IDX file: it starts with \(magic); expected 0x0000, a type and a count of dimensions, such as"
          + " 0x00000803 (images) or 0x00000801 (labels)", file: file.path)
    }
    guard let type = IDXType(rawValue: bytes[2]) else {
      throw DataError(
        "unknown IDX type in the magic number \(magic); expected 08 (unsigned byte), 09, 0b, 0c, 0d or 0e",
        file: file.path)
    }
    let count = Int(bytes[3])
    guard count > 0 else {
      throw DataError("IDX data without dimensions (magic number \(magic)); expected at least one", file: file.path)
    }
    let sizes = try file.read(4 * count, into: &bytes)
    guard sizes == 4 * count else {
      throw DataError(
        "the IDX header is truncated: \(count) dimensions take \(4 + 4 * count) bytes, found \(4 + sizes);"
          + " copy the file again", file: file.path)
    }
    let dimensions = (0..<count).map { Int(bytes.bigEndian(at: 4 * $0, count: 4)) }
    guard !dimensions.contains(0) else {
      throw DataError("the IDX data is empty: its dimensions are \(words(dimensions))", file: file.path)
    }
    return (type, dimensions)
  }

  private static func byteCount(of dimensions: [Int], _ type: IDXType, _ path: String) throws -> Int {
    var product = type.size
    for size in dimensions {
      let (value, overflow) = product.multipliedReportingOverflow(by: size)
      // 8: the largest number in memory for the smallest, one byte, in the file.
      guard !overflow, value <= Int.max / 8 else {
        throw DataError(
          "the IDX dimensions \(words(dimensions)) are more than a computer can hold; the header is damaged",
          file: path)
      }
      product = value
    }
    return product
  }

  private static func words(_ dimensions: [Int]) -> String {
    dimensions.prefix(8).map(String.init).joined(separator: " × ") + (dimensions.count > 8 ? " × …" : "")
  }

  private var headerSize: Int { 4 + 4 * dimensions.count }

  private func checkSize() throws {
    if let size = file.sizeOnDisk, !file.isCompressed {
      guard size - headerSize == byteCount else { throw wrongSize(found: size - headerSize) }
    } else {
      // Deflate packs at most 1032 bytes into one.
      if let size = file.sizeOnDisk, byteCount / 1032 > size { throw wrongSize(found: nil) }
      if byteCount > IDXFile.trustedSize { try count() }
    }
  }

  /// Up to this size memory is allocated on the word of a packed file's header; beyond it the file is unpacked twice.
  private static let trustedSize = 1 << 26
  private static let chunkSize = 1 << 18

  private func count() throws {
    try forEachChunk { _, _, _ in }
    file.rewind()
    var header = [UInt8](repeating: 0, count: headerSize)
    _ = try file.read(headerSize, into: &header)
  }

  /// Reads exactly the promised bytes, a chunk at a time.
  private func forEachChunk(_ body: (_ chunk: [UInt8], _ offset: Int, _ count: Int) throws -> Void) throws {
    var chunk = [UInt8](repeating: 0, count: IDXFile.chunkSize)
    for offset in stride(from: 0, to: byteCount, by: chunk.count) {
      let expected = min(chunk.count, byteCount - offset)
      let count = try file.read(expected, into: &chunk)
      guard count == expected else { throw wrongSize(found: offset + count) }
      try body(chunk, offset, count)
    }
    // This also makes zlib compare the checksum behind the last byte.
    guard try file.read(1, into: &chunk) == 0 else { throw wrongSize(found: byteCount + 1) }
    guard !file.breaksOff else { throw wrongSize(found: byteCount) }
  }

  private func wrongSize(found: Int?) -> DataError {
    let promise =
      "the IDX header promises \(IDXFile.words(dimensions)) numbers of \(type.size)"
      + " byte\(type.size == 1 ? "" : "s"), \(byteCount) bytes after the header"
    let truth =
      switch found {
      case nil: "a packed file of \(file.sizeOnDisk ?? 0) bytes cannot hold them"
      case .some(let found) where found > byteCount && file.isCompressed: "found more"
      case .some(let found): "found \(found)\(file.breaksOff ? ", where the gzip data breaks off" : "")"
      }
    let verdict = found.map { $0 > byteCount } ?? false ? "too long" : "truncated"
    return DataError("the file is \(verdict): \(promise); \(truth); copy the file again", file: path)
  }

  /// The numbers as they are, of a file of unsigned bytes; a row for each index of the first dimension.
  ///
  /// - Throws: `DataError` if the file is shorter or longer than promised, or damaged.
  func bytes() throws -> ByteRows {
    precondition(type == .unsignedByte, "other numbers have more bytes than one")
    var bytes: [UInt8] = []
    bytes.reserveCapacity(byteCount)
    try forEachChunk { chunk, _, count in bytes += chunk[..<count] }
    return ByteRows(bytes, columns: dimensions.dropFirst().reduce(1, *))
  }

  /// The numbers, a row for each index of the first dimension, the other dimensions flattened.
  ///
  /// - Throws: `DataError` if the file is shorter or longer than promised, damaged, or holds a number that is not finite.
  func matrix<Scalar: NetworkScalar>(of type: Scalar.Type) throws -> Matrix<Scalar> {
    try matrix(of: type, finiteIn: type)
  }

  /// The numbers, each of which has to be finite in another precision too.
  @specialized(where Scalar == Float, Other == Float)
  @specialized(where Scalar == Double, Other == Double)
  @specialized(where Scalar == Double, Other == Float)
  func matrix<Scalar: NetworkScalar, Other: NetworkScalar>(
    of _: Scalar.Type, finiteIn _: Other.Type
  ) throws -> Matrix<Scalar> {
    let columns = dimensions.dropFirst().reduce(1, *)
    let matrix = Matrix<Scalar>(rows: dimensions[0], columns: columns)
    let (values, size) = (matrix.base, type.size)
    try forEachChunk { chunk, offset, count in
      let start = offset / size
      for index in 0..<count / size {
        let value: Scalar = type.number(in: chunk, at: index * size)
        guard Other(value).isFinite else {
          let (row, column) = ((start + index) / columns, (start + index) % columns)
          throw DataError(
            "sample \(row) has \(value) at index \(column); expected a number that is finite in"
              + " \(Other.precisionName)", file: path)
        }
        values[start + index] = value
      }
    }
    return matrix
  }
}
