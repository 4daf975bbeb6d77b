internal import NNKit

extension Configuration {
  /// The configuration as YAML with every default written out and every path absolute: run again, it does the same.
  package func resolved() throws -> String {
    try ConfigurationWriter.text(ConfigurationWriter.pairs(self))
  }

  /// The same for a file in `folder`: with paths relative to it where they lie in one project.
  package func resolved(in folder: String) throws -> String { try portable(in: folder).resolved() }

  /// The part that, beside the samples, decides the result of a training: a resumed run must have the same.
  func decisive() throws -> String {
    var configuration = self
    configuration.training.checkpoint = .automatic
    // The place of the model that the training began with does not count: a project may be moved.
    configuration.network.from = network.from.map { String($0.split(separator: "/").last ?? "") }
    return try ConfigurationWriter.text(
      ConfigurationWriter.pairs(configuration).filter { !["name", "data", "report", "communicator"].contains($0.0) })
  }

  /// The part that says how a training changes its images; nil where it does not.
  func augmentText() throws -> String? {
    guard let augment = data.augment, augment.settings.changesAnything else { return nil }
    return try ConfigurationWriter.text([("augment", ConfigurationWriter.augment(augment))])
  }

  /// The part that says which samples there are.
  func dataText() throws -> String {
    try ConfigurationWriter.text(ConfigurationWriter.pairs(self).filter { $0.0 == "data" })
  }
}

/// Writes the parts of a configuration.
private enum ConfigurationWriter {
  typealias Pair = (String, YAML.Node?)

  static func text(_ pairs: [Pair]) throws -> String {
    try YAML.serialize(mapping(pairs))
  }

  static func pairs(_ configuration: Configuration) -> [Pair] {
    [
      ("name", text(configuration.name)), ("seed", plain("\(configuration.seed)")),
      ("precision", plain(configuration.precision.rawValue)), ("engine", plain(configuration.engine.rawValue)),
      ("backend", plain(configuration.backend?.name ?? "auto")),
      ("communicator", configuration.communicator.map(communicator)),
      ("threads", configuration.threads.map { plain("\($0)") }),
      ("data", data(configuration.data)), ("network", network(configuration.network)),
      ("loss", function(configuration.loss)), ("training", training(configuration.training)),
      ("report", report(configuration)),
    ]
  }

  private static func communicator(_ communicator: CommunicatorConfiguration) -> YAML.Node {
    mapping(
      [
        ("name", text(communicator.name)), ("time_limit", number(communicator.timeLimit)),
        ("shared_memory", communicator.sharesMemory ? nil : flag(false)),
      ], flow: true)
  }

  private static func report(_ configuration: Configuration) -> YAML.Node {
    if !configuration.tensorBoard { return flag(configuration.report) }
    return mapping([("page", flag(configuration.report)), ("tensorboard", flag(true))], flow: true)
  }

  // MARK: Scalars, lists, mappings

  private static func mapping(_ pairs: [Pair], flow: Bool = false) -> YAML.Node {
    let present = pairs.compactMap { key, value in value.map { (key: plain(key), value: $0) } }
    return YAML.Node(present, isFlow: flow)
  }

  private static func plain(_ text: String) -> YAML.Node { YAML.Node(text) }
  /// A text of the user's, quoted so that it stays one whatever it says.
  private static func text(_ text: String) -> YAML.Node { YAML.Node(text, style: .quoted) }
  private static func character(_ byte: UInt8) -> YAML.Node { text(String(UnicodeScalar(byte))) }
  private static func number(_ value: Double) -> YAML.Node { plain("\(value)") }
  private static func flag(_ value: Bool) -> YAML.Node { plain(value ? "true" : "false") }
  private static func list(_ nodes: [YAML.Node], flow: Bool = true) -> YAML.Node {
    YAML.Node(nodes, isFlow: flow)
  }
  private static func numbers(_ values: [Double]) -> YAML.Node { list(values.map(number)) }

  private static func function(_ function: FunctionConfiguration) -> YAML.Node {
    if function.parameters.isEmpty { return text(function.name) }
    let parameters = function.parameters.sorted { $0.key < $1.key }.map { ($0.key, number($0.value)) as Pair }
    return mapping([("name", text(function.name))] + parameters, flow: true)
  }

