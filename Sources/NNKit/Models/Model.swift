#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

/// Makes a neuron of an extended type when a model is loaded, from its number of inputs and its activation.
public typealias NeuronFactory<Scalar: NetworkScalar> = (_ inputs: Int, _ activation: Activation) -> Neuron<Scalar>

/// A network with what it needs to be used on raw data: how inputs were scaled, what its outputs stand for.
public struct Model<Scalar: NetworkScalar> {
  public var network: Network<Scalar>
  /// What it was trained to make small.
  public var loss: Loss?
  /// What the targets were that it was trained on; nil in a model that does not say, as older ones.
  public var targetKind: TargetKind?
  /// The names of the classes that outputs stand for, if they do.
  public var classes: [String]?
  /// What stands for each class in files of samples, where that is not its name.
  public var classLabels: [String]?
  /// What the inputs are called, if they have names: the columns of a CSV file.
  public var inputNames: [String]?
  /// What the targets are called, if they have names: one for each output, or one for a column of classes.
  public var targetNames: [String]?
  /// How inputs were scaled before the network saw them.
  public var inputScaling: Scaling?
  /// How targets were scaled: outputs are on that scale.
  public var targetScaling: Scaling?

  public init(
    _ network: Network<Scalar>, loss: Loss? = nil, targetKind: TargetKind? = nil, classes: [String]? = nil,
    classLabels: [String]? = nil, inputNames: [String]? = nil, targetNames: [String]? = nil,
    inputScaling: Scaling? = nil, targetScaling: Scaling? = nil
  ) {
    self.network = network
    self.loss = loss
    self.targetKind = targetKind
    self.classes = classes
    self.classLabels = classLabels
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
    if samples.isEmpty { return [] }
    if let odd = samples.firstIndex(where: { $0.count != network.inputCount }) {
      throw NetworkError("sample \(odd) has \(samples[odd].count) numbers, the network takes \(network.inputCount)")
    }
    let inputs = Matrix(samples)
    inputScaling?.apply(to: inputs)
    let outputs = Matrix(try network.outputs(for: inputs.values))
    targetScaling?.undo(on: outputs)
    return outputs.values
  }

  /// Writes the model as a safetensors file, whole or not at all.
  ///
  /// Tensors: `layers.N.weights` (neurons × weight count) and `layers.N.biases` (neurons), N from 0. Metadata: the
  /// network's description as JSON under `nnkit`.
  public func write(to url: URL) throws {
    try WholeFile.write(try encoded(), to: url.path)
  }

  package func encoded() throws -> [UInt8] {
    var file = Safetensors()
    file.metadata["format"] = "nnkit"
    try file.setMetadata(ModelDescription(of: self), for: ModelDescription.key)
    for (index, layer) in network.layers.enumerated() {
      file.add(layer.weights, as: "layers.\(index).weights")
      file.add(layer.biases, as: "layers.\(index).biases", isVector: true)
    }
    return try file.encoded()
  }

  /// Reads a model.
  ///
  /// - Parameters:
  ///   - url: A file that `write(to:)` made.
  ///   - plugins: Where its functions come from; nil for the plugins on the standard search path.
  ///   - neurons: How to make neurons of extended types, by type name.
  /// - Throws: `FileError` for a file that is not sound, `UnknownFunctionError` for a function that no plugin offers,
  ///   `NetworkError` for a neuron type that `neurons` does not have.
  public init(contentsOf url: URL, plugins: Plugins? = nil, neurons: [String: NeuronFactory<Scalar>] = [:]) throws {
    try self.init(path: url.path, plugins: plugins, neurons: neurons)
  }

  package init(path: String, plugins: Plugins?, neurons: [String: NeuronFactory<Scalar>] = [:]) throws {
    try self.init(Safetensors(contentsOf: path), path: path, plugins: plugins, neurons: neurons)
  }

