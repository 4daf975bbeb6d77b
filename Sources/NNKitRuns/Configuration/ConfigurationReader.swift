internal import NNKit

extension Configuration {
  /// Reads a configuration file.
  ///
  /// - Parameters:
  ///   - path: YAML, of which JSON is a subset. Paths in it are relative to its folder.
  ///   - overrides: Values that take the place of the file's.
  ///   - formerly: The folder in which the file lay when it was written: paths that lead nowhere now may lead there.
  /// - Throws: `FileError`, `ConfigurationError`.
  package init(contentsOf path: String, overrides: [Override] = [], formerly: String? = nil) throws {
    try self.init(contentsOf: path, overrides, formerly, isOfRun: EarlierKeys.isInRunFolder(path))
  }

  /// Reads a run's configuration, by whatever version of nnkit it was written.
  package init(of folder: RunFolder, overrides: [Override] = []) throws {
    try self.init(contentsOf: folder.configuration, overrides, nil, isOfRun: true)
  }

  private init(contentsOf path: String, _ overrides: [Override], _ formerly: String?, isOfRun: Bool) throws {
    let bytes = try WholeFile.read(path)
    // Some editors begin a text with a byte order mark, which the parser would take for its first key.
    let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    guard let text = String(validating: bytes[start...], as: UTF8.self) else {
      throw ConfigurationError(path, "the configuration is not UTF-8 text")
    }
    try self.init(text, file: path, overrides: overrides, formerly: formerly, isOfRun: isOfRun)
  }

  /// Reads a configuration from text; `file` is what errors call it, and what paths are relative to.
  ///
  /// `isOfRun` says that nnkit wrote it into a run folder, perhaps with keys that have other names now.
  package init(
    _ text: String, file: String, overrides: [Override] = [], formerly: String? = nil, isOfRun: Bool = false
  ) throws {
    var root = try Self.compose(text, file)
    if isOfRun { root = EarlierKeys.replaced(in: root) }
    for override in overrides { root = try override.applied(to: root) }
    let document = ConfigurationNode.Document(
      file: file, overrides: Dictionary(overrides.map { ($0.path, $0.value) }) { _, last in last })
    let top = ConfigurationNode(node: root, path: "", document: document)
    let reader = ConfigurationReader(file: file, formerly: formerly)
    let keys = try top.mapping([
      "name", "seed", "precision", "engine", "backend", "communicator", "threads", "data", "network", "loss",
      "training",
      "report", "sweep",
    ])
    name = try keys["name"].map { try reader.runName($0) } ?? reader.defaultName
    if let node = keys["seed"] { seed = try node.unsigned() }
    if let node = keys["precision"] { precision = try node.choice(Precision.self) }
    if let node = keys["engine"] { engine = try node.choice(Engine.self) }
    if let node = keys["backend"] {
      let name = try node.string()
      if name != "auto" { backend = FunctionConfiguration(name: name, place: reader.place(node)) }
    }
    communicator = try keys["communicator"].flatMap { try reader.communicator($0) }
    if let node = keys["threads"] { threads = try node.int(1...1024) }
    if let node = keys["report"] {
      if node.isMapping {
        let parts = try node.mapping(["page", "tensorboard"])
        report = try parts["page"]?.bool() ?? true
        tensorBoard = try parts["tensorboard"]?.bool() ?? false
      } else {
        report = try node.bool()
      }
    }
    sweep = try keys["sweep"].map { try reader.sweep($0) }
    data = try reader.data(keys.required("data"))
    network = try reader.network(keys.required("network"))
    loss = try reader.function(keys.required("loss"))
    training = try keys["training"].map { try reader.training($0) } ?? TrainingConfiguration()
  }