  // MARK: Data

  private static func data(_ data: DataConfiguration) -> YAML.Node {
    let validation =
      switch data.validation {
      case .heldOut(let share): number(share)
      case .source(let source): self.source(source.source)
      case nil: nil as YAML.Node?
      }
    return mapping([
      ("train", source(data.train.source)), ("test", data.test.map { source($0.source) }), ("validation", validation),
      ("fold", data.fold.map(fold)), ("train_samples", data.trainSamples.map { plain("\($0.count)") }),
      ("sharding", data.shardingPlace.map { _ in plain("files") }), ("scale", scale(data)),
      ("augment", data.augment.map(augment)),
      ("class_weights", data.classWeights.map { weights($0.choice) }),
    ])
  }

  static func augment(_ augment: DataConfiguration.Augment) -> YAML.Node {
    mapping(settings(augment.settings), flow: true)
  }

  private static func fold(_ fold: DataConfiguration.Fold) -> YAML.Node {
    mapping(
      [
        ("number", plain("\(fold.number)")), ("of", plain("\(fold.count)")), ("stratified", flag(fold.isStratified)),
      ], flow: true)
  }

  private static func weights(_ choice: DataConfiguration.ClassWeights.Choice) -> YAML.Node {
    switch choice {
    case .balanced: return plain("balanced")
    case .named(let weights):
      let pairs = weights.sorted { $0.key < $1.key }.map { (key: text($0.key), value: number($0.value)) }
      return YAML.Node(pairs, isFlow: true)
    }
  }

  private static func rules<Value>(_ rules: ColumnRules<Value>, _ value: (Value) -> YAML.Node) -> YAML.Node? {
    if rules.isEmpty { return nil }
    let pairs = rules.rules.map { rule in
      let key =
        switch rule.pattern {
        case .name(let name): text(name)
        case .number(let number): plain("\(number)")
        }
      return (key: key, value: value(rule.value))
    }
    return YAML.Node(pairs, isFlow: true)
  }

  private static func kind(_ kind: ColumnKind) -> YAML.Node {
    guard case .ordered(let order) = kind else { return plain(kind.words) }
    return mapping([("ordered", list(order.map(text)))], flow: true)
  }

  private static func reference(_ column: ColumnReference) -> YAML.Node {
    switch column {
    case .name(let name): text(name)
    case .number(let number): plain("\(number)")
    }
  }

  private static func scale(_ data: DataConfiguration) -> YAML.Node? {
    guard let inputs = data.inputScale else { return nil }
    let node: YAML.Node?
    switch inputs {
    case .all(let method): node = plain(method.rawValue)
    case .columns(let methods): node = rules(methods) { plain($0.rawValue) }
    }
    if data.sharesScale { return node }
    return mapping(
      [("inputs", node), ("targets", data.targetScale.map { plain($0.rawValue) })], flow: true)
  }

  private static func source(_ source: DataSource) -> YAML.Node {
    switch source {
    case .inline(let samples):
      let nodes = samples.map {
        mapping([("input", numbers($0.input)), ("target", numbers($0.target))], flow: true)
      }
      return mapping([("inline", list(nodes, flow: false))])
    case .csv(let csv):
      let columns = { (columns: [ColumnReference]) in list(columns.map(reference)) }
      return mapping([
        (
          "csv",
          mapping([
            ("path", paths([csv.path] + csv.more)), ("header", flag(csv.header)),
            ("input", csv.input.isEmpty ? nil : columns(csv.input)), ("target", columns(csv.target)),
            ("exclude", csv.exclude.isEmpty ? nil : columns(csv.exclude)),
            ("columns", rules(csv.columns, kind)), ("missing", rules(csv.missing) { plain($0.rawValue) }),
            ("missing_marks", csv.missingMarks.isEmpty ? nil : list(csv.missingMarks.map(text))),
            ("unseen", rules(csv.unseen) { plain($0.rawValue) }),
            ("sample_weight", csv.sampleWeight.map(reference)), ("separator", csv.separator.map(character)),
            ("decimal", csv.decimal == UInt8(ascii: ".") ? nil : character(csv.decimal)),
          ])
        )
      ])
    case .idx, .npy, .fann, .several: return files(source)
    case .generator(let generator):
      return mapping([
        (
          "generator",
          mapping(
            [
              ("name", plain(generator.name)), ("samples", generator.samples.map { plain("\($0)") }),
              ("noise", number(generator.noise)),
              ("bits", generator.name == "parity" ? plain("\(generator.bits)") : nil),
              ("classes", generator.classes.map { plain("\($0)") }),
            ], flow: true)
        )
      ])
    }
  }

