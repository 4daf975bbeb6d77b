/// A model in ONNX (https://onnx.ai/onnx/repo-docs/IR.html), as far as networks without control flow need it.
struct ONNXModel {
  /// ONNX 1.13: all operators that nnkit writes exist in this version, and functions of a model are known.
  static let version = 8
  static let operatorSet = 18

  var version = Self.version
  var producer = ""
  var producerVersion = ""
  var documentation = ""
  /// The version of each domain's operators; the domain of ONNX itself is empty.
  var operatorSets: [(domain: String, version: Int)] = []
  var metadata: [(key: String, value: String)] = []
  var functions: [ONNXFunction] = []
  var graph = ONNXGraph()
}

struct ONNXGraph {
  var name = ""
  var nodes: [ONNXNode] = []
  var initializers: [ONNXTensor] = []
  var inputs: [ONNXValue] = []
  var outputs: [ONNXValue] = []
}

/// The type and shape of an input or output.
struct ONNXValue {
  enum Dimension: Equatable {
    case size(Int)
    case named(String)
  }
  var name: String
  /// Nil where it is no tensor.
  var type: ONNXTensor.Kind?
  /// Nil where the model does not say.
  var shape: [Dimension]?
}

struct ONNXNode {
  var name = ""
  var domain = ""
  var operation: String
  var inputs: [String]
  var outputs: [String]
  var attributes: [String: ONNXAttribute] = [:]
}

/// A value that a node has beside its inputs.
enum ONNXAttribute {
  case float(Float)
  case integer(Int)
  case text(String)
  case tensor(ONNXTensor)
  case floats([Float])
  case integers([Int])
  case texts([String])
  /// The value that the calling node gives for an attribute of the function.
  case reference(String, kind: Int)
  /// A graph, a sparse tensor and the like, which networks do not need.
  case other
}

/// A function that a model defines: other nodes may use it as an operator.
struct ONNXFunction {
  var domain: String
  var name: String
  var inputs: [String]
  var outputs: [String]
  var attributes: [String]
  var nodes: [ONNXNode]
}

/// Numbers or texts in an array of any dimensions.
struct ONNXTensor {
  enum Kind: Int {
    case float = 1
    case uint8, int8, uint16, int16, int32, int64, string, bool, float16, double, uint32, uint64, complex64, complex128
    case bfloat16
  }

  enum Content {
    /// Row after row, little endian.
    case raw(ArraySlice<UInt8>)
    case floats([Float])
    case doubles([Double])
    case integers([Int])
    case texts([String])
  }

  var name = ""
  var kind: Kind
  var dimensions: [Int]
  var content: Content

  /// How many elements its dimensions promise; nil where that is more than an integer can hold.
  var count: Int? {
    var product = 1
    for dimension in dimensions {
      let (value, overflow) = product.multipliedReportingOverflow(by: dimension)
      guard dimension >= 0, !overflow else { return nil }
      product = value
    }
    return product
  }

  /// Its numbers; nil where it has none of a kind that networks compute with, or another count than its dimensions say.
  var numbers: [Double]? {
    let values: [Double]? =
      switch (content, kind) {
      case (.floats(let values), .float): values.map(Double.init)
      case (.doubles(let values), .double): values
      case (.integers(let values), .int64), (.integers(let values), .int32), (.integers(let values), .bool):
        values.map(Double.init)
      case (.raw(let bytes), .float): Self.load(bytes, UInt32.self) { Double(Float(bitPattern: $0)) }
      case (.raw(let bytes), .double): Self.load(bytes, UInt64.self) { Double(bitPattern: $0) }
      case (.raw(let bytes), .int64): Self.load(bytes, UInt64.self) { Double(Int64(bitPattern: $0)) }
      case (.raw(let bytes), .int32): Self.load(bytes, UInt32.self) { Double(Int32(bitPattern: $0)) }
      case (.raw(let bytes), .bool): bytes.map { $0 == 0 ? 0 : 1 }
      default: nil
      }
    return values?.count == count ? values : nil
  }

  private static func load<Bits: FixedWidthInteger>(
    _ bytes: ArraySlice<UInt8>, _: Bits.Type, _ number: (Bits) -> Double
  ) -> [Double]? {
    let size = MemoryLayout<Bits>.size
    guard bytes.count % size == 0 else { return nil }
    return bytes.withUnsafeBytes { raw in
      stride(from: 0, to: raw.count, by: size).map {
        number(Bits(littleEndian: raw.loadUnaligned(fromByteOffset: $0, as: Bits.self)))
      }
    }
  }

  /// Its numbers as whole ones; nil where they are not.
  var integers: [Int]? {
    guard let numbers, [.int64, .int32].contains(kind) else { return nil }
    return numbers.map { Int(exactly: $0) ?? Int.max }
  }

  /// What it is made of, as messages say it: "FLOAT [3, 4]".
  var words: String { "\("\(kind)".uppercased()) \(dimensions)" }

  /// Numbers in a precision that networks compute with.
  init(_ name: String, _ kind: Kind, _ dimensions: [Int], _ values: [Double]) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(values.count * (kind == .double ? 8 : 4))
    for value in values {
      if kind == .double {
        withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
      } else {
        withUnsafeBytes(of: Float(value).bitPattern.littleEndian) { bytes += $0 }
      }
    }
    self.init(name, kind, dimensions, .raw(bytes[...]))
  }

  init(_ name: String, integers: [Int]) { self.init(name, .int64, [integers.count], .integers(integers)) }

  init(_ name: String, _ kind: Kind, _ dimensions: [Int], _ content: Content) {
    (self.name, self.kind, self.dimensions, self.content) = (name, kind, dimensions, content)
  }
}
