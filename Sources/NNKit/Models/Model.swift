#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// Makes a neuron of an extended type when a model is loaded: from its number of inputs, its activation, and the
/// `Neuron.settings` that it had when it was saved.
public typealias NeuronFactory<Scalar: NetworkScalar> =
  (_ inputs: Int, _ activation: Activation, _ settings: [String: Double]) throws -> Neuron<Scalar>

/// A network with what it needs to be used on raw data: how inputs were scaled, what its outputs stand for.
public struct Model<Scalar: NetworkScalar> {
  /// The network.
  public var network: Network<Scalar>
  /// What it was trained to make small.
  public var loss: Loss?
  /// What the targets were that it was trained on; nil in a model that does not say, as older ones.
  public var targetKind: TargetKind?
  /// The names of the classes that outputs stand for, if they do.
  public var classes: [String]?
  /// What stands for each class in files of samples, where that is not its name.
  public var classLabels: [String]?
  /// How much the loss of a sample counts by its class, if not all count alike.
  public var classWeights: [Double]?
  /// The columns of the table that the inputs come from, where these are not its numbers as they are.
  public var columns: [TableColumn]?
  /// What the inputs are called, if they have names: the columns of a CSV file, `Type=Thai` for a category.
  public var inputNames: [String]?
  /// What the targets are called, if they have names: one for each output, or one for a column of classes.
  public var targetNames: [String]?
  /// How inputs were scaled before the network saw them.
  public var inputScaling: Scaling?
  /// How targets were scaled: outputs are on that scale.
  public var targetScaling: Scaling?

  /// A model of a network, with what prepares its samples.
  public init(
    _ network: Network<Scalar>, loss: Loss? = nil, targetKind: TargetKind? = nil, classes: [String]? = nil,
    classLabels: [String]? = nil, classWeights: [Double]? = nil, columns: [TableColumn]? = nil,
    inputNames: [String]? = nil, targetNames: [String]? = nil, inputScaling: Scaling? = nil,
    targetScaling: Scaling? = nil
  ) {
    self.network = network
    self.loss = loss
    self.targetKind = targetKind
    self.classes = classes
    self.classLabels = classLabels
    self.classWeights = classWeights
    self.columns = columns
    self.inputNames = inputNames
    self.targetNames = targetNames
    self.inputScaling = inputScaling
    self.targetScaling = targetScaling
  }

  /// The answers to raw samples: inputs are scaled as in training, outputs brought back to the scale of raw targets.
  ///
  /// - Parameter samples: A sample each, `network.inputCount` numbers long.
  /// - Returns: As many answers, `network.outputCount` numbers long.
  /// - Throws: `NetworkError` if a sample has another length; `FunctionFailure` if a plugin reports one.
  public func outputs(for samples: [[Scalar]]) throws -> [[Scalar]] {
    if let odd = samples.firstIndex(where: { $0.count != network.inputCount }) {
      throw NetworkError("sample \(odd) has \(samples[odd].count) numbers, the network takes \(network.inputCount)")
    }
    if let problem = problemOfScaling() { throw NetworkError(problem, .model) }
    var answers: [[Scalar]] = []
    answers.reserveCapacity(samples.count)
    let size = network.samplesAtOnce
    for first in stride(from: 0, to: samples.count, by: size) {
      let some = try Matrix(Array(samples[first..<min(first + size, samples.count)]))
      answers += try self.answers(
        toScaled: inputScaling == nil ? some : scaled(Matrix<Double>(converting: some))
      ).values
    }
    return answers
  }

  /// Raw samples, a row each, as the network takes them: scaled in double precision, then rounded.
  package func scaled(_ samples: Matrix<Double>) -> Matrix<Scalar> {
    (inputScaling ?? .none).scaled(samples, as: Scalar.self)
  }

  /// The answers to scaled samples, samples × outputs and on the scale of raw targets, by one pass.
  package func answers(toScaled samples: Matrix<Scalar>) throws -> Matrix<Scalar> {
    let outputs = try network.forward(Inputs(samples: samples))
    let answers = Matrix<Scalar>(rows: samples.rows, columns: outputs.rows)
    Scalar._kernels.transpose(outputs.base, outputs.rows, outputs.columns, answers.base, outputs.rows)
    targetScaling?.undo(on: answers)
    return answers
  }

  /// Writes the model as a safetensors file, whole or not at all.
  ///
  /// Tensors: `layers.N.weights` (neurons × weight count) and `layers.N.biases` (neurons), N from 0. Metadata: the
  /// network's description as JSON under `nnkit`.
  ///
  /// - Throws: `NetworkError` for what could not be read again: numbers that are not finite, a scaling or names of another
  ///   count than inputs or outputs, extended neurons whose class names do not identify their classes; `FileError` if the
  ///   file cannot be written. A file that is there stays as it is then.
  public func write(to url: URL) throws {
    try WholeFile.write(try encoded(), to: url.filePath())
  }