  private static func paths(_ paths: [String]) -> YAML.Node {
    paths.count == 1 ? text(paths[0]) : list(paths.map(text), flow: false)
  }

  /// Files of one format.
  private static func files(_ source: DataSource) -> YAML.Node {
    let sources = if case .several(let sources) = source { sources } else { [source] }
    func names(_ classes: [String]) -> YAML.Node? { classes.isEmpty ? nil : list(classes.map(text)) }
    let idx = sources.compactMap { if case .idx(let idx) = $0 { idx } else { nil } }
    if let first = idx.first {
      let (images, labels) = (paths(idx.map(\.images)), paths(idx.map(\.labels)))
      return mapping([("idx", mapping([("images", images), ("labels", labels), ("classes", names(first.classes))]))])
    }
    let npy = sources.compactMap { if case .npy(let npy) = $0 { npy } else { nil } }
    guard let first = npy.first else {
      let fann = sources.compactMap { if case .fann(let fann) = $0 { fann.path } else { nil } }
      return mapping([("fann", mapping([("path", paths(fann))]))])
    }
    let (inputs, classes) = (paths(npy.map(\.inputs)), names(first.classes))
    guard let arrays = first.names else {
      return mapping([
        ("npy", mapping([("inputs", inputs), ("targets", paths(npy.map(\.targets))), ("classes", classes)]))
      ])
    }
    return mapping([
      (
        "npz",
        mapping([
          ("path", inputs), ("inputs", text(arrays.inputs)), ("targets", text(arrays.targets)), ("classes", classes),
        ])
      )
    ])
  }

  // MARK: Network

  private static func network(_ network: NetworkConfiguration) -> YAML.Node {
    mapping([
      ("inputs", network.inputs.map { plain("\($0)") }), ("image", network.image.map(image)),
      ("from", network.from.map(text)),
      ("layers", network.layers.isEmpty ? nil : list(network.layers.map(layer), flow: false)),
    ])
  }

  private static func layer(_ layer: LayerConfiguration) -> YAML.Node {
    let frozen = [("weights", FrozenParameters.weights), ("biases", .biases)].filter { layer.frozen.contains($0.1) }
    let kinds = layer.kinds.map(functions)
    return mapping(
      [
        ("pool", layer.isPool ? kinds : nil), ("neurons", layer.isPool ? nil : plain("\(layer.neurons)")),
        ("neuron", layer.isPool ? nil : kinds), ("activation", functions(layer.activations)),
      ] + wiring(layer) + [
        ("initializer", layer.initializer.map(initializer)),
        ("weights", layer.weights.map { list($0.map(numbers)) }), ("biases", layer.biases.map(numbers)),
        ("frozen", frozen.isEmpty ? nil : list(frozen.map { plain($0.0) })),
      ])
  }

  private static func image(_ image: SampleShape) -> YAML.Node {
    mapping(
      [
        ("channels", plain("\(image.channels)")), ("height", plain("\(image.size.height)")),
        ("width", plain("\(image.size.width)")),
      ], flow: true)
  }

