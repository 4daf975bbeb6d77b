internal import NNKit

extension ConfigurationReader {
  func data(_ node: ConfigurationNode) throws -> DataConfiguration {
    let keys = try node.mapping([
      "train", "test", "validation", "scale", "augment", "class_weights", "fold", "train_samples", "sharding",
    ])
    var data = DataConfiguration(train: try source(keys.required("train")), place: place(node))
    data.test = try keys["test"].map { try source($0) }
    data.classWeights = try keys["class_weights"].map { try classWeights($0) }
    data.validationPlace = keys["validation"].map(place)
    if let validation = keys["validation"] {
      data.validation = validation.isMapping ? .source(try source(validation)) : try heldOut(validation)
    }
    if let node = keys["fold"] {
      data.fold = try fold(node)
      if data.validation != nil {
        throw node.error("`data.fold` and `data.validation` both say what is held out; leave one out")
      }
    }
    if let node = keys["train_samples"] {
      data.trainSamples = DataConfiguration.SampleCount(count: try node.int(1...Int.max), place: place(node))
    }
    if let node = keys["augment"] {
      data.augment = DataConfiguration.Augment(settings: try settings(of: Augmentation(), in: node), place: place(node))
    }
    if let scale = keys["scale"] {
      data.scalePlace = place(scale)
      if !scale.isMapping {
        data.inputScale = .all(try scale.choice(ScaleMethod.self))
        data.sharesScale = true
      } else if let parts = try inputsAndTargets(scale) {
        data.inputScale = try parts["inputs"].map { try inputScale($0) } ?? .all(.none)
        data.targetScale = try parts["targets"]?.choice(ScaleMethod.self)
        if let targets = parts["targets"] { data.scalePlace = place(targets) }
      } else {
        data.inputScale = try inputScale(scale)
      }
    }
    data.test = try data.test.map { try followed($0, data.train, keys["test"]) }
    if case .source(let source) = data.validation {
      data.validation = .source(try followed(source, data.train, keys["validation"]))
    }
    if let node = keys["sharding"], try node.name(among: ["none", "files"]) == "files" {
      data.shardingPlace = place(node)
      try checkSharding(data, node)
    }
    return data
  }

  /// Refuses what needs all training rows at once, where each rank reads its own.
  private func checkSharding(_ data: DataConfiguration, _ node: ConfigurationNode) throws {
    if data.train.source.parts.count < 2 {
      throw node.error(
        "`files` shares out the files of `data.train` among ranks, but it is a single source; give a list of files, or a"
          + " pattern such as part-*.csv")
    }
    let refused: [(key: String, isThere: Bool)] = [
      ("fold", data.fold != nil), ("train_samples", data.trainSamples != nil),
      ("validation: SHARE", data.validation.map { if case .heldOut = $0 { true } else { false } } ?? false),
    ]
    if let (key, _) = refused.first(where: \.isThere) {
      throw node.error(
        "`data.\(key)` chooses among all training rows, but with `files` each rank reads its own; give files for"
          + " `validation`, which all ranks read")
    }
    guard data.test != nil || data.validation != nil else {
      throw node.error(
        "with `files` no rank reads all training rows, so the model is measured on others; give `data.test` or"
          + " `data.validation`, files that all ranks read")
    }
    var methods = [data.targetScale]
    switch data.inputScale {
    case .all(let method)?: methods.append(method)
    case .columns(let rules)?: methods += rules.rules.map(\.value)
    case nil: break
    }
    if methods.contains(.robust) {
      throw ConfigurationError(
        (data.scalePlace ?? data.place).description,
        "`robust` needs all training rows in order, but with `sharding: files` each rank reads its own; use standard or"
          + " unit")
    }
  }

  private func fold(_ node: ConfigurationNode) throws -> DataConfiguration.Fold {
    let keys = try node.mapping(["number", "of", "stratified"])
    let count = try keys.required("of").int(2...Int.max)
    return DataConfiguration.Fold(
      number: try keys.required("number").int(1...count), count: count,
      isStratified: try keys["stratified"]?.bool() ?? false, place: place(node))
  }

