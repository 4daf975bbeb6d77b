/// A message in the encoding of Protocol Buffers (https://protobuf.dev/programming-guides/encoding), field by field.
///
/// Numbers of the wire format: 0 varint, 1 eight bytes, 2 a length and bytes, 5 four bytes.
package struct ProtocolWriter {
  package private(set) var bytes: [UInt8] = []

  package init() {}

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  private mutating func key(_ field: Int, wire: UInt64) { varint(UInt64(field) << 3 | wire) }

  package mutating func integer(_ field: Int, _ value: Int) {
    key(field, wire: 0)
    varint(UInt64(bitPattern: Int64(value)))
  }

  package mutating func float(_ field: Int, _ value: Float) {
    key(field, wire: 5)
    withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
  }

  package mutating func double(_ field: Int, _ value: Double) {
    key(field, wire: 1)
    withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
  }

  package mutating func bytes(_ field: Int, _ value: ArraySlice<UInt8>) {
    key(field, wire: 2)
    varint(UInt64(value.count))
    bytes += value
  }

  package mutating func text(_ field: Int, _ value: String) { bytes(field, Array(value.utf8)[...]) }

  package mutating func message(_ field: Int, _ body: (inout ProtocolWriter) -> Void) {
    var inner = ProtocolWriter()
    body(&inner)
    bytes(field, inner.bytes[...])
  }

  package mutating func integers(_ field: Int, _ values: [Int]) {
    var inner = ProtocolWriter()
    for value in values { inner.varint(UInt64(bitPattern: Int64(value))) }
    bytes(field, inner.bytes[...])
  }

  package mutating func doubles(_ field: Int, _ values: [Double]) {
    bytes(field, values.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian) { Array($0) } }[...])
  }
}
