internal import NNKit

// Sources and sliding windows in an ONNX graph.

extension ONNXExport {
  /// A tensor of the graph: samples × numbers, or, with a shape, samples × channels × height × width.
  struct Result {
    var tensor: String
    var shape: (channels: Int, image: ImageSize)?
  }

  /// Adds a node of one output, which has the node's name.
  @discardableResult
  mutating func node(
    _ operation: String, _ name: String, _ inputs: [String], _ attributes: [String: ONNXAttribute] = [:]
  ) -> String {
    file.graph.nodes.append(
      ONNXNode(name: name, operation: operation, inputs: inputs, outputs: [name], attributes: attributes))
    return name
  }

  // MARK: Shapes

  private func has(_ name: String) -> Bool { file.graph.nodes.contains { $0.name == name } }

  /// Samples × numbers: channel after channel, row after row.
  mutating func flat(_ result: Result) -> String {
    guard result.shape != nil else { return result.tensor }
    let name = "\(result.tensor)_flat"
    return has(name) ? name : node("Flatten", name, [result.tensor], ["axis": .integer(1)])
  }

  private mutating func reshaped(_ tensor: String, _ name: String, _ shape: [Int]) -> String {
    file.graph.initializers.append(ONNXTensor("\(name)_shape", integers: shape))
    return node("Reshape", name, [tensor, "\(name)_shape"])
  }

  /// Samples × channels × height × width, as a window needs its inputs.
  private mutating func images(_ inputs: Result, for window: SlidingWindow, _ name: String) -> String {
    if let shape = inputs.shape, shape.channels == window.channels, shape.image == window.image { return inputs.tensor }
    let images = "\(name)_images"
    if has(images) { return images }
    return reshaped(flat(inputs), images, [-1, window.channels, window.image.height, window.image.width])
  }

  /// The inputs of a layer, from all its sources.
  mutating func joined(_ sources: [Result], for layer: Layer<Double>, _ index: Int) -> Result {
    if sources.count == 1 { return sources[0] }
    let name = "layer_\(index)_inputs"
    let shapes = sources.compactMap(\.shape)
    let areImages =
      layer.wiring.window != nil && shapes.count == sources.count && shapes.allSatisfy { $0.image == shapes[0].image }
    guard areImages, !layer.sources.isSum || shapes.allSatisfy({ $0.channels == shapes[0].channels }) else {
      return Result(tensor: join(sources.map { flat($0) }, layer.sources.isSum, name))
    }
    let channels = layer.sources.isSum ? shapes[0].channels : shapes.reduce(0) { $0 + $1.channels }
    return Result(
      tensor: join(sources.map(\.tensor), layer.sources.isSum, name), shape: (channels, shapes[0].image))
  }

  private mutating func join(_ tensors: [String], _ isSum: Bool, _ name: String) -> String {
    isSum ? node("Sum", name, tensors) : node("Concat", name, tensors, ["axis": .integer(1)])
  }

  // MARK: Windows

  /// z of neurons of one kind with a window, samples × neurons × rows of positions × columns of positions.
  mutating func windows(
    _ window: SlidingWindow, of neurons: ArraySlice<Neuron<Double>>, in layer: Layer<Double>, _ index: Int,
    _ name: String, of inputs: Result
  ) throws -> String {
    guard let first = neurons.first else { return inputs.tensor }
    let kind = bundledKind(first)
    if isOneOperator(layer, window) || kind == NeuronKind.plainName && window.groups == 1 {
      let images = images(inputs, for: window, "layer_\(index)")
      return kind == NeuronKind.plainName
        ? convolution(window, of: neurons, name, of: images)
        : pool(window, isMaximum: kind == "maximum", name, of: images)
    }
    guard first.weightCount > 0 || window.padding.isNone else {
      throw ExportError(
        "layer \(index): neurons of the kind `\(first.kindName ?? "")` leave padding out, which ONNX's operators cannot do;"
          + " only pooling by `maximum` and `average` can be written with padding")
    }
    let group = first.index / neuronsOfGroup(in: layer)
    let rows = patches(window, group: group, name, of: flat(inputs))
    let z = try combination(of: neurons, index, "\(name)_rows", of: rows)
    return images(fromRows: z, named: "\(name)_z", neurons.count, window.positions)
  }

  /// Whether a single Conv, MaxPool or AveragePool computes all neurons of a layer with a window.
  private func isOneOperator(_ layer: Layer<Double>, _ window: SlidingWindow) -> Bool {
    let first = layer.neurons[0]
    guard layer.neurons.allSatisfy({ $0.pluginKind == first.pluginKind && $0.activation == first.activation }) else {
      return false
    }
    let isPool = window.groups == window.channels && layer.neurons.count == window.channels
    return bundledKind(first).map { $0 == NeuronKind.plainName || isPool && ["maximum", "average"].contains($0) }
      ?? false
  }

  /// How many neighbours an operator may compute together: those of one group of a window, whose inputs are the same; all
  /// where there are no groups, or where one operator computes all of them.
  func neuronsOfGroup(in layer: Layer<Double>) -> Int {
    guard let window = layer.wiring.window, !isOneOperator(layer, window) else { return layer.neurons.count }
    return layer.neurons.count / window.groups
  }

