internal import NNKit

// Nodes that compute with images: shapes, convolutions and pools.

extension ONNXPath {
  typealias Shape = (channels: Int, size: ImageSize)

  /// The shape of images in a tensor of three or four dimensions, of which the first is that of samples; a signal is an
  /// image of height 1.
  static func shape(_ dimensions: [Int]) -> Shape? {
    switch dimensions.count {
    case 3: (dimensions[1], ImageSize(height: 1, width: dimensions[2]))
    case 4: (dimensions[1], ImageSize(height: dimensions[2], width: dimensions[3]))
    default: nil
    }
  }

  // MARK: Shapes

  private func dimensions(_ head: NetworkDraft.Head) -> [Int] {
    guard let image = head.image else { return [-1, head.width] }
    return rank == 3
      ? [-1, image.channels, image.size.width] : [-1, image.channels, image.size.height, image.size.width]
  }

  mutating func reshape(_ node: ONNXNode, _ draft: inout NetworkDraft) throws {
    try expectInput(node)
    let shape = try constant(node, 1).integers ?? []
    let present = dimensions(draft.head)
    var target = shape
    for index in target.indices.dropFirst() where target[index] == 0 && index < present.count {
      target[index] = present[index]
    }
    if let open = target.dropFirst().firstIndex(of: -1), target[0] != -1 {
      let known = target.indices.dropFirst().reduce(1.0) { $1 == open ? $0 : $0 * Double(target[$1]) }
      if known > 0, Double(draft.width).truncatingRemainder(dividingBy: known) == 0 {
        target[open] = draft.width / Int(known)
      }
    }
    // A first dimension of 1 is what files have that were written for one sample.
    let count = target.dropFirst().reduce(1.0) { $1 > 0 ? $0 * Double($1) : .nan }
    guard 2...4 ~= target.count, [-1, 0, 1].contains(target[0]), count == Double(draft.width) else {
      throw ImportFault(
        "its shape is \(shape), expected [-1, \(draft.width)], a row for each sample, or images of as many numbers")
    }
    try draft.reshape(Self.shape(target))
    rank = target.count
  }

  /// For each number of a sample in the order of a Transpose: where it was.
  private static func places(_ present: [Int], _ order: [Int], count: Int) -> [Int] {
    var steps = [Int](repeating: 1, count: present.count)
    for axis in present.indices.dropLast().reversed() where axis > 0 {
      steps[axis] = steps[axis + 1] * present[axis + 1]
    }
    return (0..<count).map { number in
      var (rest, place) = (number, 0)
      for axis in order.dropFirst().reversed() {
        place += rest % present[axis] * steps[axis]
        rest /= present[axis]
      }
      return place
    }
  }

  /// Squeeze, Unsqueeze and Transpose; numbers that are moved are those of the next layer of weighted sums.
  mutating func rearrange(_ node: ONNXNode, _ draft: inout NetworkDraft) throws {
    try expectInput(node)
    let present = dimensions(draft.head)
    var target: [Int] = []
    if node.operation == "Transpose" {
      let order = try integers(node, "perm") ?? present.indices.reversed()
      guard order.sorted() == Array(present.indices), order[0] == 0 else {
        throw ImportFault("its order \(order) does not keep samples apart")
      }
      target = order.map { present[$0] }
      let moved = order.filter { present[$0] != 1 }
      if moved != moved.sorted() {
        guard 3...4 ~= target.count else { throw ImportFault("its order is \(order)") }
        try draft.reorder(Self.places(present, order, count: draft.width), Self.shape(target))
        return rank = target.count
      }
    } else {
      let axes = try integers(node, "axes") ?? (node.inputs.count > 1 ? try constant(node, 1).integers : nil)
      let isLess = node.operation == "Squeeze"
      guard let axes, !axes.isEmpty, axes.count <= 4 else { throw ImportFault("it does not say which axes") }
      let rank = isLess ? present.count : present.count + axes.count
      let places = Set(axes.map { $0 < 0 ? $0 + rank : $0 })
      guard places.allSatisfy({ 1..<rank ~= $0 }), places.count == axes.count else {
        throw ImportFault("its axes are \(axes) of \(rank) dimensions; samples stay apart")
      }
      if isLess {
        guard places.allSatisfy({ present[$0] == 1 }) else { throw ImportFault("its axes are not of the size 1") }
        target = present.indices.filter { !places.contains($0) }.map { present[$0] }
      } else {
        var rest = present[...]
        target = (0..<rank).map { places.contains($0) ? 1 : rest.removeFirst() }
      }
    }
    guard 2...4 ~= target.count else {
      throw ImportFault("its result has \(target.count) dimensions, expected 2 to 4")
    }
    try draft.reshape(Self.shape(target))
    rank = target.count
  }

