internal import NNKit

/// The way of the data through a graph, from one tensor on; each node becomes part of a layer.
struct ONNXPath {
  private let file: ONNXImport
  private let nodes: [ONNXNode]
  private let readers: [String: [Int]]
  private let end: String
  /// Where it stands.
  private var tensor: String
  /// How many dimensions the tensor has, samples included.
  private var rank: Int
  private var kind: ONNXTensor.Kind
  private var passed: Set<Int> = []

  init(
    _ file: ONNXImport, _ nodes: [ONNXNode], _ readers: [String: [Int]], from tensor: ONNXValue, to end: String
  ) {
    (self.file, self.nodes, self.readers, self.end) = (file, nodes, readers, end)
    (self.tensor, rank, kind) = (tensor.name, tensor.shape?.count ?? 2, tensor.type ?? .float)
  }

  /// How many numbers a sample has, by the weights of the first layer; nil if there is none.
  func widthOfFirstLayer() -> Int? {
    for node in nodes {
      if node.operation == "MatMul" || node.operation == "Gemm", node.inputs.count >= 2,
        let weights = file.constants[node.inputs[1]], weights.dimensions.count == 2
      {
        if node.operation == "Gemm", case .integer(1)? = node.attributes["transB"] { return weights.dimensions[1] }
        return weights.dimensions[0]
      }
    }
    return nil
  }

  mutating func follow(_ draft: inout NetworkDraft) throws {
    while tensor != end { try step(&draft) }
  }

  // MARK: One step

  private mutating func step(_ draft: inout NetworkDraft) throws {
    if try respond(&draft) { return }
    let next = readers[tensor] ?? []
    if next.count == 1 { return try pass(next[0], &draft) }
    guard next.count > 1 else { throw ImportFault("no node leads from `\(tensor)` to the output `\(end)`") }
    if try mirror(next, &draft) { return }
    try join(next, &draft)
  }

  private mutating func pass(_ index: Int, _ draft: inout NetworkDraft) throws {
    let node = nodes[index]
    guard passed.insert(index).inserted else { throw fault(node, "comes back to itself") }
    do {
      try take(node, &draft)
    } catch let error as ImportFault {
      throw fault(node, error.description)
    }
  }

  private func fault(_ node: ONNXNode, _ what: String) -> ImportFault {
    if what.hasPrefix("node ") { return ImportFault(what) }
    let name = node.name.isEmpty ? node.outputs.first ?? "" : node.name
    let domain = node.domain.isEmpty ? "" : "\(node.domain)::"
    return ImportFault("node `\(name.prefix(80))` (\(domain.prefix(40))\(node.operation.prefix(40))): \(what)")
  }

  private mutating func take(_ node: ONNXNode, _ draft: inout NetworkDraft) throws {
    var place = 0
    switch (node.domain, node.operation) {
    case ("", "Gemm"): try draft.combine(try gemm(node, draft.width))
    case ("", "MatMul"): try draft.combine(try matrixProduct(node, draft.width))
    case ("", "Add"), ("", "Sub"), ("", "Mul"), ("", "Div"): try change(node, &draft)
    case ("", "BatchNormalization"): try normalize(node, &draft)
    case ("", "Softmax"), ("", "LogSoftmax"):
      try checkAxis(node, standard: file.operatorSet < 13 ? 1 : -1)
      try draft.respond([.init(name: node.operation == "Softmax" ? "softmax" : "log_softmax")])
    case ("", "PRelu"):
      let slopes = try values(node, 1, draft.width)
      try draft.respond(slopes.map { .init(name: "leaky_relu", parameters: ["slope": $0]) })
    case ("", "Flatten"):
      if case .integer(let axis)? = node.attributes["axis"], axis != 1 {
        throw ImportFault("its axis is \(axis), expected 1: samples stay apart")
      }
      rank = 2
    case ("", "Reshape"): try reshape(node, draft.width)
    case ("", "Dropout"): break
    case ("", "Identity"): break
    case ("", "Concat") where node.inputs.count == 1: break
    case ("", "Cast"): try cast(node, &draft)
    case ("ai.onnx.ml", "Scaler"):
      let (offset, scale) = (try floats(node, "offset", draft.width), try floats(node, "scale", draft.width))
      try draft.add(offset.map { -$0 })
      try draft.multiply(scale)
    case ("ai.onnx.ml", "LinearRegressor"):
      try draft.combine(try linear(node, draft.width))
      try expectText(node, "post_transform", ["NONE"])
    case ("ai.onnx.ml", "LinearClassifier"):
      try classify(node, &draft)
      place = 1
    case ("ai.onnx.ml", "Normalizer"):
      guard draft.addsUpToOne else { throw ImportFault("its sum is not 1 already; nnkit has no such layer") }
      try expectText(node, "norm", ["L1"])
    case (ONNXExport.domain, _): try draft.combine(try kind(node, draft.width, parameters: [:]))
    case (ONNXExport.pluginDomain, _), (ONNXExport.activationDomain, _): try plugin(node, &draft)
    default: throw ImportFault("is not supported; \(ONNXImport.supported)")
    }
    guard place < node.outputs.count else { throw ImportFault("has no output") }
    if let other = node.outputs.indices.first(where: { $0 != place && readers[node.outputs[$0]] != nil }) {
      throw ImportFault("its output `\(node.outputs[other])` is used, which nnkit does not compute")
    }
    tensor = node.outputs[place]
  }