  package func encoded() throws -> [UInt8] {
    if let problem = problem() ?? network.problemOfTypeNames() {
      throw NetworkError("the model cannot be saved: \(problem)", .model)
    }
    var file = Safetensors()
    try describe(in: &file)
    for parameter in network.parameters {
      file.add(parameter.value, as: parameter.name, isVector: parameter.kind == .biases)
    }
    return try file.encoded()
  }

  /// Puts all that a reader needs beside the numbers into a file's metadata; a checkpoint that has it is a model, too.
  package func describe(in file: inout Safetensors) throws {
    file.metadata["format"] = "nnkit"
    try file.setMetadata(ModelDescription(of: self), for: ModelDescription.key)
  }

  /// Reads a model.
  ///
  /// Of a checkpoint the network has the weights that the run would leave if it ended there: those of its best epoch where
  /// early stopping watches, else the newest.
  ///
  /// - Parameters:
  ///   - url: A file that `write(to:)` made, or a checkpoint of a run.
  ///   - plugins: Where its functions come from; nil for the plugins on the standard search path.
  ///   - neurons: How to make neurons of extended types, by type name.
  /// - Throws: `FileError` for a file that is not sound, `UnknownFunctionError` for a function that no plugin offers,
  ///   `NetworkError` for a neuron type that `neurons` does not have, or of which it makes another neuron; what a factory
  ///   throws.
  public init(contentsOf url: URL, plugins: Plugins? = nil, neurons: [String: NeuronFactory<Scalar>] = [:]) throws {
    try self.init(path: url.filePath(), plugins: plugins, neurons: neurons)
  }

  package init(path: String, plugins: Plugins?, neurons: [String: NeuronFactory<Scalar>] = [:]) throws {
    try self.init(Safetensors(contentsOf: path), path: path, plugins: plugins, neurons: neurons)
  }

  package init(
    _ file: Safetensors, path: String, plugins: Plugins?, neurons: [String: NeuronFactory<Scalar>] = [:]
  ) throws {
    guard file.metadata[ModelDescription.key] != nil else {
      if file.metadata[progressKey] != nil {
        throw FileError(
          path,
          "is a checkpoint of an earlier nnkit, which does not describe the network; `nnkit finish` makes a model of"
            + " its run")
      }
      throw FileError(path, "is a safetensors file, but not a model of nnkit: its metadata has no `nnkit`")
    }
    guard let description = file.metadata(ModelDescription.self, for: ModelDescription.key) else {
      throw FileError(path, "its description of the network cannot be understood")
    }
    guard 1...4 ~= description.version else {
      throw FileError(path, "its description has the version \(description.version), this nnkit knows 1 to 4")
    }
    guard description.version == 1 || file.isSealed else { throw FileError(path, "its checksum is missing") }
    let plugins = try plugins ?? Plugins()
    var layers: [Layer<Scalar>] = []
    var outputs: [Int] = []
    typealias Kind = Parameter<Scalar>.Kind
    let prefix = file.tensors[bestPrefix + Kind.weights.name(inLayer: 0)] == nil ? "" : bestPrefix
    for (index, entry) in description.layers.enumerated() {
      let wiring = try entry.wiring(path: path, layer: index)
      guard let sources = entry.layerSources(index),
        let arriving = try? sources.inputCount(of: index, inputs: description.inputs, outputs: outputs),
        arriving == wiring.window?.inputCount ?? arriving
      else { throw FileError(path, "its description of layer \(index) does not fit the layers before it") }
      let fanIn = wiring.window?.fanIn ?? arriving
      let shape = file.tensors[prefix + Kind.weights.name(inLayer: index)]?.shape
      // Both tensors are held to the description before any memory is made.
      let biasShape = try file.tensor(prefix + Kind.biases.name(inLayer: index), path: path).shape
      let kinds = try entry.kinds?.map { try $0.map { try plugins.neuron($0.name, parameters: $0.parameters ?? [:]) } }
      guard entry.fits(shape, fanIn: fanIn), [[entry.neurons], [entry.neurons, 1]].contains(biasShape),
        try Self.fit(kinds ?? [], shape, entry, fanIn: fanIn)
      else {
        throw FileError(path, "its description of layer \(index) does not fit its numbers")
      }
      layers.append(
        try Self.layer(
          entry, kinds, wiring, sources, index: index, fanIn: fanIn, weightCount: shape?.last ?? 0, plugins, neurons,
          path))
      outputs.append(layers[index].outputCount)
    }
    let network = try Network(keepingWeightsOf: layers)
    for parameter in network.parameters {
      try file.copy(prefix + parameter.name, into: parameter.value, path: path)
    }
    self.init(
      network,
      loss: try description.loss.map { try plugins.loss($0.name, parameters: $0.parameters ?? [:]) },
      targetKind: description.targetKind,
      classes: description.classes, classLabels: description.classLabels, classWeights: description.classWeights,
      columns: description.columns, inputNames: description.inputNames, targetNames: description.targetNames,
      inputScaling: description.inputScaling, targetScaling: description.targetScaling)
    if let problem = problem() { throw FileError(path, problem) }
  }

