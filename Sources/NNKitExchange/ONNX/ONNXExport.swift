package import NNKit

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// A trained network as an ONNX model: `x`, samples × inputs, gives `y`, samples × outputs, both on the scale of raw data.
///
/// A layer of neurons of one kind with one activation is one Gemm, Conv, MaxPool or AveragePool and the activation's nodes;
/// a mixed one has a branch for each run of neurons that are alike, and a Concat behind them. Inputs are scaled, and outputs
/// brought back, in double precision, as nnkit does it.
package struct ONNXExport {
  /// The numbers of a file.
  package enum Precision: String, CaseIterable {
    case float32, float64
    var kind: ONNXTensor.Kind { self == .float32 ? .float : .double }
  }

  let model: Model<Double>
  let plugins: Plugins
  private let isStrict: Bool
  let precision: Precision
  var file = ONNXModel()
  /// Functions of plugins that are written as custom operators.
  private var custom: Set<String> = []
  /// What the file's user should know, a line each.
  package private(set) var notes: [String] = []

  /// The domain of the functions that nnkit's own kinds of neurons become, and that of functions of other plugins.
  static let domain = "nnkit"
  static let activationDomain = "nnkit.activations"
  static let pluginDomain = "nnkit.plugins"
  /// Before the keys of what a model has beside its graph.
  static let metadataPrefix = "nnkit."

  /// - Parameters:
  ///   - model: What to write.
  ///   - name: What the file calls its graph.
  ///   - precision: In which numbers.
  ///   - isStrict: Whether a function that ONNX cannot compute is an error; otherwise it becomes a custom operator.
  ///   - plugins: Those that the model was loaded with.
  /// - Throws: `ExportError` for an extended neuron; for a function without a counterpart, if `isStrict`; for a text of a
  ///   plugin that cannot be read.
  package init(
    _ model: Model<Double>, name: String, precision: Precision, isStrict: Bool, plugins: Plugins
  ) throws {
    (self.model, self.precision, self.isStrict, self.plugins) = (model, precision, isStrict, plugins)
    file.producer = "nnkit"
    file.producerVersion = nnkitVersion
    file.operatorSets = [("", ONNXModel.operatorSet)]
    file.graph.name = name
    file.metadata = try metadata()
    let network = model.network
    file.graph.inputs = [value("x", network.inputCount)]
    file.graph.outputs = [value("y", network.outputCount)]
    var results: [Source: Result] = [.inputs: Result(tensor: scaledInputs("x"))]
    var last = Result(tensor: "x")
    for (index, layer) in network.layers.enumerated() {
      let inputs = joined(layer.sources.resolved(of: index).compactMap { results[$0] }, for: layer, index)
      last = try add(layer, index, of: inputs)
      results[.layer(index)] = last
    }
    let tensor = rawOutputs(flat(last))
    for index in file.graph.nodes.indices {
      let rename = { (name: String) in name == tensor ? "y" : name }
      file.graph.nodes[index].inputs = file.graph.nodes[index].inputs.map(rename)
      file.graph.nodes[index].outputs = file.graph.nodes[index].outputs.map(rename)
    }
    for domain in [Self.domain, Self.activationDomain] where file.functions.contains(where: { $0.domain == domain }) {
      file.operatorSets.append((domain, 1))
    }
    if !file.functions.filter({ $0.domain == Self.pluginDomain }).isEmpty || !custom.isEmpty {
      file.operatorSets.append((Self.pluginDomain, 1))
    }
  }

  /// The file's bytes; the same model gives the same bytes.
  package var encoded: [UInt8] { file.encoded }

  private func value(_ name: String, _ width: Int) -> ONNXValue {
    ONNXValue(name: name, type: precision.kind, shape: [.named("N"), .size(width)])
  }

  // MARK: What stands beside the graph

  private func metadata() throws -> [(key: String, value: String)] {
    struct Function: Encodable {
      let name: String
      let parameters: [String: Double]
    }
    func json(_ value: some Encodable) throws -> String {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
    let lists = model.network.layers.enumerated().compactMap { index, layer in
      layer.connectionLists.map { ("\(index)", $0) }
    }
    let connections = lists.isEmpty ? nil : try json(Dictionary(lists) { $1 })
    let loss = try model.loss.map { try json(Function(name: $0.name, parameters: $0.givenParameters)) }
    return [
      ("classes", try model.classes.map(json)), ("class_labels", try model.classLabels.map(json)),
      ("input_names", try model.inputNames.map(json)), ("target_names", try model.targetNames.map(json)),
      ("target_kind", model.targetKind?.rawValue), ("loss", loss), ("connections", connections),
    ].compactMap { key, value in value.map { (Self.metadataPrefix + key, $0) } }
  }

  // MARK: Scaling

  private mutating func scaledInputs(_ tensor: String) -> String {
    guard let scaling = model.inputScaling else { return tensor }
    return rescaled(
      tensor, "input", [("Sub", "offset", scaling.offset), ("Mul", "factor", scaling.factor)])
  }

  private mutating func rawOutputs(_ tensor: String) -> String {
    guard let scaling = model.targetScaling else { return tensor }
    return rescaled(
      tensor, "target", [("Div", "factor", scaling.factor), ("Add", "offset", scaling.offset)])
  }

  private mutating func rescaled(
    _ tensor: String, _ name: String, _ steps: [(operation: String, name: String, values: [Double])]
  ) -> String {
    func cast(_ tensor: String, _ result: String, _ kind: ONNXTensor.Kind) -> ONNXNode {
      ONNXNode(
        name: result, operation: "Cast", inputs: [tensor], outputs: [result],
        attributes: ["to": .integer(kind.rawValue)])
    }
    file.graph.nodes.append(cast(tensor, "\(name)_double", .double))
    var tensor = "\(name)_double"
    for step in steps {
      let (result, values) = ("\(name)_\(step.operation.lowercased())", "\(name)_\(step.name)")
      file.graph.initializers.append(ONNXTensor(values, .double, [step.values.count], step.values))
      file.graph.nodes.append(
        ONNXNode(name: result, operation: step.operation, inputs: [tensor, values], outputs: [result]))
      tensor = result
    }
    file.graph.nodes.append(cast(tensor, "\(name)_scaled", precision.kind))
    return "\(name)_scaled"
  }

  // MARK: Layers

  private mutating func add(_ layer: Layer<Double>, _ index: Int, of inputs: Result) throws -> Result {
    let name = "layer_\(index)"
    for neuron in layer.neurons where !neuron.isPlain && neuron.pluginKind == nil {
      throw ExportError(
        "layer \(index), neuron \(neuron.index): a file can have no neuron of the class `\(type(of: neuron).typeName)`,"
          + " whose computation is known to its program alone; write it as a plugin with an `onnx` text")
    }
    if layer.connectionLists != nil, layer.neurons.contains(where: { !$0.isPlain }) {
      throw ExportError(
        "layer \(index) has sparse connections of neurons that do not add up weighted inputs; ONNX can have weights of 0 in"
          + " their place in weighted sums alone")
    }
    let combine = { (export: inout ONNXExport, neurons: ArraySlice<Neuron<Double>>, name: String) throws -> String in
      guard let window = layer.wiring.window else {
        return try export.combination(of: neurons, index, name, of: export.flat(inputs))
      }
      return try export.windows(window, of: neurons, in: layer, index, name, of: inputs)
    }
    let groupSize = neuronsOfGroup(in: layer)
    let areAlike = { (one: Neuron<Double>, other: Neuron<Double>) in
      one.pluginKind == other.pluginKind && one.index / groupSize == other.index / groupSize
    }
    let output: String
    if let shared = layer.neurons.first?.activation, shared.isWholeLayer {
      let z = try branches(layer, name, alike: areAlike, branch: combine)
      output = try activation(shared, index, name, of: z, in: layer)
    } else {
      output = try branches(
        layer, name, alike: { areAlike($0, $1) && $0.activation == $1.activation },
        branch: { export, neurons, name in
          let z = try combine(&export, neurons, name)
          return try export.activation(neurons[neurons.startIndex].activation, index, name, of: z, in: layer)
        })
    }
    return Result(tensor: output, shape: layer.outputShape)
  }

  /// A branch for each run of neurons that are alike, one after the other in the layer's order.
  private mutating func branches(
    _ layer: Layer<Double>, _ name: String, alike: (Neuron<Double>, Neuron<Double>) -> Bool,
    branch: (inout ONNXExport, ArraySlice<Neuron<Double>>, String) throws -> String
  ) throws -> String {
    var runs: [ArraySlice<Neuron<Double>>] = []
    var start = 0
    for end in 1...layer.neurons.count
    where end == layer.neurons.count || !alike(layer.neurons[end - 1], layer.neurons[end]) {
      runs.append(layer.neurons[start..<end])
      start = end
    }
    if runs.count == 1 { return try branch(&self, runs[0], name) }
    let parts = try runs.map { run in
      try branch(&self, run, "\(name)_neurons_\(run.startIndex)_\(run.endIndex - 1)")
    }
    file.graph.nodes.append(
      ONNXNode(
        name: "\(name)_join", operation: "Concat", inputs: parts, outputs: ["\(name)_join"],
        attributes: ["axis": .integer(1)]))
    return "\(name)_join"
  }

  /// z of neurons of one kind, of inputs that are samples × numbers.
  mutating func combination(
    of neurons: ArraySlice<Neuron<Double>>, _ layer: Int, _ name: String, of tensor: String
  ) throws -> String {
    guard let first = neurons.first else { return tensor }
    let (w, b, z) = ("\(name)_weights", "\(name)_biases", "\(name)_z")
    file.graph.initializers.append(
      ONNXTensor(w, precision.kind, [neurons.count, first.weightCount], neurons.flatMap { Array($0.weights) }))
    file.graph.initializers.append(ONNXTensor(b, precision.kind, [neurons.count], neurons.map(\.bias)))
    guard let kind = first.pluginKind else {
      file.graph.nodes.append(
        ONNXNode(
          name: z, operation: "Gemm", inputs: [tensor, w, b], outputs: [z], attributes: ["transB": .integer(1)]))
      return z
    }
    let information = kind.function.information
    if plugins.isBundled(information), kind.name == NeuronKind.plainName {
      file.graph.nodes.append(
        ONNXNode(
          name: z, operation: "Gemm", inputs: [tensor, w, b], outputs: [z], attributes: ["transB": .integer(1)]))
      return z
    }
    if plugins.isBundled(information), let text = ONNXFunctions.kinds[kind.name] {
      try define(Self.domain, information, text)
      file.graph.nodes.append(
        ONNXNode(name: z, domain: Self.domain, operation: kind.name, inputs: [tensor, w, b], outputs: [z]))
      return z
    }
    try callPlugin(
      information, kind.parameters, kind.function.onnx, layer, name, "the neuron kind", inputs: [tensor, w, b],
      output: z)
    return z
  }

  /// a of z.
  private mutating func activation(
    _ activation: Activation, _ layer: Int, _ name: String, of tensor: String, in shape: Layer<Double>
  ) throws -> String {
    let information = activation.function.information
    let output = "\(name)_a"
    let inDouble = precision == .float64 ? ONNXFunctions.activationsInDouble[activation.name] : nil
    // A function with a steepness other than 1 is no operator of ONNX.
    let isOperator = activation.hasDefaultParameters || ONNXFunctions.activationFunctions[activation.name] == nil
    if plugins.isBundled(information), isOperator, let text = inDouble ?? ONNXFunctions.activations[activation.name] {
      let names = information.parameters.map(\.name)
      let function = try ONNXText(text, parameters: names)
      insert(
        function, Dictionary(zip(names, activation.parameters)) { $1 }, name, input: tensor, output: output)
      return output
    }
    if plugins.isBundled(information), let text = ONNXFunctions.activationFunctions[activation.name] {
      try define(Self.activationDomain, information, text)
      call(Self.activationDomain, information, activation.parameters, inputs: [tensor], output: output)
      return output
    }
    // The function of a plugin has a row of neurons for each sample; at several positions, for each position of each sample.
    let rows = activation.isWholeLayer ? positionRows(tensor, name, of: shape) : tensor
    let result = rows == tensor ? output : "\(output)_rows"
    try callPlugin(
      information, activation.parameters, activation.function.onnx, layer, name, "the activation", inputs: [rows],
      output: result)
    if rows != tensor { images(fromRows: result, named: output, of: shape) }
    return output
  }

  // MARK: Functions

  /// The nodes of a function of one input in the place of a call, parameters being numbers there.
  private mutating func insert(
    _ function: ONNXText, _ parameters: [String: Double], _ name: String, input: String, output: String
  ) {
    func inner(_ tensor: String) -> String {
      tensor.isEmpty
        ? "" : tensor == function.inputs[0] ? input : tensor == function.outputs[0] ? output : "\(name)_\(tensor)"
    }
    for var node in function.nodes {
      node.outputs = node.outputs.map(inner)
      node.inputs = node.inputs.map(inner)
      node.name = node.outputs[0]
      node.attributes = node.attributes.mapValues { value in
        if case .reference(let parameter, _) = value { .float(Float(parameters[parameter] ?? 0)) } else { value }
      }
      guard node.operation == "Constant" else {
        file.graph.nodes.append(node)
        continue
      }
      switch node.attributes.first?.value {
      case .float(let value)?:
        file.graph.initializers.append(ONNXTensor(node.outputs[0], precision.kind, [], [Double(value)]))
      case .integers(let values)?: file.graph.initializers.append(ONNXTensor(node.outputs[0], integers: values))
      default: file.graph.nodes.append(node)
      }
    }
  }

  /// Has the file define a function, if it does not yet.
  private mutating func define(_ domain: String, _ information: FunctionInformation, _ text: String) throws {
    if file.functions.contains(where: { $0.domain == domain && $0.name == information.name }) { return }
    let parameters = information.parameters.map(\.name)
    let function = try ONNXText(text, parameters: parameters)
    file.functions.append(
      ONNXFunction(
        domain: domain, name: information.name, inputs: function.inputs, outputs: function.outputs,
        attributes: parameters, nodes: function.nodes.flatMap(inPrecision)))
  }

  /// A constant number of a function is of single precision; in a file of double precision it is brought to that.
  private func inPrecision(_ node: ONNXNode) -> [ONNXNode] {
    guard precision == .float64, node.operation == "Constant", node.attributes["value_float"] != nil else {
      return [node]
    }
    var single = node
    single.outputs = ["\(node.outputs[0])_single"]
    return [
      single,
      ONNXNode(
        operation: "Cast", inputs: single.outputs, outputs: node.outputs,
        attributes: ["to": .integer(ONNXTensor.Kind.double.rawValue)]),
    ]
  }

  /// A node that calls a plugin's function: the one that its text defines, or one that the file's reader has to have.
  private mutating func callPlugin(
    _ information: FunctionInformation, _ parameters: [Double], _ text: String?, _ layer: Int, _ name: String,
    _ what: String, inputs: [String], output: String
  ) throws {
    if let text {
      let count = inputs.count
      do {
        let function = try ONNXText(text, parameters: information.parameters.map(\.name))
        guard function.inputs.count == count, function.outputs.count == 1 else {
          throw ExportError(
            "it has \(function.inputs.count) inputs and \(function.outputs.count) outputs, expected \(count) and 1")
        }
        try define(Self.pluginDomain, information, text)
      } catch {
        throw ExportError(
          "layer \(layer): the `onnx` text of \(what) `\(information.name)` of \(information.file): \(error)")
      }
    } else {
      guard !isStrict else {
        throw ExportError(
          "layer \(layer): \(what) `\(information.name)` has no counterpart in ONNX, and its plugin \(information.file)"
            + " gives no `onnx` text; without --strict it is written as a custom operator")
      }
      if custom.insert(information.name).inserted {
        notes.append(
          "\(what) `\(information.name)` has no counterpart in ONNX: it is the custom operator"
            + " `\(Self.pluginDomain)::\(information.name)`, which a program that runs the file has to provide")
      }
    }
    call(Self.pluginDomain, information, parameters, inputs: inputs, output: output)
  }

  /// A node that has a function's parameters as attributes.
  private mutating func call(
    _ domain: String, _ information: FunctionInformation, _ parameters: [Double], inputs: [String], output: String
  ) {
    let values = zip(information.parameters, parameters).map { ($0.name, ONNXAttribute.float(Float($1))) }
    file.graph.nodes.append(
      ONNXNode(
        name: output, domain: domain, operation: information.name, inputs: inputs, outputs: [output],
        attributes: Dictionary(values) { $1 }))
  }
}