  // MARK: Operands

  private func text(_ index: Int) -> String { "its input \(index + 1)" }

  private func constant(_ node: ONNXNode, _ index: Int) throws -> ONNXTensor {
    guard node.inputs.count > index, let tensor = file.constants[node.inputs[index]] else {
      throw ImportFault("\(text(index)) is not constant, or is computed in a way that nnkit does not follow")
    }
    return tensor
  }

  private func numbers(_ node: ONNXNode, _ index: Int) throws -> (values: [Double], tensor: ONNXTensor) {
    let tensor = try constant(node, index)
    guard let values = tensor.numbers, [.float, .double].contains(tensor.kind) else {
      throw ImportFault(
        "\(text(index)) is \(tensor.words)\(tensor.numbers == nil ? " and does not hold as many numbers that nnkit reads" : "");"
          + " expected FLOAT or DOUBLE")
    }
    return (values, tensor)
  }

  /// A number for each of `width` columns, or one for all.
  private func values(_ node: ONNXNode, _ index: Int, _ width: Int) throws -> [Double] {
    let (values, tensor) = try numbers(node, index)
    if values.count == 1, tensor.dimensions.count <= max(2, rank) { return Array(repeating: values[0], count: width) }
    guard values.count == width, rank == 2, tensor.dimensions.last == width, tensor.dimensions.count <= 2 else {
      throw ImportFault("\(text(index)) is \(tensor.words), expected one number, or one for each of \(width)")
    }
    return values
  }

  private func matrix(_ node: ONNXNode, _ index: Int) throws -> (values: [Double], rows: Int, columns: Int) {
    guard rank == 2 else {
      throw ImportFault("its samples have \(rank - 1) dimensions; expected a Flatten or Reshape to one before it")
    }
    let (values, tensor) = try numbers(node, index)
    guard tensor.dimensions.count == 2, tensor.dimensions.allSatisfy({ $0 > 0 }) else {
      throw ImportFault("\(text(index)) is \(tensor.words), expected a matrix of weights")
    }
    return (values, tensor.dimensions[0], tensor.dimensions[1])
  }

  private func float(_ node: ONNXNode, _ name: String, _ standard: Double) throws -> Double {
    switch node.attributes[name] {
    case nil: return standard
    case .float(let value)?: return Double(value)
    default: throw ImportFault("`\(name)` is no number")
    }
  }

  private func integer(_ node: ONNXNode, _ name: String, _ standard: Int) throws -> Int {
    switch node.attributes[name] {
    case nil: return standard
    case .integer(let value)?: return value
    default: throw ImportFault("`\(name)` is no whole number")
    }
  }

  private func floats(_ node: ONNXNode, _ name: String, _ width: Int) throws -> [Double] {
    guard case .floats(let values)? = node.attributes[name], values.count == 1 || values.count == width, rank == 2
    else {
      throw ImportFault("`\(name)` does not have one number, or one for each of \(width) columns")
    }
    return values.count == 1 ? Array(repeating: Double(values[0]), count: width) : values.map(Double.init)
  }

  private func expectText(_ node: ONNXNode, _ name: String, _ allowed: [String]) throws {
    guard case .text(let text)? = node.attributes[name] else { return }
    guard allowed.contains(text) else {
      throw ImportFault("`\(name)` is \(text.prefix(40)), expected \(allowed.joined(separator: " or "))")
    }
  }

  private func expectInput(_ node: ONNXNode, _ index: Int = 0) throws {
    guard node.inputs.count > index, node.inputs[index] == tensor else {
      throw ImportFault("`\(tensor)` is not its input \(index + 1), which nnkit expects")
    }
  }

  private func checkAxis(_ node: ONNXNode, standard: Int) throws {
    let axis = try integer(node, "axis", standard)
    guard rank == 2, axis == 1 || axis == -1 else {
      throw ImportFault("its axis is \(axis) of \(rank) dimensions, expected 1 of 2, the neurons of a layer")
    }
  }