  /// What a layer has beside the keys of a dense one that has all its inputs from the layer before.
  private static func wiring(_ layer: LayerConfiguration) -> [Pair] {
    func size(_ size: ImageSize) -> YAML.Node {
      size.height == size.width ? plain("\(size.height)") : list([plain("\(size.height)"), plain("\(size.width)")])
    }
    func source(_ source: Source) -> YAML.Node {
      if case .layer(let number) = source { plain("\(number)") } else { plain("inputs") }
    }
    var pairs: [Pair] = []
    if let window = layer.window {
      let kernel = if case .size(let kernel) = window.kernel { size(kernel) } else { plain("all") }
      let padding: YAML.Node? =
        switch window.padding {
        case .same: plain("same")
        case .sides(0): nil
        case .sides(let padding): size(ImageSize(height: padding.top, width: padding.left))
        }
      pairs += [
        ("kernel", kernel), ("stride", window.stride.map(size)), ("padding", padding),
        ("dilation", window.dilation == 1 ? nil : size(window.dilation)),
        ("groups", window.groups == 1 ? nil : plain("\(window.groups)")),
      ]
    }
    switch layer.sources {
    case .previous: break
    case .all: pairs.append(("sources", plain("all")))
    case .concatenated(let sources): pairs.append(("sources", list(sources.map(source))))
    case .added(let sources): pairs += [("sources", list(sources.map(source))), ("join", plain("add"))]
    }
    switch layer.connections {
    case .rate(let rate): pairs.append(("connections", mapping([("rate", number(rate))], flow: true)))
    case .lists(let lists):
      pairs.append(("connections", list(lists.map { list($0.map { plain("\($0)") }) })))
    case nil: break
    }
    if layer.dropout > 0 { pairs.append(("dropout", number(layer.dropout))) }
    return pairs
  }

  private static func functions(_ functions: [FunctionConfiguration]) -> YAML.Node {
    functions.count == 1 ? function(functions[0]) : list(functions.map(function))
  }

  private static func initializer(_ initializer: Initializer) -> YAML.Node {
    switch initializer {
    case .zeros: plain("zeros")
    case .constant(let value): mapping([("name", plain("constant")), ("value", number(value))], flow: true)
    case .normal(let mean, let deviation):
      mapping([("name", plain("normal")), ("mean", number(mean)), ("deviation", number(deviation))], flow: true)
    case .uniform(let minimum, let maximum):
      mapping([("name", plain("uniform")), ("minimum", number(minimum)), ("maximum", number(maximum))], flow: true)
    case .glorotNormal: plain("glorot_normal")
    case .glorotUniform: plain("glorot_uniform")
    case .heNormal: plain("he_normal")
    case .heUniform: plain("he_uniform")
    case .lecunNormal: plain("lecun_normal")
    }
  }

  // MARK: Training

  private static func training(_ training: TrainingConfiguration) -> YAML.Node {
    let parts = TrainingSettings.parts.map { part -> Pair in
      (part.name, part.value(in: training.settings).map { mapping(settings($0), flow: true) })
    }
    let rest: [Pair] = [
      ("schedule", selected(training.schedule.shape, settings(training.schedule))),
      ("early_stopping", training.earlyStopping.map { mapping(settings($0), flow: true) }),
      ("checkpoint", checkpoint(training.checkpoint)), ("cascade", training.cascade.map(cascade)),
    ]
    // How many epochs there are, and of which batches, a cascade decides.
    let own = training.cascade == nil ? settings(training.settings) : []
    return mapping(own + [("optimizer", selected(training.optimizer))] + parts + rest)
  }

  private static func cascade(_ cascade: CascadeConfiguration) -> YAML.Node {
    mapping(
      settings(cascade.settings) + [
        ("activations", list(cascade.activations.map(function))),
        ("steepnesses", list(cascade.steepnesses.map(number))),
        ("output", mapping(settings(cascade.settings.output), flow: true)),
        ("candidate", mapping(settings(cascade.settings.candidate), flow: true)),
      ])
  }

  private static func checkpoint(_ rule: CheckpointRule) -> YAML.Node {
    switch rule {
    case .automatic: plain("automatic")
    case .every(let epochs, let seconds):
      mapping([("epochs", epochs.map { plain("\($0)") }), ("seconds", seconds.map(number))], flow: true)
    }
  }

  /// The settings of what is selected by its name, after the name.
  private static func selected<Value: NamedConfigurable>(_ value: Value, _ more: [Pair] = []) -> YAML.Node {
    mapping([("name", plain(Value.name))] + settings(value) + more, flow: true)
  }

  private static func settings<Value: Configurable>(_ value: Value) -> [Pair] {
    Value.settings.map { ($0.name, $0.value(in: value).map { plain("\($0)") }) }
  }
}