  /// `{inputs: …, targets: …}`; nil where the keys are columns.
  private func inputsAndTargets(_ node: ConfigurationNode) throws -> ConfigurationMapping? {
    let all = try node.mapping()
    let names = ["inputs", "targets"]
    if all.keys.allSatisfy({ names.contains($0.0) }) { return all }
    if let (key, keyNode) = all.keys.first(where: { names.contains($0.0) }) {
      throw ConfigurationNode(node: keyNode, path: "\(node.path).\(key)", document: node.document).error(
        "`\(key)` stands beside columns; give the columns in `inputs`: `scale: {inputs: {age: standard}, targets: none}`"
      )
    }
    return all.keys.isEmpty ? all : nil
  }

  private func inputScale(_ node: ConfigurationNode) throws -> DataConfiguration.InputScale {
    if !node.isMapping { return .all(try node.choice(ScaleMethod.self)) }
    return .columns(try rules(node) { try $0.choice(ScaleMethod.self) })
  }

  private func classWeights(_ node: ConfigurationNode) throws -> DataConfiguration.ClassWeights {
    guard node.isMapping else {
      guard node.text == "balanced" else { throw node.expected("balanced, or a mapping from classes to their weights") }
      return DataConfiguration.ClassWeights(choice: .balanced, place: place(node))
    }
    let weights = try node.mapping().values.mapValues {
      try $0.double(0...Double.greatestFiniteMagnitude, "a number >= 0")
    }
    return DataConfiguration.ClassWeights(choice: .named(weights), place: place(node))
  }

  /// Samples are read as the training samples are: what is said of these columns is not said again.
  private func followed(
    _ source: DataConfiguration.Source, _ train: DataConfiguration.Source, _ node: ConfigurationNode?
  ) throws -> DataConfiguration.Source {
    guard case .csv(var csv) = source.source else { return source }
    var own = CSVSource(path: "", header: true, target: [])
    if case .csv(let csv) = train.source { own = csv }
    for (key, isOther) in [
      ("columns", !csv.columns.isEmpty && csv.columns != own.columns),
      ("missing", !csv.missing.isEmpty && csv.missing != own.missing),
      ("unseen", !csv.unseen.isEmpty && csv.unseen != own.unseen),
    ] where isOther {
      throw ConfigurationError(
        source.place.description,
        "`\(key)` is said of other samples than those to train on, and is not as there; these are read as the training"
          + " samples are, so leave it out here")
    }
    (csv.missing, csv.unseen) = (ColumnRules(), ColumnRules())
    // Without names, which columns are skipped is all that says what is left.
    csv.columns = csv.header ? ColumnRules() : ColumnRules(own.columns.rules.filter { $0.value == .skip })
    if csv.missingMarks.isEmpty { csv.missingMarks = own.missingMarks }
    var source = source
    source.source = .csv(csv)
    return source
  }

  /// What is said of columns: of all at once, or by names, patterns and numbers.
  private func rules<Value: Equatable & Sendable>(
    _ node: ConfigurationNode, _ value: (ConfigurationNode) throws -> Value
  ) throws -> ColumnRules<Value> {
    if !node.isMapping { return ColumnRules(all: try value(node), at: place(node)) }
    let all = try node.mapping()
    guard !all.keys.isEmpty else { throw node.expected("at least one column") }
    return ColumnRules(
      try all.keys.compactMap { key, keyNode in
        guard let found = all[key] else { return nil }
        var pattern = ColumnPattern.name(key)
        if let scalar = keyNode.scalar, scalar.style == .plain, let number = Int(scalar.string) {
          pattern = .number(number)
        }
        let own = ConfigurationNode(node: keyNode, path: found.path, document: node.document)
        guard !key.isEmpty else { throw own.expected("a column's name or its number from 0") }
        return ColumnRules.Rule(pattern: pattern, value: try value(found), place: place(own))
      })
  }

