internal import NNKit

/// The tensors of a graph that do not depend on its inputs, by name: initializers, and what nodes make of these.
struct ONNXConstants {
  private var tensors: [String: ONNXTensor] = [:]
  private var numbersOf: [String: [Double]] = [:]

  /// - Parameter graph: Its nodes stand in an order in which each comes after those that it needs, as ONNX demands.
  init(_ graph: ONNXGraph) {
    for tensor in graph.initializers { tensors[tensor.name] = tensor }
    for node in graph.nodes where node.domain.isEmpty && node.outputs.count == 1 {
      if let tensor = value(of: node) { tensors[node.outputs[0]] = tensor }
    }
  }

  subscript(name: String) -> ONNXTensor? { tensors[name] }

  private func value(of node: ONNXNode) -> ONNXTensor? {
    if node.operation == "Constant" { return node.attributes.count == 1 ? constant(node.attributes) : nil }
    guard let first = node.inputs.first, var tensor = tensors[first] else { return nil }
    let others = node.inputs.dropFirst().map { tensors[$0] }
    switch node.operation {
    case "Identity": return tensor
    case "Cast":
      // Among the types whose numbers stay what they are.
      guard case .integer(let kind)? = node.attributes["to"], [1, 11].contains(kind), let numbers = tensor.numbers,
        kind == 11 || tensor.kind == .float || numbers.allSatisfy({ Double(Float($0)) == $0 })
      else { return nil }
      return ONNXTensor("", kind == 1 ? .float : .double, tensor.dimensions, numbers)
    case "Transpose": return transposed(tensor, node)
    case "Unsqueeze", "Squeeze", "Reshape", "Flatten":
      guard let shape = shape(of: tensor, after: node, others.first ?? nil) else { return nil }
      tensor.dimensions = shape
      return tensor
    default: return nil
    }
  }

  private func constant(_ attributes: [String: ONNXAttribute]) -> ONNXTensor? {
    switch (attributes.first?.key, attributes.first?.value) {
    case ("value", .tensor(let tensor)?): tensor
    case ("value_float", .float(let value)?): ONNXTensor("", .float, [], .floats([value]))
    case ("value_floats", .floats(let values)?): ONNXTensor("", .float, [values.count], .floats(values))
    case ("value_int", .integer(let value)?): ONNXTensor("", .int64, [], .integers([value]))
    case ("value_ints", .integers(let values)?): ONNXTensor("", integers: values)
    default: nil
    }
  }

  private func transposed(_ tensor: ONNXTensor, _ node: ONNXNode) -> ONNXTensor? {
    guard tensor.dimensions.count == 2, [.float, .double].contains(tensor.kind), let numbers = tensor.numbers else {
      return nil
    }
    if case .integers(let order)? = node.attributes["perm"], order == [0, 1] { return tensor }
    let (rows, columns) = (tensor.dimensions[0], tensor.dimensions[1])
    return ONNXTensor(
      "", tensor.kind, [columns, rows], NNKitExchange.transposed(numbers, rows: rows, columns: columns))
  }

  private func shape(of tensor: ONNXTensor, after node: ONNXNode, _ argument: ONNXTensor?) -> [Int]? {
    var shape = tensor.dimensions
    var axes = argument?.integers
    if case .integers(let values)? = node.attributes["axes"] { axes = values }
    switch node.operation {
    case "Flatten":
      guard let count = tensor.count, shape.count == 2 else { return nil }
      if case .integer(let axis)? = node.attributes["axis"], axis != 1 { return nil }
      return count == 0 ? nil : shape
    case "Reshape":
      guard var target = argument?.integers, let count = tensor.count, count > 0, target.count <= 16 else { return nil }
      for index in target.indices where target[index] == 0 && index < shape.count { target[index] = shape[index] }
      if let open = target.firstIndex(of: -1) {
        let known = ONNXTensor("", .float, target.filter { $0 != -1 }, .floats([])).count ?? 0
        guard known > 0, count % known == 0 else { return nil }
        target[open] = count / known
      }
      return ONNXTensor("", .float, target, .floats([])).count == count ? target : nil
    case "Unsqueeze":
      guard let axes, axes.count + shape.count <= 16 else { return nil }
      for axis in axes.map({ $0 < 0 ? $0 + shape.count + axes.count : $0 }).sorted() {
        guard 0...shape.count ~= axis else { return nil }
        shape.insert(1, at: axis)
      }
      return shape
    default:
      let chosen = axes?.map { $0 < 0 ? $0 + shape.count : $0 } ?? shape.indices.filter { shape[$0] == 1 }
      guard chosen.allSatisfy({ shape.indices.contains($0) && shape[$0] == 1 }) else { return nil }
      return shape.indices.filter { !chosen.contains($0) }.map { shape[$0] }
    }
  }
}

/// The transpose of rows × columns numbers, row after row.
func transposed(_ numbers: [Double], rows: Int, columns: Int) -> [Double] {
  var result = [Double](repeating: 0, count: numbers.count)
  for row in 0..<rows {
    for column in 0..<columns { result[column * rows + row] = numbers[row * columns + column] }
  }
  return result
}
