internal import NNKitProtocolBuffers

/// A file of TensorBoard's events: records of a length, its checksum, an Event message, and the message's checksum.
///
/// The numbers of fields are those of tensorflow's event.proto, summary.proto and graph.proto.
package struct EventFile {
  package let path: String

  /// What stands in one event: values under their tags.
  package enum Value {
    case scalar(Double)
    case histogram(Buckets)
    /// A grey picture as PNG.
    case image(width: Int, height: Int, png: [UInt8])
  }

  /// How numbers are spread: how many there are up to each limit, above the one before.
  package struct Buckets {
    package var minimum, maximum, count, sum, squares: Double
    package var limits, counts: [Double]

    package init(
      minimum: Double, maximum: Double, count: Double, sum: Double, squares: Double, limits: [Double], counts: [Double]
    ) {
      (self.minimum, self.maximum, self.count, self.sum, self.squares) = (minimum, maximum, count, sum, squares)
      (self.limits, self.counts) = (limits, counts)
    }
  }

  /// A node of the graph that TensorBoard draws.
  package struct Node {
    package var name, operation: String
    package var inputs: [String]

    package init(name: String, operation: String, inputs: [String]) {
      (self.name, self.operation, self.inputs) = (name, operation, inputs)
    }
  }

  package init(path: String) { self.path = path }

  // MARK: Records

  /// The first record of a file, which says its version, and one with the graph.
  package static func beginning(wallTime: Double, graph: [Node]) -> [UInt8] {
    let version = event(wallTime) { $0.text(3, "brain.Event:2") }
    let drawn = event(wallTime) { event in
      event.message(4) { definition in
        for node in graph {
          definition.message(1) {
            $0.text(1, node.name)
            $0.text(2, node.operation)
            for input in node.inputs { $0.text(3, input) }
          }
        }
        definition.message(4) { $0.integer(1, 27) }
      }
    }
    return version + drawn
  }

  /// The record of some values at a step.
  package static func record(step: Int, wallTime: Double, _ values: [(tag: String, value: Value)]) -> [UInt8] {
    event(wallTime) { event in
      event.integer(2, step)
      event.message(5) { summary in
        for (tag, value) in values {
          summary.message(1) {
            $0.text(1, tag)
            write(value, to: &$0)
          }
        }
      }
    }
  }

  private static func write(_ value: Value, to message: inout ProtocolWriter) {
    switch value {
    case .scalar(let value): message.float(2, Float(value))
    case .image(let width, let height, let png):
      message.message(4) {
        $0.integer(1, height)
        $0.integer(2, width)
        // One channel, grey.
        $0.integer(3, 1)
        $0.bytes(4, png[...])
      }
    case .histogram(let buckets):
      message.message(5) {
        $0.double(1, buckets.minimum)
        $0.double(2, buckets.maximum)
        $0.double(3, buckets.count)
        $0.double(4, buckets.sum)
        $0.double(5, buckets.squares)
        $0.doubles(6, buckets.limits)
        $0.doubles(7, buckets.counts)
      }
    }
  }

  private static func event(_ wallTime: Double, _ body: (inout ProtocolWriter) -> Void) -> [UInt8] {
    var event = ProtocolWriter()
    event.double(1, wallTime)
    body(&event)
    func bytes(_ value: some FixedWidthInteger) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { Array($0) } }
    let length = bytes(UInt64(event.bytes.count))
    return length + bytes(masked(length)) + event.bytes + bytes(masked(event.bytes))
  }

  /// A checksum as TensorFlow's record files have it.
  private static func masked(_ bytes: [UInt8]) -> UInt32 {
    let sum = crc32c(bytes[...])
    return (sum >> 15 | sum << 17) &+ 0xA282_EAD8
  }

  // MARK: A file that is there

  /// The bytes of the records up to a step, of a file that a run left which continues from there.
  ///
  /// What is damaged ends it: a process may have been killed while it wrote.
  package static func records(in file: [UInt8], upTo step: Int) -> [UInt8] {
    var kept: [UInt8] = []
    var rest = file[...]
    while rest.count >= 16 {
      let length = rest.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      guard length <= UInt64(rest.count - 16) else { break }
      let record = rest.prefix(16 + Int(length))
      let message = record.dropFirst(12).dropLast(4)
      let checksum = record.suffix(4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      guard checksum == masked(Array(message)) else { break }
      if let found = Self.step(of: message), found <= step { kept += record }
      rest = rest.dropFirst(record.count)
    }
    return kept
  }

  private static func step(of message: ArraySlice<UInt8>) -> Int? {
    var reader = ProtocolReader(message, "an event", path: "")
    var step = 0
    do {
      while let (field, value) = try reader.next() {
        if field == 2 { step = try reader.integer(value, "step") }
      }
    } catch {
      return nil
    }
    return step
  }
}

/// CRC-32C (Castagnoli, RFC 3720), which the checksums of TensorFlow's files are made of.
func crc32c(_ bytes: ArraySlice<UInt8>) -> UInt32 {
  ~bytes.reduce(~0) { castagnoli[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ $0 >> 8 }
}

private let castagnoli: [UInt32] = (0..<256).map { byte in
  (0..<8).reduce(UInt32(byte)) { sum, _ in sum & 1 == 1 ? sum >> 1 ^ 0x82F6_3B78 : sum >> 1 }
}