  // MARK: Windows

  private func image(_ head: NetworkDraft.Head) throws -> Shape {
    guard let image = head.image else {
      throw ImportFault("its samples have \(rank - 1) dimensions, expected 2 or 3: channels, height and width")
    }
    return image
  }

  /// A number for each dimension of an image, as an attribute has them.
  private func size(_ node: ONNXNode, _ name: String, _ standard: Int) throws -> ImageSize {
    let values = try numbers(node, name, rank - 2, least: 1) ?? Array(repeating: standard, count: rank - 2)
    // A signal has a height of 1.
    return ImageSize(height: rank == 3 ? 1 : values[0], width: values[rank - 3])
  }

  private static let greatest = 1 << 24

  private func numbers(_ node: ONNXNode, _ name: String, _ count: Int, least: Int) throws -> [Int]? {
    guard let values = try integers(node, name) else { return nil }
    guard values.count == count, values.allSatisfy({ least...Self.greatest ~= $0 }) else {
      throw ImportFault("`\(name)` is \(values.prefix(8)), expected \(count) numbers from \(least) to \(Self.greatest)")
    }
    return values
  }

  private func window(
    _ node: ONNXNode, _ head: NetworkDraft.Head, kernel: ImageSize, groups: Int
  ) throws -> SlidingWindow {
    let (channels, image) = try image(head)
    let (stride, dilation) = (try size(node, "strides", 1), try size(node, "dilations", 1))
    let pads = try numbers(node, "pads", 2 * (rank - 2), least: 0) ?? Array(repeating: 0, count: 2 * (rank - 2))
    var padding =
      rank == 3
      ? Padding(top: 0, left: pads[0], bottom: 0, right: pads[1])
      : Padding(top: pads[0], left: pads[1], bottom: pads[2], right: pads[3])
    if case .text(let text)? = node.attributes["auto_pad"], text != "NOTSET" {
      let same = Padding.same(image: image, kernel: kernel, stride: stride, dilation: dilation)
      switch text {
      case "VALID": padding = 0
      case "SAME_UPPER": padding = same
      case "SAME_LOWER": padding = Padding(top: same.bottom, left: same.right, bottom: same.top, right: same.left)
      default: throw ImportFault("`auto_pad` is \(text.prefix(40))")
      }
    }
    if try integer(node, "ceil_mode", 0) != 0 {
      let span = { (kernel: Int, dilation: Int) in dilation * (kernel - 1) + 1 }
      let (rows, columns) = (
        image.height + padding.top + padding.bottom - span(kernel.height, dilation.height),
        image.width + padding.left + padding.right - span(kernel.width, dilation.width)
      )
      guard stride.height > 0, stride.width > 0, rows % stride.height == 0, columns % stride.width == 0 else {
        throw ImportFault("`ceil_mode` adds windows that lie partly outside of the image; nnkit has only whole ones")
      }
    }
    do {
      return try SlidingWindow(
        channels: channels, height: image.height, width: image.width, kernel: kernel, stride: stride, padding: padding,
        dilation: dilation, groups: groups)
    } catch {
      throw ImportFault("\(error)")
    }
  }

