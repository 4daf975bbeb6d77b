internal import NNKit

extension ConfigurationReader {
  func data(_ node: ConfigurationNode) throws -> DataConfiguration {
    let keys = try node.mapping(["train", "test", "validation", "scale"])
    var data = DataConfiguration(train: try source(keys.required("train")), place: place(node))
    data.test = try keys["test"].map { try source($0) }
    if let validation = keys["validation"] {
      data.validation = validation.isMapping ? .source(try source(validation)) : try heldOut(validation)
    }
    if let scale = keys["scale"] {
      if scale.isMapping {
        let parts = try scale.mapping(["inputs", "targets"])
        data.inputScale = try parts["inputs"]?.choice(ScaleMethod.self) ?? ScaleMethod.none
        data.targetScale = try parts["targets"]?.choice(ScaleMethod.self)
      } else {
        data.inputScale = try scale.choice(ScaleMethod.self)
        data.sharesScale = true
      }
    }
    return data
  }

  private func heldOut(_ node: ConfigurationNode) throws -> DataConfiguration.Validation? {
    let share = try node.double(0...1, "a share of the training samples, at least 0 and less than 1, or a source")
    guard share < 1 else { throw node.expected("a share less than 1") }
    return share == 0 ? nil : .heldOut(share)
  }

  private func source(_ node: ConfigurationNode) throws -> DataConfiguration.Source {
    let kinds = ["inline", "csv", "idx", "npy", "npz", "fann", "generator"]
    let keys = try node.mapping(kinds)
    guard keys.values.count == 1, let (kind, value) = keys.values.first else {
      throw node.expected("a mapping with exactly one of \(kinds.joined(separator: ", "))")
    }
    let source: DataSource =
      switch kind {
      case "inline": .inline(try inline(value))
      case "csv": .csv(try csv(value))
      case "idx": try idx(value)
      case "npy": try npy(value)
      case "npz": try npz(value)
      case "fann": try fann(value)
      default: .generator(try generator(value))
      }
    return DataConfiguration.Source(source: source, place: place(value))
  }

  private func inline(_ node: ConfigurationNode) throws -> [InlineSample] {
    let samples = try node.list("a list of {input: [...], target: [...]}")
    if samples.isEmpty { throw node.expected("at least one sample") }
    return try samples.map { sample in
      let keys = try sample.mapping(["input", "target"])
      return InlineSample(input: try numbers(keys.required("input")), target: try numbers(keys.required("target")))
    }
  }

  /// A list of numbers, or a number alone.
  private func numbers(_ node: ConfigurationNode) throws -> [Double] {
    let numbers = node.isList ? try node.numbers() : [try node.double()]
    if numbers.isEmpty { throw node.expected("at least one number") }
    return numbers
  }

  private func csv(_ node: ConfigurationNode) throws -> CSVSource {
    let keys = try node.mapping(["path", "header", "input", "target", "exclude", "separator", "decimal"])
    let source = CSVSource(
      path: try path(keys.required("path")), header: try keys["header"]?.bool() ?? true,
      input: try keys["input"].map { try columns($0) } ?? [], target: try columns(keys.required("target")),
      exclude: try keys["exclude"].map { try columns($0) } ?? [],
      separator: try keys["separator"].map { try character($0, "a character that separates cells, such as \";\"") },
      decimal: try keys["decimal"].map { try character($0, "\".\" or \",\"") } ?? UInt8(ascii: "."))
    if let node = keys["decimal"], ![UInt8(ascii: "."), UInt8(ascii: ",")].contains(source.decimal) {
      throw node.expected("\".\" or \",\"")
    }
    if let node = keys["separator"], source.separator == source.decimal {
      throw node.error("the same character separates cells and stands in numbers; give another one")
    }
    return source
  }

  /// One character of ASCII that is not part of a number or of a line's end.
  private func character(_ node: ConfigurationNode, _ what: String) throws -> UInt8 {
    guard let text = node.text, text.utf8.count == 1, let byte = text.utf8.first,
      !text.contains(where: { $0.isLetter || $0.isNumber || "\"\n\r+-_".contains($0) })
    else { throw node.expected(what) }
    return byte
  }

  /// Column names, or numbers from 0; a list, or one alone.
  private func columns(_ node: ConfigurationNode) throws -> [ColumnReference] {
    try (node.isList ? node.list() : [node]).map { column in
      if case .scalar(let scalar) = column.node, scalar.style == .plain, let number = Int(scalar.string) {
        guard number >= 0 else { throw column.expected("a column's name or its number from 0") }
        return .number(number)
      }
      return .name(try column.string())
    }
  }

  private func idx(_ node: ConfigurationNode) throws -> DataSource {
    let keys = try node.mapping(["images", "labels", "classes"])
    return .idx(
      IDXSource(
        images: try path(keys.required("images")), labels: try path(keys.required("labels")),
        classes: try classNames(keys["classes"])))
  }

  private func classNames(_ node: ConfigurationNode?) throws -> [String] {
    try node?.list("a list of names, one for each label").map { try $0.string() } ?? []
  }

  private func npy(_ node: ConfigurationNode) throws -> DataSource {
    let keys = try node.mapping(["inputs", "targets", "classes"])
    return .npy(
      NPYSource(
        inputs: try path(keys.required("inputs")), targets: try path(keys.required("targets")),
        classes: try classNames(keys["classes"])))
  }

  private func npz(_ node: ConfigurationNode) throws -> DataSource {
    let keys = try node.mapping(["path", "inputs", "targets", "classes"])
    let path = try path(keys.required("path"))
    let names = NPYSource.Names(
      inputs: try keys.required("inputs").string(), targets: try keys.required("targets").string())
    return .npy(NPYSource(inputs: path, targets: path, names: names, classes: try classNames(keys["classes"])))
  }

  private func fann(_ node: ConfigurationNode) throws -> DataSource {
    if !node.isMapping { return .fann(FANNSource(path: try path(node))) }
    return .fann(FANNSource(path: try path(node.mapping(["path"]).required("path"))))
  }

  private func generator(_ node: ConfigurationNode) throws -> GeneratorSource {
    let (name, keys) = try named(
      node,
      GeneratorSource.names.map { name in
        (name, name == "parity" ? ["bits"] : ["blobs", "spirals"].contains(name) ? ["classes"] : [])
      }, also: ["samples", "noise"])
    return GeneratorSource(
      name: name, samples: try keys?["samples"]?.int(1...Int.max),
      noise: try keys?["noise"]?.double(0 ... .infinity) ?? 0, bits: try keys?["bits"]?.int(1...16) ?? 3,
      classes: try keys?["classes"]?.int(2...32))
  }
}