  package init(
    _ file: Safetensors, path: String, plugins: Plugins?, neurons: [String: NeuronFactory<Scalar>] = [:]
  ) throws {
    guard file.metadata[ModelDescription.key] != nil else {
      throw FileError(path, "is a safetensors file, but not a model of nnkit: its metadata has no `nnkit`")
    }
    guard let description = file.metadata(ModelDescription.self, for: ModelDescription.key) else {
      throw FileError(path, "its description of the network cannot be understood")
    }
    guard 1...2 ~= description.version else {
      throw FileError(path, "its description has the version \(description.version), this nnkit knows 1 and 2")
    }
    guard description.version == 1 || file.isSealed else { throw FileError(path, "its checksum is missing") }
    let plugins = try plugins ?? Plugins()
    var layers: [Layer<Scalar>] = []
    var fanIn = description.inputs
    for (index, entry) in description.layers.enumerated() {
      let shape = file.tensors["layers.\(index).weights"]?.shape
      let kinds = try entry.kinds?.map { try $0.map { try plugins.neuron($0.name, parameters: $0.parameters ?? [:]) } }
      guard entry.fits(shape, fanIn: fanIn), try Self.fit(kinds ?? [], shape, entry, fanIn: fanIn) else {
        throw FileError(path, "its description of layer \(index) does not fit its numbers")
      }
      let layer = try Self.layer(entry, kinds, index: index, fanIn: fanIn, plugins, neurons, path)
      try file.copy("layers.\(index).weights", into: layer.weights, path: path)
      try file.copy("layers.\(index).biases", into: layer.biases, path: path)
      layers.append(layer)
      fanIn = entry.neurons
    }
    self.init(
      try Network(layers: layers),
      loss: try description.loss.map { try plugins.loss($0.name, parameters: $0.parameters ?? [:]) },
      targetKind: description.targetKind,
      classes: description.classes, classLabels: description.classLabels, inputNames: description.inputNames,
      targetNames: description.targetNames, inputScaling: description.inputScaling,
      targetScaling: description.targetScaling)
    try checkScaling(path)
  }

  /// Whether neurons of some kinds have as many weights as a layer's numbers say, asked before memory is made.
  private static func fit(
    _ kinds: [NeuronKind?], _ shape: [Int]?, _ entry: ModelDescription.Layer, fanIn: Int
  ) throws -> Bool {
    guard let types = entry.types, let shape,
      let greatest = try kinds.compactMap({ try $0?.weightCount(fanIn: fanIn) }).max()
    else { return true }
    // Extended neurons may have more weights; plain ones have one for each input.
    let plugin = PluginNeuron<Scalar>.typeName
    if types.contains(where: { $0 != plugin && $0 != Neuron<Scalar>.typeName }) { return greatest <= shape[1] }
    return shape[1] == (types.contains { $0 != plugin } ? max(greatest, fanIn) : greatest)
  }

  private static func layer(
    _ entry: ModelDescription.Layer, _ kinds: [NeuronKind?]?, index: Int, fanIn: Int, _ plugins: Plugins,
    _ factories: [String: NeuronFactory<Scalar>], _ path: String
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
            + " load the model in a program, with `neurons: [\"\(type)\": { \(type)(inputs: $0, activation: $1) }]`")
      }
      return factory(fanIn, activation)
    }
    let layer = try Layer(neurons)
    if entry.frozen?.contains("weights") == true { layer.frozen.insert(.weights) }
    if entry.frozen?.contains("biases") == true { layer.frozen.insert(.biases) }
    return layer
  }

  private func checkScaling(_ path: String) throws {
    for (scaling, width) in [(inputScaling, network.inputCount), (targetScaling, network.outputCount)] {
      guard let scaling else { continue }
      for numbers in [scaling.offset, scaling.factor] where numbers.count != 1 && numbers.count != width {
        throw FileError(path, "its scaling has \(numbers.count) numbers, expected 1 or \(width)")
      }
      guard (scaling.offset + scaling.factor).allSatisfy(\.isFinite) else {
        throw FileError(path, "its scaling has numbers that are not finite")
      }
    }
  }
}

extension Network {
  /// Reads a network that was saved by `write(to:)` or by a run; see `Model.init(contentsOf:plugins:neurons:)`.
  public convenience init(
    contentsOf url: URL, plugins: Plugins? = nil, neurons: [String: NeuronFactory<Scalar>] = [:]
  ) throws {
    try self.init(layers: Model(contentsOf: url, plugins: plugins, neurons: neurons).network.layers)
  }

  /// Writes the network as a safetensors file, whole or not at all; see `Model.write(to:)`.
  public func write(to url: URL) throws { try Model(self).write(to: url) }
}
