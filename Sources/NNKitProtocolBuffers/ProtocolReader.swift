package import NNKit

/// Reads one message in the encoding of Protocol Buffers, field by field.
///
/// A field's bytes are a part of the message's own: nothing is allocated on the word of a file. How deep messages lie in
/// each other follows from the reading code, not from the file.
package struct ProtocolReader {
  package enum Value {
    case varint(UInt64)
    case fixed64(UInt64)
    case fixed32(UInt32)
    case bytes(ArraySlice<UInt8>)
  }

  private let path: String
  /// What messages call what is read.
  private let name: String
  private var rest: ArraySlice<UInt8>

  /// - Parameters:
  ///   - bytes: The message; its indices are places in the file.
  ///   - name: What errors call it: "the model".
  ///   - path: The file.
  package init(_ bytes: ArraySlice<UInt8>, _ name: String, path: String) {
    (rest, self.name, self.path) = (bytes, name, path)
  }

  package func fault(_ what: String) -> FileError {
    FileError(
      path, "\(name) cannot be read at byte \(rest.startIndex): \(what); the file is damaged, or of another format")
  }

  private mutating func varint() throws(FileError) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      guard let byte = rest.popFirst() else { throw fault("it ends within a number") }
      guard shift < 63 || byte <= 1 else { throw fault("a number has more than 64 bits") }
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
    }
    throw fault("a number has more than 64 bits")
  }

  private mutating func take(_ count: UInt64) throws(FileError) -> ArraySlice<UInt8> {
    guard count <= UInt64(rest.count) else { throw fault("\(count) bytes should follow, \(rest.count) do") }
    defer { rest = rest.dropFirst(Int(count)) }
    return rest.prefix(Int(count))
  }

  /// The next field and its number; nil at the end.
  package mutating func next() throws(FileError) -> (field: Int, value: Value)? {
    if rest.isEmpty { return nil }
    let key = try varint()
    guard 1...536_870_911 ~= key >> 3 else { throw fault("a field has the number \(key >> 3)") }
    let field = Int(key >> 3)
    switch key & 7 {
    case 0: return (field, .varint(try varint()))
    case 1: return (field, .fixed64(Self.number(try take(8))))
    case 2: return (field, .bytes(try take(try varint())))
    case 5: return (field, .fixed32(UInt32(Self.number(try take(4)))))
    default: throw fault("field \(field) is of the kind \(key & 7), which this format does not have")
    }
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  // MARK: Values of a type

  package func integer(_ value: Value, _ field: String) throws(FileError) -> Int {
    guard case .varint(let number) = value else { throw fault("`\(field)` should be a whole number") }
    return Int(Int64(bitPattern: number))
  }

  package func bytes(_ value: Value, _ field: String) throws(FileError) -> ArraySlice<UInt8> {
    guard case .bytes(let bytes) = value else { throw fault("`\(field)` should be text or a message") }
    return bytes
  }

  package func text(_ value: Value, _ field: String) throws(FileError) -> String {
    guard let text = String(validating: try bytes(value, field), as: UTF8.self) else {
      throw fault("`\(field)` is not UTF-8")
    }
    return text
  }

  package func float(_ value: Value, _ field: String) throws(FileError) -> Float {
    guard case .fixed32(let bits) = value else { throw fault("`\(field)` should be a number of four bytes") }
    return Float(bitPattern: bits)
  }

  /// The message in a field.
  package func message(_ value: Value, _ field: String) throws(FileError) -> ProtocolReader {
    ProtocolReader(try bytes(value, field), "`\(field)` of \(name.prefix(200))", path: path)
  }

  /// One number, or several packed into bytes.
  package func integers(_ value: Value, _ field: String) throws(FileError) -> [Int] {
    guard case .bytes(let bytes) = value else { return [try integer(value, field)] }
    var reader = ProtocolReader(bytes, "`\(field)` of \(name)", path: path)
    var numbers: [Int] = []
    while !reader.rest.isEmpty { numbers.append(Int(Int64(bitPattern: try reader.varint()))) }
    return numbers
  }

  package func floats(_ value: Value, _ field: String) throws(FileError) -> [Float] {
    guard case .bytes(let bytes) = value else { return [try float(value, field)] }
    guard bytes.count % 4 == 0 else { throw fault("`\(field)` has \(bytes.count) bytes, expected a multiple of 4") }
    return bytes.withUnsafeBytes { raw in
      stride(from: 0, to: raw.count, by: 4).map {
        Float(bitPattern: UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: $0, as: UInt32.self)))
      }
    }
  }

  package func doubles(_ value: Value, _ field: String) throws(FileError) -> [Double] {
    if case .fixed64(let bits) = value { return [Double(bitPattern: bits)] }
    let bytes = try bytes(value, field)
    guard bytes.count % 8 == 0 else { throw fault("`\(field)` has \(bytes.count) bytes, expected a multiple of 8") }
    return bytes.withUnsafeBytes { raw in
      stride(from: 0, to: raw.count, by: 8).map {
        Double(bitPattern: UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: $0, as: UInt64.self)))
      }
    }
  }
}