  // MARK: Layers

  private func layer(
    _ weights: [Double], rows: Int, columns: Int, biases: [Double], _ width: Int
  ) throws -> NetworkDraft.Layer {
    guard columns == width else { throw ImportFault("its weights are for \(columns) inputs, it gets \(width)") }
    return NetworkDraft.Layer(
      fanIn: width, weights: weights, biases: biases, kinds: Array(repeating: nil, count: rows))
  }

  private func gemm(_ node: ONNXNode, _ width: Int) throws -> NetworkDraft.Layer {
    try expectInput(node)
    guard try integer(node, "transA", 0) == 0 else {
      throw ImportFault("its samples are columns (transA), expected rows")
    }
    var (weights, rows, columns) = try matrix(node, 1)
    if try integer(node, "transB", 0) == 0 {
      weights = transposed(weights, rows: rows, columns: columns)
      (rows, columns) = (columns, rows)
    }
    let (alpha, beta) = (try float(node, "alpha", 1), try float(node, "beta", 1))
    if alpha != 1 { weights = weights.map { $0 * alpha } }
    let hasBias = node.inputs.count > 2 && !node.inputs[2].isEmpty
    let biases = hasBias ? try values(node, 2, rows).map { $0 * beta } : Array(repeating: 0, count: rows)
    return try layer(weights, rows: rows, columns: columns, biases: biases, width)
  }

  private func matrixProduct(_ node: ONNXNode, _ width: Int) throws -> NetworkDraft.Layer {
    try expectInput(node)
    let (weights, rows, columns) = try matrix(node, 1)
    return try layer(
      transposed(weights, rows: rows, columns: columns), rows: columns, columns: rows,
      biases: Array(repeating: 0, count: columns), width)
  }

  private func linear(_ node: ONNXNode, _ width: Int) throws -> NetworkDraft.Layer {
    guard case .floats(let weights)? = node.attributes["coefficients"], rank == 2, width > 0, weights.count > 0,
      weights.count % width == 0
    else { throw ImportFault("its coefficients are not a row for each output, \(width) inputs each") }
    let rows = weights.count / width
    var biases = [Double](repeating: 0, count: rows)
    if case .floats(let values)? = node.attributes["intercepts"] {
      guard values.count == rows else { throw ImportFault("it has \(values.count) intercepts for \(rows) outputs") }
      biases = values.map(Double.init)
    }
    return try layer(weights.map(Double.init), rows: rows, columns: width, biases: biases, width)
  }

  private func classify(_ node: ONNXNode, _ draft: inout NetworkDraft) throws {
    try draft.combine(try linear(node, draft.width))
    let functions = ["NONE": "identity", "SOFTMAX": "softmax", "LOGISTIC": "sigmoid"]
    try expectText(node, "post_transform", functions.keys.sorted())
    guard case .text(let name)? = node.attributes["post_transform"], let function = functions[name] else { return }
    try draft.respond([.init(name: function)])
  }

  /// A layer of neurons of a kind.
  private func kind(
    _ node: ONNXNode, _ width: Int, parameters: [String: Double]
  ) throws -> NetworkDraft.Layer {
    try expectInput(node)
    let (weights, shape) = try numbers(node, 1)
    guard rank == 2, shape.dimensions.count == 2, shape.dimensions[0] > 0 else {
      throw ImportFault("\(text(1)) is \(shape.words), expected the weights of neurons, a row each")
    }
    let (rows, columns) = (shape.dimensions[0], shape.dimensions[1])
    let (biases, tensor) = try numbers(node, 2)
    guard biases.count == rows else { throw ImportFault("its biases are \(tensor.words) for \(rows) neurons") }
    let function = NetworkDraft.Function(name: node.operation, parameters: parameters)
    let count = try file.plugins.neuron(function.name, parameters: parameters).weightCount(fanIn: width)
    guard columns == count else {
      throw ImportFault("its neurons have \(columns) weights; with \(width) inputs, \(function.name) has \(count)")
    }
    return NetworkDraft.Layer(
      fanIn: width, weights: weights, biases: biases, kinds: Array(repeating: function, count: rows))
  }

  /// A plugin's function: an activation has one input, a kind of neuron three.
  private func plugin(_ node: ONNXNode, _ draft: inout NetworkDraft) throws {
    var parameters: [String: Double] = [:]
    for (name, value) in node.attributes {
      guard case .float(let number) = value else { throw ImportFault("`\(name)` is no number") }
      parameters[name] = Double("\(number)") ?? Double(number)
    }
    if node.inputs.count == 1 {
      try draft.respond([.init(name: node.operation, parameters: parameters)])
    } else {
      try draft.combine(try kind(node, draft.width, parameters: parameters))
    }
  }