  private static func compose(_ text: String, _ file: String) throws -> YAML.Node {
    func place(_ mark: YAML.Mark?) -> String { mark.map { "\(file):\($0.line):\($0.column)" } ?? file }
    do {
      guard let root = try YAMLText.compose(text) else {
        throw ConfigurationError(file, "the configuration is empty")
      }
      return root
    } catch let error as YAMLText.AliasError {
      throw ConfigurationError(file, "\(error)")
    } catch let error as YAML.SyntaxError {
      if let tab = YAMLText.tab(in: text, before: error) {
        throw ConfigurationError(
          "\(file):\(tab.line):\(tab.column)",
          "the line is indented with a tab, and YAML takes spaces alone; put spaces in its place")
      }
      throw ConfigurationError(
        place(error.mark), error.mark == nil ? "not YAML that can be read" : "not YAML: \(error.problem)")
    } catch let error as YAML.DuplicateKeyError {
      throw ConfigurationError(place(error.mark), "the key `\(error.key)` is given twice")
    }
  }
}

/// Reads the parts of a configuration.
struct ConfigurationReader {
  let file: String
  let formerly: String?

  var defaultName: String {
    let base = file.split(separator: "/").last.map(String.init) ?? "run"
    return base.lastIndex(of: ".").map { $0 > base.startIndex ? String(base[..<$0]) : base } ?? base
  }

  /// A run's name is part of a folder's name.
  func runName(_ node: ConfigurationNode) throws -> String {
    let name = try node.string()
    guard !name.contains("/"), !name.hasPrefix("."), name.utf8.count <= 100 else {
      throw node.expected("a name without `/`, not beginning with a dot, of at most 100 bytes")
    }
    return name
  }

  /// An absolute path: relative to the file's folder, or to the shell's where `--set` gave it; `~` for the home folder.
  func path(_ node: ConfigurationNode) throws -> String {
    let path = resolvedPath(try node.string(), besides: node.isSet ? "./--set" : file)
    guard let formerly, !node.isSet, !isThere(path) else { return path }
    let former = resolvedPath(try node.string(), besides: "\(formerly)/config.yaml")
    return isThere(former) ? former : path
  }

  func place(_ node: ConfigurationNode) -> Place { Place(description: node.place) }

  /// `mpi`, or `{name: mpi, time_limit: 30}`; nil for `none`.
  func communicator(_ node: ConfigurationNode) throws -> CommunicatorConfiguration? {
    guard node.isMapping else {
      let name = try node.string()
      return name == Communicator.noneName ? nil : CommunicatorConfiguration(name: name, place: place(node))
    }
    let keys = try node.mapping(["name", "time_limit", "shared_memory"])
    var communicator = CommunicatorConfiguration(name: try keys.required("name").string(), place: place(node))
    if let limit = keys["time_limit"] {
      communicator.timeLimit = try limit.double(0.1...86_400, "a number of seconds, from 0.1 to 86400")
    }
    if let shares = keys["shared_memory"] { communicator.sharesMemory = try shares.bool() }
    return communicator.name == Communicator.noneName ? nil : communicator
  }

  /// `relu`, or `{name: leaky_relu, slope: 0.1}`.
  func function(_ node: ConfigurationNode) throws -> FunctionConfiguration {
    if !node.isMapping { return FunctionConfiguration(name: try node.string(), place: place(node)) }
    let keys = try node.mapping()
    let name = try keys.required("name")
    var function = FunctionConfiguration(name: try name.string(), place: place(name))
    for (key, keyNode) in keys.keys where key != "name" {
      guard let value = keys[key] else { continue }
      function.parameters[key] = try value.double()
      function.parameterPlaces[key] = place(
        ConfigurationNode(node: keyNode, path: value.path, document: node.document))
    }
    return function
  }

  /// A name alone, or a mapping with a `name` and the keys that go with it.
  func named(
    _ node: ConfigurationNode, _ known: [(name: String, keys: [String])], also common: [String] = []
  ) throws -> (name: String, keys: ConfigurationMapping?) {
    let names = known.map(\.name)
    if !node.isMapping { return (try node.name(among: names), nil) }
    let name = try node.mapping().required("name").name(among: names)
    let keys = known.first { $0.name == name }?.keys ?? []
    return (name, try node.mapping(["name"] + keys + common))
  }
}
