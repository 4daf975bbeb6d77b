/// YAML 1.1 as libyaml reads and writes it.
enum YAML {
  /// A value of a document.
  enum Node {
    case scalar(Scalar)
    case sequence(Sequence)
    case mapping(Mapping)
  }

  /// A line and a column of a text, from 1.
  struct Mark {
    let line: Int
    let column: Int
  }

  struct Scalar {
    enum Style {
      case plain, quoted
    }

    let string: String
    let style: Style
    let mark: Mark?
  }

  struct Sequence {
    var nodes: [Node]
    /// Whether it is written in one line, in brackets.
    let isFlow: Bool
    let mark: Mark?
  }

  struct Mapping {
    var pairs: [(key: Node, value: Node)]
    let isFlow: Bool
    let mark: Mark?

    /// The value of a key that is a text.
    subscript(key: String) -> Node? {
      get { place(of: key).map { pairs[$0].value } }
      set {
        let place = place(of: key)
        switch (place, newValue) {
        case (let place?, let value?): pairs[place].value = value
        case (let place?, nil): pairs.remove(at: place)
        case (nil, let value?): pairs.append((Node(key), value))
        case (nil, nil): break
        }
      }
    }

    private func place(of key: String) -> Int? { pairs.firstIndex { $0.key.scalar?.string == key } }
  }

  /// Why a text is not YAML, and where.
  struct SyntaxError: Error {
    let problem: String
    /// nil where libyaml names none.
    let mark: Mark?
  }

  /// A key that a mapping has more than once.
  struct DuplicateKeyError: Error {
    let key: String
    let mark: Mark?
  }
}

extension YAML.Node {
  init(_ text: String, style: YAML.Scalar.Style = .plain) {
    self = .scalar(YAML.Scalar(string: text, style: style, mark: nil))
  }

  init(_ nodes: [YAML.Node], isFlow: Bool = false) {
    self = .sequence(YAML.Sequence(nodes: nodes, isFlow: isFlow, mark: nil))
  }

  init(_ pairs: [(key: YAML.Node, value: YAML.Node)], isFlow: Bool = false) {
    self = .mapping(YAML.Mapping(pairs: pairs, isFlow: isFlow, mark: nil))
  }

  var scalar: YAML.Scalar? { if case .scalar(let scalar) = self { scalar } else { nil } }
  var sequence: YAML.Sequence? { if case .sequence(let sequence) = self { sequence } else { nil } }
  var mapping: YAML.Mapping? { if case .mapping(let mapping) = self { mapping } else { nil } }

  /// Where it begins in its text; nil if it comes from none.
  var mark: YAML.Mark? {
    switch self {
    case .scalar(let scalar): scalar.mark
    case .sequence(let sequence): sequence.mark
    case .mapping(let mapping): mapping.mark
    }
  }

  /// A scalar as YAML 1.1 reads truth values.
  var bool: Bool? {
    switch scalar?.string.lowercased() {
    case "true", "yes", "on": true
    case "false", "no", "off": false
    default: nil
    }
  }
}