  // MARK: Changes of scale

  private func change(_ node: ONNXNode, _ draft: inout NetworkDraft) throws {
    guard node.inputs.count == 2, let own = node.inputs.firstIndex(of: tensor), node.inputs[1 - own] != tensor else {
      throw ImportFault("it combines two tensors that depend on the input, which no layer of nnkit does")
    }
    let values = try values(node, 1 - own, draft.width)
    switch (node.operation, own) {
    case ("Add", _): try draft.add(values)
    case ("Sub", 0): try draft.add(values.map { -$0 })
    case ("Sub", _):
      try draft.multiply(Array(repeating: -1, count: draft.width))
      try draft.add(values)
    case ("Mul", _): try draft.multiply(values)
    case ("Div", 0): try draft.divide(values)
    default: throw ImportFault("it divides by what depends on the input, which no layer of nnkit does")
    }
  }

  private func normalize(_ node: ONNXNode, _ draft: inout NetworkDraft) throws {
    try expectInput(node)
    guard try integer(node, "training_mode", 0) == 0 else { throw ImportFault("it is in training mode") }
    let width = draft.width
    let (scale, shift) = (try values(node, 1, width), try values(node, 2, width))
    let (mean, variance) = (try values(node, 3, width), try values(node, 4, width))
    let epsilon = try float(node, "epsilon", 1e-5)
    let factors = zip(scale, variance).map { $0 / ($1 + epsilon).squareRoot() }
    guard factors.allSatisfy(\.isFinite) else { throw ImportFault("a variance is negative or not finite") }
    try draft.multiply(factors)
    try draft.add((0..<width).map { shift[$0] - mean[$0] * factors[$0] })
  }

  private mutating func reshape(_ node: ONNXNode, _ width: Int) throws {
    try expectInput(node)
    let shape = try constant(node, 1)
    guard let target = shape.integers, target.count == 2, [-1, 0, 1].contains(target[0]),
      target[1] == width || target[1] == -1 && target[0] != -1 || target[1] == 0 && rank == 2
    else {
      throw ImportFault("its shape is \(shape.integers ?? []), expected [-1, \(width)]: a row for each sample")
    }
    // A first dimension of 1 is what files have that were written for one sample.
    rank = 2
  }

  private mutating func cast(_ node: ONNXNode, _ draft: inout NetworkDraft) throws {
    guard let kind = ONNXTensor.Kind(rawValue: try integer(node, "to", 0)), [.float, .double].contains(kind) else {
      throw ImportFault("it makes other numbers than FLOAT or DOUBLE of the network's")
    }
    // What comes after a change of precision is not a part of the weights before it.
    if kind != self.kind || kind == .double { draft.closeWithIdentity() }
    self.kind = kind
  }

  // MARK: Activations

  /// Takes the nodes that make an activation of the present tensor, as many as belong together.
  private mutating func respond(_ draft: inout NetworkDraft) throws -> Bool {
    var values: [String: ElementwiseExpression] = [tensor: .z]
    var region: [Int] = []
    var found: (activation: (function: NetworkDraft.Function, scale: Double, shift: Double), tensor: String)?
    while region.count < 16, let (index, value) = nextElementwise(values, region) {
      region.append(index)
      let output = nodes[index].outputs[0]
      let isClosed = values.keys.allSatisfy { name in
        name != end && (readers[name] ?? []).allSatisfy(region.contains)
      }
      values[output] = value
      if isClosed, let activation = value.activation { found = (activation, output) }
      if output == end { break }
    }
    guard let found else { return false }
    let (function, scale, shift) = found.activation
    if scale != 1 || shift != 0 {
      guard draft.open?.arePlain == true else {
        throw ImportFault("node `\(found.tensor)`: its \(function.name) is not nnkit's, max(0, min(1, z/6 + 1/2))")
      }
      try draft.multiply(Array(repeating: scale, count: draft.width))
      try draft.add(Array(repeating: shift, count: draft.width))
    }
    do {
      try draft.respond([function])
    } catch {
      throw ImportFault("node `\(found.tensor)`: \(error)")
    }
    tensor = found.tensor
    return true
  }

