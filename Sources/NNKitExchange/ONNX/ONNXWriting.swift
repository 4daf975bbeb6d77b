internal import NNKitProtocolBuffers

// The numbers of fields are those of onnx.proto3, https://github.com/onnx/onnx/blob/v1.13.1/onnx/onnx.proto3.

extension ONNXModel {
  /// The file's bytes.
  var encoded: [UInt8] {
    var file = ProtocolWriter()
    file.integer(1, version)
    file.text(2, producer)
    file.text(3, producerVersion)
    if !documentation.isEmpty { file.text(6, documentation) }
    file.message(7, graph.write)
    for set in operatorSets { file.message(8) { Self.write(set, to: &$0) } }
    for (key, value) in metadata {
      file.message(14) {
        $0.text(1, key)
        $0.text(2, value)
      }
    }
    for function in functions {
      let sets = operatorSets.filter { $0.domain.isEmpty }
      file.message(25) { message in
        function.write(to: &message)
        for set in sets { message.message(9) { Self.write(set, to: &$0) } }
      }
    }
    return file.bytes
  }

  private static func write(_ set: (domain: String, version: Int), to message: inout ProtocolWriter) {
    message.text(1, set.domain)
    message.integer(2, set.version)
  }
}

extension ONNXGraph {
  func write(to message: inout ProtocolWriter) {
    for node in nodes { message.message(1, node.write) }
    message.text(2, name)
    for tensor in initializers { message.message(5, tensor.write) }
    for input in inputs { message.message(11, input.write) }
    for output in outputs { message.message(12, output.write) }
  }
}

extension ONNXValue {
  func write(to message: inout ProtocolWriter) {
    message.text(1, name)
    guard let type else { return }
    message.message(2) {
      $0.message(1) { tensor in
        tensor.integer(1, type.rawValue)
        guard let shape else { return }
        tensor.message(2) { dimensions in
          for dimension in shape {
            dimensions.message(1) {
              switch dimension {
              case .size(let size): $0.integer(1, size)
              case .named(let name): $0.text(2, name)
              }
            }
          }
        }
      }
    }
  }
}

extension ONNXFunction {
  func write(to message: inout ProtocolWriter) {
    message.text(1, name)
    for input in inputs { message.text(4, input) }
    for output in outputs { message.text(5, output) }
    for attribute in attributes { message.text(6, attribute) }
    for node in nodes { message.message(7, node.write) }
    message.text(10, domain)
  }
}

extension ONNXNode {
  func write(to message: inout ProtocolWriter) {
    for input in inputs { message.text(1, input) }
    for output in outputs { message.text(2, output) }
    if !name.isEmpty { message.text(3, name) }
    message.text(4, operation)
    for (name, attribute) in attributes.sorted(by: { $0.key < $1.key }) {
      message.message(5) { attribute.write(named: name, to: &$0) }
    }
    if !domain.isEmpty { message.text(7, domain) }
  }
}

extension ONNXAttribute {
  func write(named name: String, to message: inout ProtocolWriter) {
    message.text(1, name)
    switch self {
    case .float(let value):
      message.float(2, value)
      message.integer(20, 1)
    case .integer(let value):
      message.integer(3, value)
      message.integer(20, 2)
    case .text(let value):
      message.text(4, value)
      message.integer(20, 3)
    case .tensor(let value):
      message.message(5, value.write)
      message.integer(20, 4)
    case .floats(let values):
      for value in values { message.float(7, value) }
      message.integer(20, 6)
    case .integers(let values):
      for value in values { message.integer(8, value) }
      message.integer(20, 7)
    case .texts(let values):
      for value in values { message.text(9, value) }
      message.integer(20, 8)
    case .reference(let other, let kind):
      message.text(21, other)
      message.integer(20, kind)
    case .other: break
    }
  }
}

extension ONNXTensor {
  func write(to message: inout ProtocolWriter) {
    if !dimensions.isEmpty { message.integers(1, dimensions) }
    message.integer(2, kind.rawValue)
    switch content {
    case .raw(let bytes): message.bytes(9, bytes)
    case .floats(let values): for value in values { message.float(4, value) }
    case .doubles(let values): message.doubles(10, values)
    case .integers(let values): message.integers(7, values)
    case .texts(let values): for value in values { message.text(6, value) }
    }
    if !name.isEmpty { message.text(8, name) }
  }
}