  /// The name of a bundled kind, of which `weighted_sum` is that of plain neurons; nil for others.
  private func bundledKind(_ neuron: Neuron<Double>) -> String? {
    guard let kind = neuron.pluginKind else { return neuron.isPlain ? NeuronKind.plainName : nil }
    return plugins.isBundled(kind.function.information) ? kind.name : nil
  }

  private func attributes(_ window: SlidingWindow) -> [String: ONNXAttribute] {
    let padding = window.padding
    return [
      "kernel_shape": .integers([window.kernel.height, window.kernel.width]),
      "strides": .integers([window.stride.height, window.stride.width]),
      "pads": .integers([padding.top, padding.left, padding.bottom, padding.right]),
      "dilations": .integers([window.dilation.height, window.dilation.width]),
    ]
  }

  private mutating func convolution(
    _ window: SlidingWindow, of neurons: ArraySlice<Neuron<Double>>, _ name: String, of images: String
  ) -> String {
    let (w, b) = ("\(name)_weights", "\(name)_biases")
    let shape = [neurons.count, window.channels / window.groups, window.kernel.height, window.kernel.width]
    file.graph.initializers.append(ONNXTensor(w, precision.kind, shape, neurons.flatMap { Array($0.weights) }))
    file.graph.initializers.append(ONNXTensor(b, precision.kind, [neurons.count], neurons.map(\.bias)))
    var attributes = attributes(window)
    attributes["group"] = .integer(window.groups)
    return node("Conv", "\(name)_z", [images, w, b], attributes)
  }

  private mutating func pool(
    _ window: SlidingWindow, isMaximum: Bool, _ name: String, of images: String
  ) -> String {
    var attributes = attributes(window)
    if isMaximum { return node("MaxPool", "\(name)_z", [images], attributes) }
    let isClose = { (kernel: Int, dilation: Int) in kernel == 1 || dilation == 1 }
    if isClose(window.kernel.height, window.dilation.height), isClose(window.kernel.width, window.dilation.width) {
      attributes["dilations"] = nil
      attributes["count_include_pad"] = .integer(0)
      return node("AveragePool", "\(name)_z", [images], attributes)
    }
    // AveragePool has no dilation in this version of the operators, so a Conv adds up; with padding, a position divides by
    // how many places of its window lie in the image.
    let (w, positions, isEven) = ("\(name)_weights", window.positions, window.padding.isNone)
    let weight = isEven ? 1 / Double(window.kernel.count) : 1
    file.graph.initializers.append(
      ONNXTensor(
        w, precision.kind, [window.channels, 1, window.kernel.height, window.kernel.width],
        Array(repeating: weight, count: window.channels * window.kernel.count)))
    attributes["group"] = .integer(window.channels)
    if isEven { return node("Conv", "\(name)_z", [images, w], attributes) }
    let inside = (0..<positions.count).map { position in
      Double(window.isInside(at: window.position(position)).count { $0 })
    }
    file.graph.initializers.append(
      ONNXTensor("\(name)_counts", precision.kind, [1, 1, positions.height, positions.width], inside))
    return node("Div", "\(name)_z", [node("Conv", "\(name)_sums", [images, w], attributes), "\(name)_counts"])
  }

  // MARK: Windows as rows

  /// The windows of a group at all positions of all samples, (samples · positions) × fan-in.
  private mutating func patches(_ window: SlidingWindow, group: Int, _ name: String, of tensor: String) -> String {
    var padded = tensor
    if !window.padding.isNone {
      // A column of zeros behind the inputs is what places in the padding refer to.
      file.graph.initializers.append(ONNXTensor("\(name)_pads", integers: [0, 0, 0, 1]))
      padded = node("Pad", "\(name)_padded", [tensor, "\(name)_pads"])
    }
    let places = (0..<window.positions.count).flatMap { position in
      (0..<window.fanIn).map { window.source(of: $0, group: group, at: window.position(position)) ?? window.inputCount }
    }
    file.graph.initializers.append(ONNXTensor("\(name)_places", integers: places))
    let gathered = node("Gather", "\(name)_gathered", [padded, "\(name)_places"], ["axis": .integer(1)])
    return reshaped(gathered, "\(name)_windows", [-1, window.fanIn])
  }

  /// Images of (samples · positions) × neurons.
  @discardableResult
  private mutating func images(
    fromRows rows: String, named name: String, _ neurons: Int, _ positions: ImageSize
  ) -> String {
    let apart = reshaped(rows, "\(name)_positions", [-1, positions.count, neurons])
    let turned = node("Transpose", "\(name)_turned", [apart], ["perm": .integers([0, 2, 1])])
    return reshaped(turned, name, [-1, neurons, positions.height, positions.width])
  }

  mutating func images(fromRows rows: String, named name: String, of layer: Layer<Double>) {
    guard let positions = layer.wiring.window?.positions else { return }
    images(fromRows: rows, named: name, layer.neurons.count, positions)
  }

  /// (Samples · positions) × neurons; without a window the tensor itself.
  mutating func positionRows(_ tensor: String, _ name: String, of layer: Layer<Double>) -> String {
    guard layer.wiring.window != nil else { return tensor }
    let turned = node("Transpose", "\(name)_last", [tensor], ["perm": .integers([0, 2, 3, 1])])
    return reshaped(turned, "\(name)_neurons", [-1, layer.neurons.count])
  }
}
