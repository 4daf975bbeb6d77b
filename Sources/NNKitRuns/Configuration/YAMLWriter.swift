internal import CYaml

extension YAML {
  /// A document of one node, its lines as long as they come.
  ///
  /// - Throws: `SyntaxError` if libyaml cannot write it.
  static func serialize(_ node: Node) throws -> String {
    let writer = try Writer()
    try writer.document(node)
    return String(decoding: writer.bytes, as: UTF8.self)
  }
}

/// Hands a node's events to libyaml.
private final class Writer {
  private var emitter = yaml_emitter_t()
  private(set) var bytes: [UInt8] = []

  init() throws {
    guard yaml_emitter_initialize(&emitter) == 1 else {
      throw YAML.SyntaxError(problem: "there is no memory to write it", mark: nil)
    }
    yaml_emitter_set_output(
      &emitter,
      { writer, bytes, count in
        guard let writer, let bytes else { return 0 }
        Unmanaged<Writer>.fromOpaque(writer).takeUnretainedValue().bytes.append(
          contentsOf: UnsafeBufferPointer(start: bytes, count: count))
        return 1
      }, Unmanaged.passUnretained(self).toOpaque())
    yaml_emitter_set_encoding(&emitter, YAML_UTF8_ENCODING)
    yaml_emitter_set_width(&emitter, -1)
    yaml_emitter_set_unicode(&emitter, 1)
  }

  deinit { yaml_emitter_delete(&emitter) }

  func document(_ node: YAML.Node) throws {
    try emit { yaml_stream_start_event_initialize(&$0, YAML_UTF8_ENCODING) }
    try emit { yaml_document_start_event_initialize(&$0, nil, nil, nil, 1) }
    try write(node)
    try emit { yaml_document_end_event_initialize(&$0, 1) }
    try emit { yaml_stream_end_event_initialize(&$0) }
  }

  private func write(_ node: YAML.Node) throws {
    switch node {
    case .scalar(let scalar):
      let style = scalar.style == .plain ? YAML_PLAIN_SCALAR_STYLE : YAML_DOUBLE_QUOTED_SCALAR_STYLE
      let bytes = Array(scalar.string.utf8) + [0]
      try emit { yaml_scalar_event_initialize(&$0, nil, nil, bytes, Int32(bytes.count - 1), 1, 1, style) }
    case .sequence(let sequence):
      let style = sequence.isFlow ? YAML_FLOW_SEQUENCE_STYLE : YAML_BLOCK_SEQUENCE_STYLE
      try emit { yaml_sequence_start_event_initialize(&$0, nil, nil, 1, style) }
      for node in sequence.nodes { try write(node) }
      try emit { yaml_sequence_end_event_initialize(&$0) }
    case .mapping(let mapping):
      let style = mapping.isFlow ? YAML_FLOW_MAPPING_STYLE : YAML_BLOCK_MAPPING_STYLE
      try emit { yaml_mapping_start_event_initialize(&$0, nil, nil, 1, style) }
      for (key, value) in mapping.pairs {
        try write(key)
        try write(value)
      }
      try emit { yaml_mapping_end_event_initialize(&$0) }
    }
  }

  private func emit(_ initialize: (inout yaml_event_t) -> Int32) throws {
    var event = yaml_event_t()
    guard initialize(&event) == 1, yaml_emitter_emit(&emitter, &event) == 1 else {
      throw YAML.SyntaxError(
        problem: emitter.problem.map { String(cString: $0) } ?? "a text is no UTF-8", mark: nil)
    }
  }
}