  func convolution(_ node: ONNXNode, _ head: NetworkDraft.Head) throws -> NetworkDraft.Layer {
    try expectInput(node)
    let (channels, _) = try image(head)
    let (weights, shape) = try numbers(node, 1)
    guard shape.dimensions.count == rank, shape.dimensions.allSatisfy({ $0 > 0 }) else {
      throw ImportFault("\(text(1)) is \(shape.words), expected weights of \(rank) dimensions")
    }
    let kernel = ImageSize(height: rank == 3 ? 1 : shape.dimensions[2], width: shape.dimensions[rank - 1])
    guard try node.attributes["kernel_shape"] == nil || size(node, "kernel_shape", 1) == kernel else {
      throw ImportFault("its weights are \(shape.words), which is not its `kernel_shape`")
    }
    let (neurons, groups) = (shape.dimensions[0], try integer(node, "group", 1))
    let window = try window(node, head, kernel: kernel, groups: groups)
    guard shape.dimensions[1] == channels / groups, neurons % groups == 0 else {
      throw ImportFault(
        "its weights are for \(shape.dimensions[1]) channels in each of \(groups) groups, it gets \(channels)")
    }
    let biases =
      node.inputs.count > 2 && !node.inputs[2].isEmpty
      ? try list(node, 2, neurons) : Array(repeating: 0, count: neurons)
    return NetworkDraft.Layer(
      fanIn: window.fanIn, weights: weights, biases: biases, kinds: Array(repeating: nil, count: neurons),
      window: window)
  }

  func pool(_ node: ONNXNode, _ head: NetworkDraft.Head) throws -> NetworkDraft.Layer {
    try expectInput(node)
    let (channels, _) = try image(head)
    guard node.attributes["kernel_shape"] != nil else { throw ImportFault("it has no `kernel_shape`") }
    let window = try window(node, head, kernel: size(node, "kernel_shape", 1), groups: channels)
    if node.operation == "AveragePool", try integer(node, "count_include_pad", 0) != 0, !window.padding.isNone {
      // Zeros around the image count: the weights of every window are 1 / n.
      let count = window.kernel.count
      guard count * channels <= Self.greatest else { throw ImportFault("its windows have \(count) places each") }
      return NetworkDraft.Layer(
        fanIn: count, weights: Array(repeating: 1 / Double(count), count: channels * count),
        biases: Array(repeating: 0, count: channels), kinds: Array(repeating: nil, count: channels), window: window)
    }
    return Self.pool(node.operation == "MaxPool" ? "maximum" : "average", window)
  }

  /// Global pools, and the same as a mean or maximum over all places of an image.
  mutating func poolAll(_ node: ONNXNode, _ draft: inout NetworkDraft) throws {
    try expectInput(node)
    let (channels, size) = try image(draft.head)
    if node.operation.hasPrefix("Reduce") {
      let axes = try integers(node, "axes") ?? (node.inputs.count > 1 ? try constant(node, 1).integers : nil)
      guard let axes, Set(axes.map { $0 < 0 ? $0 + rank : $0 }) == Set(2..<rank) else {
        throw ImportFault("its axes are \(axes ?? []), expected those of an image's height and width")
      }
    }
    let window = try SlidingWindow(
      channels: channels, height: size.height, width: size.width, kernel: size, groups: channels)
    try draft.combine(
      Self.pool(node.operation.hasSuffix("MaxPool") || node.operation == "ReduceMax" ? "maximum" : "average", window))
    if node.operation.hasPrefix("Reduce"), try integer(node, "keepdims", 1) == 0 {
      try draft.reshape(nil)
      rank = 2
    }
  }

  private static func pool(_ kind: String, _ window: SlidingWindow) -> NetworkDraft.Layer {
    NetworkDraft.Layer(
      fanIn: window.kernel.count, weights: [], biases: Array(repeating: 0, count: window.channels),
      kinds: Array(repeating: .init(name: kind), count: window.channels), window: window)
  }
}
