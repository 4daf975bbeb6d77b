internal import NNKit
internal import NNKitProtocolBuffers

// The numbers of fields are those of onnx.proto3, https://github.com/onnx/onnx/blob/v1.13.1/onnx/onnx.proto3.

extension ONNXModel {
  /// Reads a file's bytes; `path` is what errors call it.
  init(_ bytes: [UInt8], path: String) throws(FileError) {
    var file = ProtocolReader(bytes[...], "the model", path: path)
    var hasGraph = false
    self.init()
    version = 0
    while let (field, value) = try file.next() {
      switch field {
      case 1: version = try file.integer(value, "ir_version")
      case 2: producer = try file.text(value, "producer_name")
      case 3: producerVersion = try file.text(value, "producer_version")
      case 7:
        hasGraph = true
        graph = try ONNXGraph(file.message(value, "graph"))
      case 8: operatorSets.append(try Self.operatorSet(file.message(value, "opset_import")))
      case 14: metadata.append(try Self.pair(file.message(value, "metadata_props")))
      case 25: functions.append(try ONNXFunction(file.message(value, "functions")))
      default: break
      }
    }
    guard version > 0, hasGraph else {
      throw FileError(path, "is not an ONNX model: it has no \(hasGraph ? "version" : "graph")")
    }
  }

  private static func operatorSet(_ message: ProtocolReader) throws(FileError) -> (domain: String, version: Int) {
    var (message, domain, version) = (message, "", 1)
    while let (field, value) = try message.next() {
      if field == 1 { domain = try message.text(value, "domain") }
      if field == 2 { version = try message.integer(value, "version") }
    }
    return (domain == "ai.onnx" ? "" : domain, version)
  }

  private static func pair(_ message: ProtocolReader) throws(FileError) -> (key: String, value: String) {
    var (message, key, text) = (message, "", "")
    while let (field, value) = try message.next() {
      if field == 1 { key = try message.text(value, "key") }
      if field == 2 { text = try message.text(value, "value") }
    }
    return (key, text)
  }
}

extension ONNXGraph {
  init(_ message: ProtocolReader) throws(FileError) {
    var message = message
    while let (field, value) = try message.next() {
      switch field {
      case 1: nodes.append(try ONNXNode(message.message(value, "node")))
      case 2: name = try message.text(value, "name")
      case 5: initializers.append(try ONNXTensor(message.message(value, "initializer")))
      case 11: inputs.append(try ONNXValue(message.message(value, "input")))
      case 12: outputs.append(try ONNXValue(message.message(value, "output")))
      case 15: throw message.fault("it has sparse weights, which nnkit does not read; write them as dense tensors")
      default: break
      }
    }
  }
}

extension ONNXValue {
  init(_ message: ProtocolReader) throws(FileError) {
    var message = message
    self.init(name: "")
    while let (field, value) = try message.next() {
      if field == 1 { name = try message.text(value, "name") }
      guard field == 2 else { continue }
      var type = try message.message(value, "type")
      while let (field, value) = try type.next() {
        guard field == 1 else { continue }
        var tensor = try type.message(value, "tensor_type")
        while let (field, value) = try tensor.next() {
          if field == 1 { self.type = ONNXTensor.Kind(rawValue: try tensor.integer(value, "elem_type")) }
          if field == 2 { shape = try Self.shape(tensor.message(value, "shape")) }
        }
      }
    }
  }

  private static func shape(_ message: ProtocolReader) throws(FileError) -> [Dimension] {
    var (message, shape) = (message, [Dimension]())
    while let (field, value) = try message.next() {
      guard field == 1 else { continue }
      var (dimension, size) = (try message.message(value, "dim"), Dimension.named(""))
      while let (field, value) = try dimension.next() {
        if field == 1 { size = .size(try dimension.integer(value, "dim_value")) }
        if field == 2 { size = .named(try dimension.text(value, "dim_param")) }
      }
      shape.append(size)
    }
    return shape
  }
}

extension ONNXFunction {
  init(_ message: ProtocolReader) throws(FileError) {
    var message = message
    self.init(domain: "", name: "", inputs: [], outputs: [], attributes: [], nodes: [])
    while let (field, value) = try message.next() {
      switch field {
      case 1: name = try message.text(value, "name")
      case 4: inputs.append(try message.text(value, "input"))
      case 5: outputs.append(try message.text(value, "output"))
      case 6: attributes.append(try message.text(value, "attribute"))
      case 7: nodes.append(try ONNXNode(message.message(value, "node")))
      case 10: domain = try message.text(value, "domain")
      default: break
      }
    }
  }
}

