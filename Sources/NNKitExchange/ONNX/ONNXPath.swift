internal import NNKit

/// The way of the data through a graph, from one tensor on; each node becomes part of a layer.
///
/// Where several nodes read a tensor, the ways from there are followed one after the other, up to the node that joins them.
struct ONNXPath {
  let file: ONNXImport
  private var nodes: [ONNXNode]
  private var readers: [String: [Int]]
  private let end: String
  /// Where it stands.
  private var tensor: String
  /// How many dimensions the tensor has, samples included.
  var rank: Int
  private var kind: ONNXTensor.Kind
  private var passed: Set<Int> = []
  /// The ways that are followed later.
  private var branches: [Branch] = []
  /// What has come to nodes that join several tensors, by the tensors' names.
  private var arrivals: [Int: [String: Branch]] = [:]
  /// Whether it only looks for branches that are parts of one layer.
  private var isTrial = false

  private struct Branch {
    var tensor: String
    var rank: Int
    var kind: ONNXTensor.Kind
    var head: NetworkDraft.Head
  }

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
    if try unite(next, &draft) { return }
    try fork(next, &draft)
  }

  private mutating func pass(_ index: Int, _ draft: inout NetworkDraft) throws {
    let node = nodes[index]
    if joins(node) { return try arrive(at: index, &draft) }
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
      guard file.operatorSet >= 13 || draft.width == draft.head.units else {
        throw ImportFault("in version \(file.operatorSet) of the operators it takes all positions together")
      }
      try draft.respond([.init(name: node.operation == "Softmax" ? "softmax" : "log_softmax")])
    case ("", "PRelu"):
      let slopes = try values(node, 1, draft.head.units)
      try draft.respond(slopes.map { .init(name: "leaky_relu", parameters: ["slope": $0]) })
    case ("", "Flatten"):
      if case .integer(let axis)? = node.attributes["axis"], axis != 1 {
        throw ImportFault("its axis is \(axis), expected 1: samples stay apart")
      }
      try draft.reshape(nil)
      rank = 2
    case ("", "Reshape"): try reshape(node, &draft)
    case ("", "Squeeze"), ("", "Unsqueeze"), ("", "Transpose"): try rearrange(node, &draft)
    case ("", "Conv"): try draft.combine(try convolution(node, draft.head))
    case ("", "MaxPool"), ("", "AveragePool"): try draft.combine(try pool(node, draft.head))
    case ("", "GlobalMaxPool"), ("", "GlobalAveragePool"), ("", "ReduceMax"), ("", "ReduceMean"):
      try poolAll(node, &draft)
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

  func text(_ index: Int) -> String { "its input \(index + 1)" }

  func constant(_ node: ONNXNode, _ index: Int) throws -> ONNXTensor {
    guard node.inputs.count > index, let tensor = file.constants[node.inputs[index]] else {
      throw ImportFault("\(text(index)) is not constant, or is computed in a way that nnkit does not follow")
    }
    return tensor
  }

  func numbers(_ node: ONNXNode, _ index: Int) throws -> (values: [Double], tensor: ONNXTensor) {
    let tensor = try constant(node, index)
    guard let values = tensor.numbers, [.float, .double].contains(tensor.kind) else {
      throw ImportFault(
        "\(text(index)) is \(tensor.words)\(tensor.numbers == nil ? " and does not hold as many numbers that nnkit reads" : "");"
          + " expected FLOAT or DOUBLE")
    }
    return (values, tensor)
  }

  /// A number for each of `width` columns, or of as many channels, or one for all.
  func values(_ node: ONNXNode, _ index: Int, _ width: Int) throws -> [Double] {
    let (values, tensor) = try numbers(node, index)
    if values.count == 1, tensor.dimensions.count <= max(2, rank) { return Array(repeating: values[0], count: width) }
    // The last dimensions of both belong together; the second of a sample's is that of columns and channels.
    let place = tensor.dimensions.count - (rank - 1)
    guard values.count == width, 0...1 ~= place, tensor.dimensions[place] == width else {
      throw ImportFault("\(text(index)) is \(tensor.words), expected one number, or one for each of \(width)")
    }
    return values
  }

  /// A number for each of `count` channels or columns, whatever the shape of samples.
  func list(_ node: ONNXNode, _ index: Int, _ count: Int) throws -> [Double] {
    let (values, tensor) = try numbers(node, index)
    guard values.count == count, tensor.dimensions.count == 1 else {
      throw ImportFault("\(text(index)) is \(tensor.words), expected one number for each of \(count)")
    }
    return values
  }

  func integers(_ node: ONNXNode, _ name: String) throws -> [Int]? {
    switch node.attributes[name] {
    case nil: return nil
    case .integers(let values)?: return values
    default: throw ImportFault("`\(name)` is no list of whole numbers")
    }
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

  func float(_ node: ONNXNode, _ name: String, _ standard: Double) throws -> Double {
    switch node.attributes[name] {
    case nil: return standard
    case .float(let value)?: return Double(value)
    default: throw ImportFault("`\(name)` is no number")
    }
  }

  func integer(_ node: ONNXNode, _ name: String, _ standard: Int) throws -> Int {
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

  func expectText(_ node: ONNXNode, _ name: String, _ allowed: [String]) throws {
    guard case .text(let text)? = node.attributes[name] else { return }
    guard allowed.contains(text) else {
      throw ImportFault("`\(name)` is \(text.prefix(40)), expected \(allowed.joined(separator: " or "))")
    }
  }

  func expectInput(_ node: ONNXNode, _ index: Int = 0) throws {
    guard node.inputs.count > index, node.inputs[index] == tensor else {
      throw ImportFault("`\(tensor)` is not its input \(index + 1), which nnkit expects")
    }
  }

  private func checkAxis(_ node: ONNXNode, standard: Int) throws {
    let axis = try integer(node, "axis", standard)
    guard axis == 1 || axis == 1 - rank else {
      throw ImportFault("its axis is \(axis) of \(rank) dimensions, expected 1, the neurons of a layer")
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
    let units = draft.head.units
    let values = try values(node, 1 - own, units)
    switch (node.operation, own) {
    case ("Add", _): try draft.add(values)
    case ("Sub", 0): try draft.add(values.map { -$0 })
    case ("Sub", _):
      try draft.multiply(Array(repeating: -1, count: units))
      try draft.add(values)
    case ("Mul", _): try draft.multiply(values)
    case ("Div", 0): try draft.divide(values)
    default: throw ImportFault("it divides by what depends on the input, which no layer of nnkit does")
    }
  }

  private func normalize(_ node: ONNXNode, _ draft: inout NetworkDraft) throws {
    try expectInput(node)
    guard try integer(node, "training_mode", 0) == 0 else { throw ImportFault("it is in training mode") }
    let width = draft.head.units
    let (scale, shift) = (try list(node, 1, width), try list(node, 2, width))
    let (mean, variance) = (try list(node, 3, width), try list(node, 4, width))
    let epsilon = try float(node, "epsilon", 1e-5)
    let factors = zip(scale, variance).map { $0 / ($1 + epsilon).squareRoot() }
    guard factors.allSatisfy(\.isFinite) else { throw ImportFault("a variance is negative or not finite") }
    try draft.multiply(factors)
    try draft.add((0..<width).map { shift[$0] - mean[$0] * factors[$0] })
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
      try draft.multiply(Array(repeating: scale, count: draft.head.units))
      try draft.add(Array(repeating: shift, count: draft.head.units))
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

  /// Takes branches that are one layer each, side by side, as neurons of one layer that differ.
  private mutating func unite(_ next: [Int], _ draft: inout NetworkDraft) throws -> Bool {
    guard let (joint, layers) = try? branchesOfOneLayer(next, draft) else { return false }
    try draft.combine(NetworkDraft.Layer(joining: layers))
    if !layers.allSatisfy(\.activations.isEmpty) {
      try draft.respond(
        layers.flatMap {
          $0.activations.isEmpty ? Array(repeating: .init(name: "identity"), count: $0.count) : $0.activations
        })
    }
    passed.insert(joint)
    tensor = nodes[joint].outputs[0]
    return true
  }

  /// The layers of branches, and the Concat behind all of them; throws if they are anything else.
  private func branchesOfOneLayer(
    _ next: [Int], _ draft: NetworkDraft
  ) throws -> (joint: Int, layers: [NetworkDraft.Layer]) {
    var parts: [String: NetworkDraft.Layer] = [:]
    var joints: Set<Int> = []
    for index in next {
      let part = try branchOfOneLayer(index, draft)
      joints.insert(part.joint)
      guard parts.updateValue(part.layer, forKey: part.tensor) == nil else { throw Self.notOneLayer }
    }
    guard joints.count == 1, let joint = joints.first else { throw Self.notOneLayer }
    let node = nodes[joint]
    try checkAxis(node, standard: 1)
    let layers = node.inputs.compactMap { parts[$0] }
    guard layers.count == node.inputs.count, Set(node.inputs).count == layers.count, layers.count == parts.count,
      layers.allSatisfy({ $0.window == layers[0].window && $0.window?.groups ?? 1 == 1 })
    else { throw Self.notOneLayer }
    return (joint, layers)
  }

  private static let notOneLayer = ImportFault("the branches are not parts of one layer")

  /// The one layer of the branch that begins with a node, its tensor, and the Concat that reads it.
  private func branchOfOneLayer(
    _ index: Int, _ draft: NetworkDraft
  ) throws -> (joint: Int, tensor: String, layer: NetworkDraft.Layer) {
    var (branch, part, steps) = (self, NetworkDraft(behind: draft.head), 0)
    branch.isTrial = true
    try branch.pass(index, &part)
    while true {
      if let reader = branch.readers[branch.tensor], reader.count == 1, nodes[reader[0]].operation == "Concat" {
        guard let layer = part.only else { throw Self.notOneLayer }
        return (reader[0], branch.tensor, layer)
      }
      steps += 1
      guard branch.tensor != end, steps < 64 else { throw Self.notOneLayer }
      try branch.step(&part)
    }
  }

  /// Puts off all ways from here; each reads a tensor of its own name, and branches that are parts of one layer are one way.
  private mutating func fork(_ next: [Int], _ draft: inout NetworkDraft) throws {
    guard !isTrial else { throw ImportFault("a branch has branches") }
    try draft.settle()
    var ways: [[Int]] = []
    var places: [Int: Int] = [:]
    for reader in next {
      let joint = (try? branchOfOneLayer(reader, draft))?.joint
      if let joint, let place = places[joint] {
        ways[place].append(reader)
      } else {
        if let joint { places[joint] = ways.count }
        ways.append([reader])
      }
    }
    if ways.count == 1 { ways = next.map { [$0] } }
    for (number, way) in ways.enumerated().reversed() {
      let name = "\(tensor) (branch \(number + 1))"
      for reader in way { nodes[reader].inputs = nodes[reader].inputs.map { $0 == tensor ? name : $0 } }
      readers[name] = way
      branches.append(Branch(tensor: name, rank: rank, kind: kind, head: draft.head))
    }
    resume(&draft)
  }

  /// Follows the next of the ways that were put off.
  private mutating func resume(_ draft: inout NetworkDraft) {
    guard let branch = branches.popLast() else { return }
    (tensor, rank, kind, draft.head) = (branch.tensor, branch.rank, branch.kind, branch.head)
  }

  /// Whether a node joins tensors that all depend on the input.
  private func joins(_ node: ONNXNode) -> Bool {
    guard node.domain.isEmpty, ["Add", "Sum", "Concat"].contains(node.operation) else { return false }
    return node.inputs.count > 1 && node.inputs.allSatisfy { file.constants[$0] == nil }
      && Set(node.inputs).count == node.inputs.count
  }

  private mutating func arrive(at index: Int, _ draft: inout NetworkDraft) throws {
    let node = nodes[index]
    guard !isTrial else { throw fault(node, "joins branches of several layers") }
    do {
      try draft.settle()
      arrivals[index, default: [:]][tensor] = Branch(tensor: tensor, rank: rank, kind: kind, head: draft.head)
      let arrived = node.inputs.compactMap { arrivals[index]?[$0] }
      guard arrived.count == node.inputs.count else {
        guard !branches.isEmpty else { throw ImportFault("not all of its inputs come from the network's input") }
        return resume(&draft)
      }
      guard arrived.allSatisfy({ $0.rank == rank }) else { throw ImportFault("what it joins differs in dimensions") }
      if node.operation == "Concat" { try checkAxis(node, standard: 1) }
      try draft.join(arrived.map(\.head), isSum: node.operation != "Concat")
      guard let output = node.outputs.first, passed.insert(index).inserted else {
        throw ImportFault("comes back to itself")
      }
      tensor = output
    } catch let error as ImportFault {
      throw fault(node, error.description)
    }
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
      fanIn: layers[0].fanIn, weights: weights, biases: layers.flatMap(\.biases), kinds: layers.flatMap(\.kinds),
      window: layers[0].window)
  }
}