  private func columnKind(_ node: ConfigurationNode) throws -> ColumnKind {
    let words = "\(ColumnKind.names.joined(separator: ", ")) or {ordered: [lowest, …, highest]}"
    if node.isMapping {
      let labels = try node.mapping(["ordered"]).required("ordered").list("a list of categories, the lowest first")
      let names = try labels.map { try $0.string() }
      if let twice = names.indices.first(where: { names[..<$0].contains(names[$0]) }) {
        throw labels[twice].error("the category \(shown(names[twice])) is given twice; give it once")
      }
      guard names.count > 1 else {
        throw try node.mapping().required("ordered").expected("at least two categories, the lowest first")
      }
      return .ordered(names)
    }
    switch node.text {
    case "categorical": return .categorical
    case "number": return .number
    case "timestamp": return .timestamp
    case "skip": return .skip
    default:
      let near = node.text.flatMap { nearestNames(to: $0, in: ColumnKind.names).first }
      throw node.expected(words + (near.map { "; did you mean `\($0)`?" } ?? ""))
    }
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
    let keys = try node.mapping([
      "path", "header", "input", "target", "exclude", "columns", "missing", "missing_marks", "unseen", "sample_weight",
      "separator", "decimal",
    ])
    let files = try paths(keys.required("path"))
    var source = CSVSource(
      path: files[0], header: try keys["header"]?.bool() ?? true,
      input: try keys["input"].map { try columns($0) } ?? [], target: try columns(keys.required("target")),
      exclude: try keys["exclude"].map { try columns($0) } ?? [],
      separator: try keys["separator"].map { try character($0, "a character that separates cells, such as \";\"") },
      decimal: try keys["decimal"].map { try character($0, "\".\" or \",\"") } ?? UInt8(ascii: "."))
    for key in ["input", "target", "exclude", "sample_weight"] { source.places[key] = keys[key].map(place) }
    source.more = Array(files.dropFirst())
    if let node = keys["columns"] {
      guard node.isMapping else { throw node.expected("a mapping from columns to what they hold") }
      source.columns = try rules(node) { try columnKind($0) }
    }
    source.missing =
      try keys["missing"].map { try rules($0) { try $0.choice(TableColumn.Missing.self) } } ?? ColumnRules()
    source.unseen = try keys["unseen"].map { try rules($0) { try $0.choice(UnseenRule.self) } } ?? ColumnRules()
    if let node = keys["missing_marks"] {
      source.missingMarks = try (node.isList ? node.list() : [node]).map { try $0.string() }
    }
    if let node = keys["sample_weight"] {
      if node.isList { throw node.expected("one column's name or its number from 0") }
      source.sampleWeight = try columns(node).first
    }
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
    let classes = try classNames(keys["classes"])
    return several(
      try pairs(keys, "images", "labels").map { .idx(IDXSource(images: $0, labels: $1, classes: classes)) })
  }

  /// Files, a list of them, or what stands for some as in a shell: `part-*.csv`.
  private func paths(_ node: ConfigurationNode) throws -> [String] {
    let texts = node.isList ? try node.list("a path, or a list of paths") : [node]
    if texts.isEmpty { throw node.expected("a path, or a list with at least one") }
    return try texts.flatMap { text in
      let found = files(matching: try path(text))
      if found.isEmpty { throw text.error("no file matches \(shown(try text.string()))") }
      return found
    }
  }

  /// As many files of one kind as of the other, each with its own.
  private func pairs(
    _ keys: ConfigurationMapping, _ one: String, _ other: String
  ) throws -> [(String, String)] {
    let (first, second) = (try paths(keys.required(one)), try paths(keys.required(other)))
    guard first.count == second.count else {
      throw try keys.required(other).error(
        "found \(second.count) files, but \(first.count) in `\(one)`; each needs its own, in the same order")
    }
    return Array(zip(first, second))
  }

  private func several(_ sources: [DataSource]) -> DataSource { sources.count == 1 ? sources[0] : .several(sources) }

  private func classNames(_ node: ConfigurationNode?) throws -> [String] {
    try node?.list("a list of names, one for each label").map { try $0.string() } ?? []
  }

  private func npy(_ node: ConfigurationNode) throws -> DataSource {
    let keys = try node.mapping(["inputs", "targets", "classes"])
    let classes = try classNames(keys["classes"])
    return several(
      try pairs(keys, "inputs", "targets").map { .npy(NPYSource(inputs: $0, targets: $1, classes: classes)) })
  }

  private func npz(_ node: ConfigurationNode) throws -> DataSource {
    let keys = try node.mapping(["path", "inputs", "targets", "classes"])
    let names = NPYSource.Names(
      inputs: try keys.required("inputs").string(), targets: try keys.required("targets").string())
    let classes = try classNames(keys["classes"])
    return several(
      try paths(keys.required("path")).map {
        .npy(NPYSource(inputs: $0, targets: $0, names: names, classes: classes))
      })
  }

  private func fann(_ node: ConfigurationNode) throws -> DataSource {
    let node = node.isMapping ? try node.mapping(["path"]).required("path") : node
    return several(try paths(node).map { .fann(FANNSource(path: $0)) })
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