extension ONNXNode {
  init(_ message: ProtocolReader) throws(FileError) {
    var message = message
    self.init(operation: "", inputs: [], outputs: [])
    while let (field, value) = try message.next() {
      switch field {
      case 1: inputs.append(try message.text(value, "input"))
      case 2: outputs.append(try message.text(value, "output"))
      case 3: name = try message.text(value, "name")
      case 4: operation = try message.text(value, "op_type")
      case 5:
        let (name, attribute) = try ONNXAttribute.named(message.message(value, "attribute"))
        attributes[name] = attribute
      case 7: domain = try message.text(value, "domain")
      default: break
      }
    }
    if domain == "ai.onnx" { domain = "" }
  }
}

extension ONNXAttribute {
  static func named(_ message: ProtocolReader) throws(FileError) -> (String, ONNXAttribute) {
    var (message, name, kind, reference) = (message, "", 0, "")
    var (float, integer, text, tensor) = (Float(0), 0, "", ONNXTensor?.none)
    var (floats, integers, texts) = ([Float](), [Int](), [String]())
    // Before version 3 files said no kind: then it is that of the field that is there.
    var found = 0
    while let (field, value) = try message.next() {
      switch field {
      case 1: name = try message.text(value, "name")
      case 2: (float, found) = (try message.float(value, "f"), 1)
      case 3: (integer, found) = (try message.integer(value, "i"), 2)
      case 4: (text, found) = (String(decoding: try message.bytes(value, "s"), as: UTF8.self), 3)
      case 5: (tensor, found) = (try ONNXTensor(message.message(value, "t")), 4)
      case 7:
        floats += try message.floats(value, "floats")
        found = 6
      case 8:
        integers += try message.integers(value, "ints")
        found = 7
      case 9:
        texts.append(String(decoding: try message.bytes(value, "strings"), as: UTF8.self))
        found = 8
      case 20: kind = try message.integer(value, "type")
      case 21: reference = try message.text(value, "ref_attr_name")
      default: break
      }
    }
    if !reference.isEmpty { return (name, .reference(reference, kind: kind)) }
    switch kind == 0 ? found : kind {
    case 1: return (name, .float(float))
    case 2: return (name, .integer(integer))
    case 3: return (name, .text(text))
    case 4: return (name, tensor.map { .tensor($0) } ?? .other)
    case 6: return (name, .floats(floats))
    case 7: return (name, .integers(integers))
    case 8: return (name, .texts(texts))
    default: return (name, .other)
    }
  }
}

extension ONNXTensor {
  init(_ message: ProtocolReader) throws(FileError) {
    var (message, number) = (message, 0)
    self.init("", .float, [], .floats([]))
    var (floats, doubles, integers, texts) = ([Float](), [Double](), [Int](), [String]())
    var raw: ArraySlice<UInt8>?
    while let (field, value) = try message.next() {
      switch field {
      case 1: dimensions += try message.integers(value, "dims")
      case 2: number = try message.integer(value, "data_type")
      case 4: floats += try message.floats(value, "float_data")
      case 5, 7: integers += try message.integers(value, field == 5 ? "int32_data" : "int64_data")
      case 6: texts.append(String(decoding: try message.bytes(value, "string_data"), as: UTF8.self))
      case 8: name = try message.text(value, "name")
      case 9: raw = try message.bytes(value, "raw_data")
      case 10: doubles += try message.doubles(value, "double_data")
      case 13:
        throw message.fault(
          "tensor `\(name)` lies in another file, which nnkit does not read; save the model as one file"
            + " (`onnx.save_model(model, path, save_as_external_data=False)`)")
      default: break
      }
    }
    guard let kind = Kind(rawValue: number) else {
      throw message.fault("tensor `\(name)` has numbers of the type \(number), which nnkit does not read")
    }
    self.kind = kind
    switch kind {
    case _ where raw != nil: content = .raw(raw ?? [])
    case .float: content = .floats(floats)
    case .double: content = .doubles(doubles)
    case .string: content = .texts(texts)
    default: content = .integers(integers)
    }
    guard dimensions.count <= 16, let count, count >= 0 else {
      throw message.fault("tensor `\(name)` has the shape \(dimensions.prefix(16))")
    }
  }
}