  /// Whether neurons of some kinds have as many weights as a layer's numbers say, asked before memory is made.
  private static func fit(
    _ kinds: [NeuronKind?], _ shape: [Int]?, _ entry: ModelDescription.Layer, fanIn: Int
  ) throws -> Bool {
    guard let types = entry.types, let shape else { return true }
    // Plain neurons have a weight for each input; extended ones may have more or fewer.
    let (plain, plugin) = (Neuron<Scalar>.typeName, PluginNeuron<Scalar>.typeName)
    let hasExtended = types.contains { $0 != plugin && $0 != plain }
    let counts = try kinds.compactMap { try $0?.weightCount(fanIn: fanIn) } + (types.contains(plain) ? [fanIn] : [])
    guard let greatest = counts.max() else { return true }
    return hasExtended ? greatest <= shape[1] : shape[1] == greatest
  }

  private static func layer(
    _ entry: ModelDescription.Layer, _ kinds: [NeuronKind?]?, _ wiring: Wiring, _ sources: Sources, index: Int,
    fanIn: Int, weightCount: Int, _ plugins: Plugins, _ factories: [String: NeuronFactory<Scalar>], _ path: String
  ) throws -> Layer<Scalar> {
    let activations = try entry.activations.map { try plugins.activation($0.name, parameters: $0.parameters ?? [:]) }
    let plain = Neuron<Scalar>.typeName
    let neurons = try (0..<entry.neurons).map { number -> Neuron<Scalar> in
      let activation = activations[activations.count == 1 ? 0 : number]
      let type = entry.types?[number] ?? plain
      if type == plain { return Neuron(inputs: fanIn, activation: activation) }
      if type == PluginNeuron<Scalar>.typeName, let kinds {
        guard let kind = kinds[kinds.count == 1 ? 0 : number] else {
          throw FileError(path, "neuron \(number) of layer \(index) has no kind")
        }
        return try PluginNeuron(inputs: fanIn, activation: activation, kind: kind)
      }
      guard let factory = factories[type] else {
        throw NetworkError(
          "\(path): neuron \(number) of layer \(index) is a `\(type)`, an extended neuron;"
            + " load the model in a program, with"
            + " `neurons: [\"\(type)\": { inputs, activation, settings in \(type)(inputs: inputs, activation: activation) }]`"
        )
      }
      let settings = entry.settings?[number] ?? [:]
      let neuron = try factory(fanIn, activation, settings)
      func expect<Value: Equatable>(_ what: String, _ found: Value, _ expected: Value) throws {
        if found == expected { return }
        throw NetworkError(
          "\(path): the factory for `\(type)` made neuron \(number) of layer \(index) with \(what) \(found),"
            + " the saved neuron has \(expected)", .model)
      }
      try expect("the class", Swift.type(of: neuron).typeName, type)
      try expect("the activation", neuron.activation, activation)
      try expect("a fan-in of", neuron.fanIn, fanIn)
      try expect("the settings", neuron.settings, settings)
      guard neuron.weightCount <= weightCount else {
        throw NetworkError(
          "\(path): the factory for `\(type)` made neuron \(number) of layer \(index) with \(neuron.weightCount) weights,"
            + " the saved layer has \(weightCount) a neuron", .model)
      }
      return neuron
    }
    guard let connections = entry.connectionLists(inputs: fanIn) else {
      throw FileError(path, "its description of layer \(index) has other connections than weights")
    }
    let layer = try Layer(neurons, wiring: wiring, sources: sources, connections: connections.map { .lists($0) })
    layer.dropout = entry.dropout ?? 0
    if entry.frozen?.contains("weights") == true { layer.frozen.insert(.weights) }
    if entry.frozen?.contains("biases") == true { layer.frozen.insert(.biases) }
    return layer
  }

