#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// Named arrays in one file: Hugging Face's safetensors format, version 0.4 of its specification.
///
/// Eight bytes give the length of a JSON header (little endian); the header names each tensor's type, shape and place;
/// the data follow. The key `__metadata__` holds texts.
package struct Safetensors {
  package struct Tensor {
    package enum Kind: String, Codable {
      case float32 = "F32"
      case float64 = "F64"
      var size: Int { self == .float32 ? 4 : 8 }
    }
    package let kind: Kind
    package let shape: [Int]
    package let bytes: ArraySlice<UInt8>
  }

  package var metadata: [String: String] = [:]
  package private(set) var tensors: [String: Tensor] = [:]

  package init() {}

  /// Adds rows of numbers as a tensor; `isVector` leaves out the second dimension.
  package mutating func add<Scalar: NetworkScalar>(_ matrix: Matrix<Scalar>, as name: String, isVector: Bool = false) {
    let kind: Tensor.Kind = MemoryLayout<Scalar>.size == 4 ? .float32 : .float64
    let bytes = matrix.withElements { Array(UnsafeRawBufferPointer($0)) }
    tensors[name] = Tensor(
      kind: kind, shape: isVector ? [matrix.rows] : [matrix.rows, matrix.columns], bytes: bytes[...])
  }

  /// The tensor of that name.
  ///
  /// - Throws: `FileError` if it is missing.
  func tensor(_ name: String, path: String) throws -> Tensor {
    guard let tensor = tensors[name] else { throw FileError(path, "has no tensor `\(name)`") }
    return tensor
  }

  /// The tensor that a matrix can be read from.
  ///
  /// - Throws: `FileError` if it is missing or of another shape.
  @discardableResult
  package func tensor<Scalar>(_ name: String, for matrix: Matrix<Scalar>, path: String) throws -> Tensor {
    let tensor = try tensor(name, path: path)
    let expected = [matrix.rows, matrix.columns]
    guard tensor.shape == expected || matrix.columns == 1 && tensor.shape == [matrix.rows] else {
      throw FileError(path, "tensor `\(name)` has the shape \(tensor.shape), expected \(expected)")
    }
    return tensor
  }

  /// Copies a tensor's numbers into a matrix of the same shape, converted where precisions differ.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package func copy<Scalar: NetworkScalar>(
    _ name: String, into matrix: Matrix<Scalar>, path: String, mustBeFinite: Bool = true
  ) throws {
    let tensor = try tensor(name, for: matrix, path: path)
    try matrix.withElements { values in
      tensor.bytes.withUnsafeBytes { raw in
        for index in values.indices {
          switch tensor.kind {
          case .float32: values[index] = Scalar(raw.loadUnaligned(fromByteOffset: index * 4, as: Float.self))
          case .float64: values[index] = Scalar(raw.loadUnaligned(fromByteOffset: index * 8, as: Double.self))
          }
        }
      }
      if mustBeFinite, let odd = values.firstIndex(where: { !$0.isFinite }) {
        throw FileError(path, "number \(odd) of tensor `\(name)` is \(values[odd]), not finite")
      }
    }
  }
}

// MARK: Metadata

extension Safetensors {
  /// Puts a value among the metadata, as JSON.
  package mutating func setMetadata(_ value: some Encodable, for key: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    metadata[key] = String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  /// A value that `setMetadata` put there; nil if there is none that can be understood.
  package func metadata<Value: Decodable>(_ type: Value.Type, for key: String) -> Value? {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return metadata[key].flatMap { try? decoder.decode(type, from: Data($0.utf8)) }
  }
}

// MARK: The file

private struct HeaderEntry: Codable {
  let dtype: String
  let shape: [Int]
  let data_offsets: [Int]
}

/// The header: tensors by name, and `__metadata__`.
private struct Header: Codable {
  var entries: [String: HeaderEntry] = [:]
  var metadata: [String: String] = [:]

  struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  init() {}

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    for key in container.allKeys {
      if key.stringValue == "__metadata__" {
        metadata = try container.decode([String: String].self, forKey: key)
      } else {
        entries[key.stringValue] = try container.decode(HeaderEntry.self, forKey: key)
      }
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(metadata, forKey: Key(stringValue: "__metadata__"))
    for (name, entry) in entries { try container.encode(entry, forKey: Key(stringValue: name)) }
  }
}

extension Safetensors {
  /// The file's bytes, with their checksum among the metadata; the same contents give the same bytes.
  package func encoded() throws -> [UInt8] {
    var header = Header()
    header.metadata = metadata
    header.metadata[Seal.key] = Seal.blank
    var data: [UInt8] = []
    for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
      let end = data.count + tensor.bytes.count
      header.entries[name] = HeaderEntry(
        dtype: tensor.kind.rawValue, shape: tensor.shape, data_offsets: [data.count, end])
      data += tensor.bytes
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var text = Array(try encoder.encode(header))
    while text.count % 8 != 0 { text.append(UInt8(ascii: " ")) }
    let length = (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) }
    return Seal.sealed(length + text + data)
  }

  /// Reads a file, every length and place checked against its size.
  package init(contentsOf path: String) throws { try self.init(try WholeFile.read(path), path: path) }

  /// Reads a file's bytes; `path` is what errors call it.
  package init(_ bytes: [UInt8], path: String) throws {
    func fault(_ what: String) -> FileError { FileError(path, "is not a sound safetensors file: \(what)") }
    guard bytes.count >= 8 else { throw fault("it has \(bytes.count) bytes, expected 8 or more") }
    let length = bytes[0..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(bytes.count - 8) else {
      throw fault("its header claims \(length) bytes, the file has \(bytes.count); it may be truncated")
    }
    let start = 8 + Int(length)
    let header: Header
    do {
      header = try JSONDecoder().decode(Header.self, from: Data(bytes[8..<start]))
    } catch {
      throw fault("its header is no JSON of the expected form")
    }
    metadata = header.metadata
    for (name, entry) in header.entries {
      guard let kind = Tensor.Kind(rawValue: entry.dtype) else {
        throw fault("tensor `\(name)` has the type \(entry.dtype), expected F32 or F64")
      }
      var size = kind.size
      for dimension in entry.shape {
        let (product, overflow) = size.multipliedReportingOverflow(by: dimension)
        guard dimension >= 0, !overflow else { throw fault("tensor `\(name)` has the shape \(entry.shape)") }
        size = product
      }
      guard entry.data_offsets.count == 2, case let (from, to) = (entry.data_offsets[0], entry.data_offsets[1]),
        from >= 0, from <= to, to - from == size
      else { throw fault("tensor `\(name)` of shape \(entry.shape) lies at \(entry.data_offsets)") }
      guard to <= bytes.count - start else {
        throw fault("tensor `\(name)` reaches to byte \(to) of \(bytes.count - start); the file is truncated")
      }
      tensors[name] = Tensor(kind: kind, shape: entry.shape, bytes: bytes[start + from..<start + to])
    }
    if let checksum = metadata[Seal.key], !Seal.holds(checksum, in: bytes, header: 8..<start) {
      throw fault(
        "its bytes do not give its checksum; it is damaged, or was changed by a program that left the checksum")
    }
  }
}

extension Safetensors {
  /// Whether the file had a checksum; that it held was made sure when it was read.
  package var isSealed: Bool { metadata[Seal.key] != nil }
}
