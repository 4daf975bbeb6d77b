package import NNKit

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// Reads an ONNX model as a network of neurons: from its input on, node by node, each being taken into a layer.
///
/// What nnkit's layers cannot compute is an error that names the node, its operator and what is supported.
package struct ONNXImport {
  private let path: String
  private let file: ONNXModel
  let plugins: Plugins
  private let byteCount: Int
  let constants: ONNXConstants
  /// The nodes that the outputs need, without those that only make labels of them.
  private var nodes: [ONNXNode] = []
  /// The nodes that read a tensor, by its name.
  private var readers: [String: [Int]] = [:]
  private var output = ""
  private var classes: [String]?
  /// What the file's user should know, a line each.
  package private(set) var notes: [String] = []

  /// What messages say is supported.
  static let supported =
    "nnkit imports Gemm, MatMul, Conv, MaxPool, AveragePool, GlobalMaxPool, GlobalAveragePool, BatchNormalization, Add,"
    + " Sum, Concat, Sub, Mul, Div, Flatten, Reshape, Squeeze, Unsqueeze, Transpose, Dropout, Identity,"
    + " Cast, Softmax, LogSoftmax, PRelu, its own operators, and the activations that it has"

  /// Reads a file.
  ///
  /// - Parameters:
  ///   - bytes: Its bytes.
  ///   - path: What errors call it.
  ///   - plugins: Where functions come from.
  /// - Throws: `FileError` for a file that is not sound or that has what nnkit does not.
  package init(_ bytes: [UInt8], path: String, plugins: Plugins) throws {
    (self.path, self.plugins, byteCount) = (path, plugins, bytes.count)
    file = try ONNXModel(bytes, path: path)
    constants = ONNXConstants(file.graph)
    guard file.graph.nodes.count <= 100_000 else {
      throw FileError(path, "has \(file.graph.nodes.count) nodes, more than a network of layers that nnkit could read")
    }
    try chooseOutput()
  }

  /// The version of ONNX's own operators.
  var operatorSet: Int { file.operatorSets.first { $0.domain.isEmpty }?.version ?? 1 }

  /// Whether its weights are in double precision.
  package var isDoublePrecision: Bool {
    let weights = file.graph.initializers.filter { $0.dimensions.count == 2 }
    return !weights.isEmpty && weights.allSatisfy { $0.kind == .double }
  }

  // MARK: What is read

  private static let labelMakers = ["ArgMax", "TopK"]

  /// Finds the tensor that is the network's answer: beside it classifiers give a label, which is made of it.
  private mutating func chooseOutput() throws {
    let all = file.graph.nodes
    var labels: Set<String> = []
    var dictionaries: [String: String] = [:]
    for node in all {
      if node.operation == "LinearClassifier", let label = node.outputs.first {
        labels.insert(label)
        if case .texts(let names)? = node.attributes["classlabels_strings"] { classes = names }
        if case .integers(let names)? = node.attributes["classlabels_ints"] { classes = names.map(String.init) }
      } else if Self.labelMakers.contains(node.operation) || node.inputs.contains(where: labels.contains) {
        if node.operation == "ArrayFeatureExtractor", let names = node.inputs.first.flatMap({ constants[$0] }) {
          classes = names.names
        }
        labels.formUnion(node.outputs)
      } else if node.operation == "ZipMap", let input = node.inputs.first, let output = node.outputs.first {
        dictionaries[output] = input
        if case .texts(let names)? = node.attributes["classlabels_strings"] { classes = names }
        if case .integers(let names)? = node.attributes["classlabels_int64s"] { classes = names.map(String.init) }
      }
    }
    let answers = file.graph.outputs.map(\.name).filter { !labels.contains($0) }.map { dictionaries[$0] ?? $0 }
    guard answers.count == 1 else {
      throw FileError(
        path,
        "has \(file.graph.outputs.count) outputs (\(list(file.graph.outputs.map(\.name)))), expected one beside"
          + " labels that are made of it")
    }
    output = answers[0]
    var makers: [String: Int] = [:]
    for (index, node) in all.enumerated() { for name in node.outputs where !name.isEmpty { makers[name] = index } }
    var (needed, waiting) = (Set<Int>(), [output])
    while let name = waiting.popLast() {
      guard constants[name] == nil, let maker = makers[name], needed.insert(maker).inserted else { continue }
      waiting += all[maker].inputs
    }
    nodes = needed.sorted().map { all[$0] }
    if let odd = nodes.first(where: { node in !file.operatorSets.contains { $0.domain == node.domain } }) {
      throw FileError(
        path,
        "does not say which version of the operators of \(odd.domain.isEmpty ? "ONNX" : "`\(odd.domain.prefix(40))`") it uses"
          + " (opset_import), as `\(odd.operation.prefix(40))`; it may be truncated")
    }
    for (index, node) in nodes.enumerated() {
      for name in Set(node.inputs) where !name.isEmpty { readers[name, default: []].append(index) }
    }
  }

  private func list(_ names: [String]) -> String {
    names.prefix(8).map { "`\($0.prefix(60))`" }.joined(separator: ", ") + (names.count > 8 ? ", …" : "")
  }

  /// The network's input and how many numbers a sample has.
  private func input() throws -> (value: ONNXValue, width: Int?, image: ONNXPath.Shape?) {
    let inputs = file.graph.inputs.filter { input in !file.graph.initializers.contains { $0.name == input.name } }
    guard inputs.count == 1 else {
      throw FileError(
        path,
        "has \(inputs.count) inputs (\(list(inputs.map(\.name)))), expected one tensor, samples × numbers; write the model"
          + " with all its columns in one input")
    }
    guard let type = inputs[0].type, [.float, .double].contains(type) else {
      throw FileError(
        path, "its input `\(inputs[0].name)` is no tensor of FLOAT or DOUBLE, which networks compute with")
    }
    guard let shape = inputs[0].shape, shape.count >= 2 else { return (inputs[0], nil, nil) }
    var (width, sizes) = (1, [1])
    for dimension in shape.dropFirst() {
      guard case .size(let size) = dimension, size > 0 else { return (inputs[0], nil, nil) }
      sizes.append(size)
      let (product, overflow) = width.multipliedReportingOverflow(by: size)
      guard !overflow, product <= 1 << 32 else {
        throw FileError(path, "its input has more numbers than memory can hold")
      }
      width = product
    }
    return (inputs[0], width, ONNXPath.shape(sizes))
  }

  /// The model, in the precision `Scalar`.
  ///
  /// - Throws: `FileError` with the node that nnkit has no counterpart for.
  package mutating func model<Scalar: NetworkScalar>(_: Scalar.Type) throws -> Model<Scalar> {
    let (input, width, image) = try input()
    // A network has at least as many weights as inputs, unless windows share them.
    let greatest = nodes.contains { $0.operation == "Conv" } ? 1 << 24 : byteCount / 4
    if let width, width > greatest {
      throw FileError(self.path, "its samples have \(width) numbers, and it has no layer with so many weights")
    }
    var path = ONNXPath(self, nodes, readers, from: input, to: output)
    // Where the file does not say how wide a sample is, the first layer's weights do.
    guard let width = width ?? path.widthOfFirstLayer() else {
      throw FileError(self.path, "its input `\(input.name)` has no fixed width, and no layer with weights shows one")
    }
    do {
      var draft = NetworkDraft(inputs: width, image: image)
      try path.follow(&draft)
      let connections = try value("connections", [String: [[Int]]].self) ?? [:]
      var model = try draft.model(Scalar.self, plugins: plugins, connections: connections)
      try describe(&model)
      if let problem = model.problem() { throw ImportFault(problem) }
      return model
    } catch let fault as ImportFault {
      throw FileError(self.path, fault.description)
    } catch let error as NetworkError {
      throw FileError(self.path, "\(error)")
    }
  }

  // MARK: What stands beside the graph

  private struct Function: Decodable {
    let name: String
    let parameters: [String: Double]?
  }

  /// What the file's metadata say under one of nnkit's keys.
  private func value<Value: Decodable>(_ key: String, _: Value.Type) throws -> Value? {
    guard let text = file.metadata.last(where: { $0.key == ONNXExport.metadataPrefix + key })?.value else {
      return nil
    }
    do {
      return try JSONDecoder().decode(Value.self, from: Data(text.utf8))
    } catch {
      throw FileError(
        path, "its metadata `\(ONNXExport.metadataPrefix)\(key)` cannot be understood: \(text.prefix(80))")
    }
  }

  private func describe<Scalar: NetworkScalar>(_ model: inout Model<Scalar>) throws {
    model.classes = try value("classes", [String].self) ?? classes
    model.classLabels = try value("class_labels", [String].self)
    model.inputNames = try value("input_names", [String].self)
    model.targetNames = try value("target_names", [String].self)
    if let kind = file.metadata.last(where: { $0.key == ONNXExport.metadataPrefix + "target_kind" })?.value {
      guard let known = TargetKind(rawValue: kind) else {
        throw FileError(path, "its metadata `\(ONNXExport.metadataPrefix)target_kind` is `\(kind.prefix(40))`")
      }
      model.targetKind = known
    } else if model.classes != nil {
      model.targetKind = .classes
    }
    if let loss = try value("loss", Function.self) {
      model.loss = try plugins.loss(loss.name, parameters: loss.parameters ?? [:])
    }
  }
}

extension ONNXTensor {
  /// Class labels: texts, or whole numbers.
  fileprivate var names: [String]? {
    if case .texts(let texts) = content, texts.count == count { return texts }
    return integers?.map(String.init)
  }
}