  /// Why inputs or targets cannot be scaled, if that is so.
  private func problemOfScaling() -> String? {
    for (scaling, width) in [(inputScaling, network.inputCount), (targetScaling, network.outputCount)] {
      guard let scaling else { continue }
      for numbers in [scaling.offset, scaling.factor] where numbers.count != 1 && numbers.count != width {
        return "its scaling has \(numbers.count) numbers, expected 1 or \(width)"
      }
      guard (scaling.offset + scaling.factor).allSatisfy(\.isFinite) else {
        return "its scaling has numbers that are not finite"
      }
    }
    return nil
  }

  /// What keeps it from being read, if it was written: the same is asked of a file and before one is replaced.
  package func problem() -> String? {
    if let problem = problemOfScaling() { return problem }
    if let classes, classes.count != network.outputCount, !(classes.count <= 2 && network.outputCount == 1) {
      return "it has names of \(classes.count) classes, but \(network.outputCount) outputs"
    }
    if let classWeights, classWeights.count != classes?.count || !classWeights.allSatisfy({ $0.isFinite && $0 >= 0 }) {
      return "its weights of classes are \(classWeights), expected one for each class, at least 0"
    }
    if let columns {
      for (number, column) in columns.enumerated() {
        guard let problem = column.problem else { continue }
        return "column number \(number) of its table: \(problem)"
      }
      let count = columns.reduce(0) { $0 + $1.inputCount }
      guard count == network.inputCount else {
        return "the columns of its table give \(count) inputs, but it has \(network.inputCount)"
      }
    }
    if let inputNames, inputNames.count != network.inputCount {
      return "it has names of \(inputNames.count) inputs, but \(network.inputCount) inputs"
    }
    return network.firstNonFinite().map { parameter, neuron, value in
      "a \(parameter.kind.noun) of layer \(parameter.layer), neuron \(neuron) is \(value), not finite"
    }
  }
}

extension URL {
  /// The path of a file.
  ///
  /// - Throws: `FileError` if it is the address of something else.
  func filePath() throws -> String {
    guard isFileURL else { throw FileError(absoluteString, "is not the address of a file; expected `URL(filePath:)`") }
    return path
  }
}

extension Network {
  /// Why a model could not say by their class names which neuron is which, if that is so.
  func problemOfTypeNames() -> String? {
    var classes: [String: ObjectIdentifier] = [:]
    for (index, layer) in layers.enumerated() {
      for neuron in layer.neurons where !neuron.isPlain && neuron.pluginKind == nil {
        let type = type(of: neuron)
        let place = "neuron \(neuron.index) of layer \(index) is a \(String(reflecting: type))"
        let advice = "override `class var typeName` with another name"
        if [Neuron<Scalar>.typeName, PluginNeuron<Scalar>.typeName].contains(type.typeName) {
          return "\(place), which has the name of a class of NNKit's, `\(type.typeName)`; \(advice)"
        }
        if classes.updateValue(ObjectIdentifier(type), forKey: type.typeName) ?? ObjectIdentifier(type)
          != ObjectIdentifier(type)
        {
          return "\(place), and another class of the network has its name, `\(type.typeName)`, too; \(advice)"
        }
        guard neuron.settings.values.allSatisfy(\.isFinite) else {
          return "\(place), whose settings \(neuron.settings) are not all finite"
        }
      }
    }
    return nil
  }

  /// Reads a network that was saved by `write(to:)` or by a run; see `Model.init(contentsOf:plugins:neurons:)`.
  public convenience init(
    contentsOf url: URL, plugins: Plugins? = nil, neurons: [String: NeuronFactory<Scalar>] = [:]
  ) throws {
    let layers = try Model(contentsOf: url, plugins: plugins, neurons: neurons).network.layers
    for layer in layers { layer.network = nil }
    try self.init(keepingWeightsOf: layers)
  }

  /// Writes the network as a safetensors file, whole or not at all; see `Model.write(to:)`.
  public func write(to url: URL) throws { try Model(self).write(to: url) }
}

extension Network {
  /// How many samples are answered at once.
  ///
  /// They are so few that memory stays small, whatever their number and the positions of windows: the layers keep at most
  /// some hundred million bytes of them.
  package var samplesAtOnce: Int {
    let numbers = layers.reduce(inputCount) { $0 + $1.outputCount }
    return max(1, min(4096, 16_000_000 / numbers))
  }

  /// The network's answers to some samples, found some hundred at a time, so that many samples take little memory.
  ///
  /// - Parameter samples: A sample each, `inputCount` numbers long.
  /// - Returns: As many answers, `outputCount` numbers long.
  /// - Throws: `NetworkError` if a sample has another length; `FunctionFailure` if a plugin reports one.
  public func outputs(for samples: [[Scalar]]) throws -> [[Scalar]] {
    try Model(self).outputs(for: samples)
  }

  /// The network's answer to one sample.
  public func outputs(for sample: [Scalar]) throws -> [Scalar] { try outputs(for: [sample])[0] }
}
