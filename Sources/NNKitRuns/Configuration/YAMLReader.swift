internal import CYaml

extension YAML {
  /// The one document of a text; nil if it has none.
  ///
  /// - Throws: `SyntaxError`, `DuplicateKeyError`.
  static func compose(_ text: String) throws -> Node? {
    var text = text
    return try text.withUTF8 { bytes in
      try Reader(bytes).document()
    }
  }
}

/// Makes nodes of libyaml's events.
private final class Reader {
  /// Deeper than any configuration, and not too deep for recursion.
  private static let deepest = 200

  private var parser = yaml_parser_t()
  private var anchors: [String: YAML.Node] = [:]

  /// The bytes have to live as long as the reader.
  init(_ bytes: UnsafeBufferPointer<UInt8>) throws {
    guard yaml_parser_initialize(&parser) == 1 else {
      throw YAML.SyntaxError(problem: "there is no memory to read it", mark: nil)
    }
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING)
    yaml_parser_set_input_string(&parser, bytes.baseAddress, bytes.count)
  }

  deinit { yaml_parser_delete(&parser) }

  func document() throws -> YAML.Node? {
    _ = try next()  // the stream's start
    if try next().type == YAML_STREAM_END_EVENT { return nil }
    let root = try node(next(), depth: 0)
    _ = try next()  // the document's end
    let end = try next()
    guard end.type == YAML_STREAM_END_EVENT else {
      throw YAML.SyntaxError(problem: "but found another document", mark: end.mark)
    }
    return root
  }

  private func next() throws -> Event {
    let event = Event()
    guard yaml_parser_parse(&parser, &event.event) == 1 else {
      let isPlaced = parser.error == YAML_SCANNER_ERROR || parser.error == YAML_PARSER_ERROR
      throw YAML.SyntaxError(
        problem: parser.problem.map { String(cString: $0) } ?? "",
        mark: isPlaced ? YAML.Mark(parser.problem_mark) : nil)
    }
    return event
  }

  private func node(_ event: Event, depth: Int) throws -> YAML.Node {
    guard depth < Self.deepest else {
      throw YAML.SyntaxError(problem: "it is nested too deeply", mark: event.mark)
    }
    switch event.type {
    case YAML_SCALAR_EVENT: return keep(.scalar(event.scalar), event.event.data.scalar.anchor)
    case YAML_SEQUENCE_START_EVENT: return keep(try sequence(event, depth), event.event.data.sequence_start.anchor)
    case YAML_MAPPING_START_EVENT: return keep(try mapping(event, depth), event.event.data.mapping_start.anchor)
    case YAML_ALIAS_EVENT:
      guard let name = text(event.event.data.alias.anchor), let node = anchors[name] else {
        throw YAML.SyntaxError(problem: "found undefined alias", mark: event.mark)
      }
      return node
    default: throw YAML.SyntaxError(problem: "found no value", mark: event.mark)
    }
  }

  private func sequence(_ start: Event, _ depth: Int) throws -> YAML.Node {
    var nodes: [YAML.Node] = []
    while true {
      let event = try next()
      if event.type == YAML_SEQUENCE_END_EVENT { break }
      nodes.append(try node(event, depth: depth + 1))
    }
    return .sequence(YAML.Sequence(nodes: nodes, isFlow: false, mark: start.mark))
  }

  private func mapping(_ start: Event, _ depth: Int) throws -> YAML.Node {
    var pairs: [(key: YAML.Node, value: YAML.Node)] = []
    var names: Set<String> = []
    while true {
      let event = try next()
      if event.type == YAML_MAPPING_END_EVENT { break }
      let key = try node(event, depth: depth + 1)
      if let name = key.scalar?.string, !names.insert(name).inserted {
        throw YAML.DuplicateKeyError(key: name, mark: pairs.first { $0.key.scalar?.string == name }?.key.mark)
      }
      pairs.append((key, try node(next(), depth: depth + 1)))
    }
    return .mapping(YAML.Mapping(pairs: pairs, isFlow: false, mark: start.mark))
  }

  /// Keeps a node that has an anchor for its aliases.
  private func keep(_ node: YAML.Node, _ anchor: UnsafeMutablePointer<yaml_char_t>?) -> YAML.Node {
    if let name = text(anchor) { anchors[name] = node }
    return node
  }

  private func text(_ characters: UnsafeMutablePointer<yaml_char_t>?) -> String? {
    characters.map { String(cString: $0) }
  }
}

/// An event, which owns memory of libyaml's.
private final class Event {
  var event = yaml_event_t()

  deinit { yaml_event_delete(&event) }

  var type: yaml_event_type_t { event.type }
  var mark: YAML.Mark { YAML.Mark(event.start_mark) }

  var scalar: YAML.Scalar {
    let scalar = event.data.scalar
    let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
    return YAML.Scalar(
      string: String(decoding: bytes, as: UTF8.self), style: scalar.style == YAML_PLAIN_SCALAR_STYLE ? .plain : .quoted,
      mark: mark)
  }
}

extension YAML.Mark {
  /// libyaml counts from 0.
  fileprivate init(_ mark: yaml_mark_t) { self.init(line: mark.line + 1, column: mark.column + 1) }
}