  /// A further node that computes with numbers that are known already, and what it computes.
  private func nextElementwise(
    _ values: [String: ElementwiseExpression], _ region: [Int]
  ) -> (Int, ElementwiseExpression)? {
    for index in values.keys.sorted().flatMap({ readers[$0] ?? [] }) where !region.contains(index) {
      let node = nodes[index]
      guard node.outputs.count == 1, values[node.outputs[0]] == nil else { continue }
      let inputs = node.inputs.map { name -> ElementwiseExpression? in
        values[name] ?? file.constants[name].flatMap { $0.count == 1 ? $0.numbers?.first : nil }.map { .number($0) }
      }
      let areKnown = zip(node.inputs, inputs).allSatisfy { $0.isEmpty || $1 != nil }
      guard areKnown, inputs.reduce(0, { $0 + ($1?.size ?? 0) }) < 256,
        let value = ElementwiseExpression(node, inputs)
      else { continue }
      return (index, value)
    }
    return nil
  }

  // MARK: Branches

  /// 1 − p beside p, as classifiers of two classes have it: sigmoid(−z) and sigmoid(z).
  private mutating func mirror(_ next: [Int], _ draft: inout NetworkDraft) throws -> Bool {
    guard next.count == 2, let subtraction = next.first(where: { nodes[$0].operation == "Sub" }),
      let join = next.first(where: { nodes[$0].operation == "Concat" }), nodes[join].inputs.count == 2,
      nodes[subtraction].inputs.count == 2, nodes[subtraction].inputs[1] == tensor,
      let one = file.constants[nodes[subtraction].inputs[0]]?.numbers, one == [1],
      Set(nodes[join].inputs) == [tensor, nodes[subtraction].outputs[0]],
      readers[nodes[subtraction].outputs[0]] == [join], draft.hasSigmoidOutput
    else { return false }
    try checkAxis(nodes[join], standard: 1)
    draft.mirrorOutput(isSecond: nodes[join].inputs[0] == tensor)
    tensor = nodes[join].outputs[0]
    return true
  }

  /// Branches that are one layer each, side by side: neurons of one layer that differ.
  private mutating func join(_ next: [Int], _ draft: inout NetworkDraft) throws {
    var parts: [String: NetworkDraft.Layer] = [:]
    var joint: Int?
    for index in next {
      var branch = self
      var part = NetworkDraft(inputs: draft.width)
      try branch.pass(index, &part)
      while true {
        if let reader = branch.readers[branch.tensor], reader.count == 1, nodes[reader[0]].operation == "Concat" {
          guard joint == nil || joint == reader[0] else { throw unsupportedJoin(nodes[reader[0]]) }
          joint = reader[0]
          break
        }
        guard branch.tensor != end else { throw unsupportedJoin(nodes[index]) }
        try branch.step(&part)
      }
      guard let layer = part.only, parts.updateValue(layer, forKey: branch.tensor) == nil else {
        throw unsupportedJoin(nodes[index])
      }
    }
    guard let joint else { return }
    let node = nodes[joint]
    try checkAxis(node, standard: 1)
    let layers = node.inputs.compactMap { parts[$0] }
    guard layers.count == node.inputs.count, Set(node.inputs).count == layers.count, layers.count == parts.count else {
      throw unsupportedJoin(node)
    }
    try draft.combine(NetworkDraft.Layer(joining: layers))
    if !layers.allSatisfy(\.activations.isEmpty) {
      try draft.respond(
        layers.flatMap {
          $0.activations.isEmpty ? Array(repeating: .init(name: "identity"), count: $0.count) : $0.activations
        })
    }
    passed.insert(joint)
    tensor = node.outputs[0]
  }

  private func unsupportedJoin(_ node: ONNXNode) -> ImportFault {
    fault(
      node,
      "several ways lead from `\(tensor.prefix(80))`; nnkit joins them where each is one layer of the same inputs and a"
        + " Concat follows")
  }
}

// MARK: Layers of branches

extension NetworkDraft {
  /// The one layer that it is, perhaps without an activation.
  fileprivate var only: Layer? {
    if hasChange { return nil }
    if let open { return layers.isEmpty ? open : nil }
    return layers.count == 1 ? layers[0] : nil
  }
}

extension NetworkDraft.Layer {
  fileprivate init(joining layers: [NetworkDraft.Layer]) {
    let widest = layers.map { $0.weights.count / $0.count }.max() ?? 0
    var weights: [Double] = []
    for layer in layers {
      let width = layer.weights.count / layer.count
      for neuron in 0..<layer.count {
        weights += layer.weights[neuron * width..<(neuron + 1) * width]
        weights += Array(repeating: 0, count: widest - width)
      }
    }
    self.init(
      fanIn: layers[0].fanIn, weights: weights, biases: layers.flatMap(\.biases), kinds: layers.flatMap(\.kinds))
  }
}
