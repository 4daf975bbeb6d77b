internal import NNKit

/// A network that is put together from its inputs on, in the order in which another tool's file describes it.
///
/// Changes of scale are taken into the weights beside them, where that changes no output; before the first layer they
/// are the model's scaling of inputs, behind the last one that of its targets.
struct NetworkDraft {
  /// A function by its name.
  struct Function: Equatable {
    var name: String
    var parameters: [String: Double] = [:]
  }

  struct Layer {
    var fanIn: Int
    /// Neurons × weight count, row after row.
    var weights: [Double]
    var biases: [Double]
    /// One each; nil for a plain neuron.
    var kinds: [Function?]
    /// One each.
    var activations: [Function] = []
    var window: SlidingWindow?
    var sources: [Source] = []
    var addsSources = false

    var count: Int { biases.count }
    var arePlain: Bool { kinds.allSatisfy { $0 == nil } }
  }

  /// x becomes (x − before) · factor / divisor + after, number by number, or channel by channel of images.
  struct Change {
    var before, factor, divisor, after: [Double]

    init(width: Int) {
      (before, after) = (Array(repeating: 0, count: width), Array(repeating: 0, count: width))
      (factor, divisor) = (Array(repeating: 1, count: width), Array(repeating: 1, count: width))
    }

    var isNone: Bool {
      before.allSatisfy { $0 == 0 } && after.allSatisfy { $0 == 0 } && factor.allSatisfy { $0 == 1 }
        && divisor.allSatisfy { $0 == 1 }
    }

    /// The same with each number `count` times: a channel's, for each of its places.
    func repeated(_ count: Int) -> Change {
      func each(_ values: [Double]) -> [Double] { values.flatMap { Array(repeating: $0, count: count) } }
      var change = Change(width: 0)
      (change.before, change.after) = (each(before), each(after))
      (change.factor, change.divisor) = (each(factor), each(divisor))
      return change
    }

    mutating func add(_ values: [Double]) {
      for index in before.indices {
        if factor[index] == 1, divisor[index] == 1, after[index] == 0 {
          before[index] -= values[index]
        } else {
          after[index] += values[index]
        }
      }
    }

    mutating func multiply(_ values: [Double]) {
      for index in before.indices {
        after[index] *= values[index]
        factor[index] *= values[index]
      }
    }

    mutating func divide(_ values: [Double]) {
      for index in before.indices {
        after[index] /= values[index]
        divisor[index] *= values[index]
      }
    }
  }

  /// One tensor of the graph: what has come of a sample at this place.
  struct Head {
    /// How many numbers a sample has.
    var width: Int
    /// Their shape, if they are images of several channels.
    var image: (channels: Int, size: ImageSize)?
    /// Whose outputs they are, one after the other or added up.
    var sources: [Source] = [.inputs]
    var isSum = false
    /// The layer that gives them, if its activation has not come yet.
    fileprivate(set) var open: Layer?
    /// What happens to them before the next layer.
    fileprivate var change: Change?
    /// Which of the sources' numbers each of them is, where another tool has them in another order.
    fileprivate var order: [Int]?

    /// How many numbers a change of scale has: one for each channel, or for each number where there are no images.
    var units: Int { image?.channels ?? width }
    /// Whether any change of scale waits for the next layer.
    var hasChange: Bool { change?.isNone == false }
  }

  private(set) var layers: [Layer] = []
  var head: Head
  private var inputScaling: Scaling?
  /// Whether a layer reads the inputs as they are, so that they cannot be scaled for all.
  private var hasReadInputs = false

  init(inputs: Int, image: (channels: Int, size: ImageSize)? = nil) {
    head = Head(width: inputs, image: image)
  }

  /// A draft of the layers behind a tensor of another draft.
  init(behind head: Head) {
    self.init(inputs: head.width, image: head.image)
    hasReadInputs = true
  }

  var width: Int { head.width }
  var open: Layer? { head.open }
  var hasChange: Bool { head.hasChange }

  // MARK: Steps

  /// A layer of neurons whose activation comes next.
  mutating func combine(_ layer: Layer) throws {
    closeWithIdentity()
    try takeInputScaling()
    var layer = layer
    if let order = head.order {
      guard layer.arePlain, layer.window == nil else { throw Self.reordered }
      var weights = layer.weights
      for neuron in 0..<layer.count {
        for (input, source) in order.enumerated() {
          weights[neuron * layer.fanIn + source] = layer.weights[neuron * layer.fanIn + input]
        }
      }
      layer.weights = weights
      head.order = nil
    }
    if let change = head.change, !change.isNone {
      // Zeros around an image would have to change too.
      if layer.arePlain, layer.window?.padding.isNone != false || !change.isShift {
        try change.takeInto(&layer)
      } else {
        try makeChangeALayer()
        closeWithIdentity()
      }
    }
    try begin(layer)
  }

  private mutating func begin(_ layer: Layer) throws {
    if head.order != nil { throw Self.reordered }
    var layer = layer
    (layer.sources, layer.addsSources) = (head.sources, head.isSum)
    if head.sources.contains(.inputs) { hasReadInputs = true }
    head.image = layer.window.map { (layer.count, $0.positions) }
    head.width = layer.count * (layer.window?.positions.count ?? 1)
    (head.change, head.open) = (nil, layer)
  }

  /// What changes all inputs before any layer is the scaling of the model.
  private mutating func takeInputScaling() throws {
    guard head.sources == [.inputs], let change = head.change, !change.isNone, !hasReadInputs else { return }
    inputScaling = try change.repeated(head.width / head.units).inputScaling()
    hasReadInputs = true
    head.change = nil
  }

  /// A layer of a neuron for each number, or each channel, that multiplies it and adds to it.
  private mutating func makeChangeALayer() throws {
    let image = head.image
    let change = head.change ?? Change(width: head.units)
    let factors = change.factor.indices.map { change.factor[$0] / change.divisor[$0] }
    try begin(
      Layer(
        fanIn: 1, weights: factors, biases: factors.indices.map { change.after[$0] - change.before[$0] * factors[$0] },
        kinds: Array(repeating: nil, count: factors.count), window: try window(groups: factors.count)))
    head.image = image
  }

  /// A layer of a neuron without weights for each number, or each channel: it only responds.
  private mutating func addRespondingLayer() throws {
    let (image, count) = (head.image, head.units)
    try begin(
      Layer(
        fanIn: 1, weights: [], biases: Array(repeating: 0, count: count),
        kinds: Array(repeating: Function(name: "average"), count: count), window: try window(groups: count)))
    head.image = image
  }

  /// A window of one place over what is here.
  private func window(groups: Int) throws -> SlidingWindow {
    let size = head.image?.size ?? 1
    guard groups <= 1 << 20 else { throw ImportFault("\(groups) numbers need a neuron each, which is too many") }
    return try SlidingWindow(
      channels: head.units, height: size.height, width: size.width, kernel: 1, groups: groups)
  }

  /// What has come of the sample is the output of one layer, or the inputs, as they are: for branches and joins.
  mutating func settle() throws {
    if head.order != nil { throw Self.reordered }
    closeWithIdentity()
    try takeInputScaling()
    if head.sources.contains(.inputs) { hasReadInputs = true }
    guard head.hasChange else { return }
    try makeChangeALayer()
    closeWithIdentity()
  }

  private static let reordered = ImportFault(
    "numbers are moved to other places, which nnkit follows up to a layer of weighted sums alone")

  /// The same numbers in another order: `order` has, for each, where it was.
  mutating func reorder(_ order: [Int], _ image: (channels: Int, size: ImageSize)?) throws {
    try settle()
    head.order = order
    head.image = image
  }

  /// The same numbers in another shape: images, or none.
  mutating func reshape(_ image: (channels: Int, size: ImageSize)?) throws {
    if head.order != nil { return head.image = image }
    let isSame = image?.channels ?? width == head.units
    if head.open != nil, !isSame { closeWithIdentity() }
    if image == nil, !isSame {
      head.change = head.change?.repeated(head.width / head.units)
    } else if !isSame {
      try settle()
    }
    head.image = image
  }

  /// Several tensors, one after the other or added up.
  mutating func join(_ heads: [Head], isSum: Bool) throws {
    guard let first = heads.first else { return }
    var joined = first
    joined.sources = []
    for var head in heads {
      if head.sources.count > 1, head.isSum != isSum {
        self.head = head
        try addRespondingLayer()
        closeWithIdentity()
        head = self.head
      }
      joined.sources += head.sources
      guard head.image.map(\.size) == first.image.map(\.size), !isSum || head.units == first.units else {
        throw ImportFault("what it joins has the shapes \(first.shape) and \(head.shape)")
      }
    }
    joined.isSum = isSum
    if !isSum {
      joined.width = heads.reduce(0) { $0 + $1.width }
      if let image = first.image { joined.image = (heads.reduce(0) { $0 + $1.units }, image.size) }
    }
    head = joined
  }

  mutating func add(_ values: [Double]) throws {
    if head.open?.arePlain == true {
      for index in values.indices { head.open?.biases[index] += values[index] }
    } else {
      closeWithIdentity()
      try change(by: { $0.add(values) })
    }
  }

  private mutating func change(by body: (inout Change) -> Void) throws {
    if head.order != nil { throw Self.reordered }
    var change = head.change ?? Change(width: head.units)
    body(&change)
    head.change = change
  }

  mutating func multiply(_ values: [Double]) throws {
    try scale(values) {
      $0 * $1
    } change: {
      $0.multiply($1)
    }
  }

  mutating func divide(_ values: [Double]) throws {
    guard values.allSatisfy({ $0 != 0 }) else { throw ImportFault("it divides by 0") }
    try scale(values) {
      $0 / $1
    } change: {
      $0.divide($1)
    }
  }

  private mutating func scale(
    _ values: [Double], _ apply: (Double, Double) -> Double, change body: (inout Change, [Double]) -> Void
  ) throws {
    guard var layer = open, layer.arePlain else {
      closeWithIdentity()
      return try self.change(by: { body(&$0, values) })
    }
    head.open = nil
    for neuron in values.indices {
      layer.biases[neuron] = apply(layer.biases[neuron], values[neuron])
      for index in neuron * layer.fanIn..<(neuron + 1) * layer.fanIn {
        layer.weights[index] = apply(layer.weights[index], values[neuron])
      }
    }
    head.open = layer
  }

  /// How the last layer's neurons respond, one function for all or one each.
  mutating func respond(_ functions: [Function]) throws {
    if head.open == nil {
      try takeInputScaling()
      if head.hasChange { try makeChangeALayer() } else { try addRespondingLayer() }
    }
    guard var layer = head.open else { return }
    layer.activations = functions.count == 1 ? Array(repeating: functions[0], count: layer.count) : functions
    head.open = nil
    (head.sources, head.isSum) = ([.layer(layers.count)], false)
    layers.append(layer)
  }

  /// Ends the last layer; without an activation it responds with z.
  mutating func closeWithIdentity() {
    if open != nil { try? respond([Function(name: "identity")]) }
  }

  // MARK: Outputs of two classes

  /// Whether the last layer is one neuron that responds by sigmoid.
  var hasSigmoidOutput: Bool {
    open == nil && !hasChange && head.image == nil
      && layers.last.map { $0.count == 1 && $0.arePlain && $0.window == nil && $0.activations[0].name == "sigmoid" }
        ?? false
  }

  /// Puts a neuron beside the one of the last layer that gives 1 − p, p being its output: sigmoid(−z).
  mutating func mirrorOutput(isSecond: Bool) {
    var layer = layers.removeLast()
    let opposite = (weights: layer.weights.map { -$0 }, biases: layer.biases.map { -$0 })
    layer.weights = isSecond ? layer.weights + opposite.weights : opposite.weights + layer.weights
    layer.biases = isSecond ? layer.biases + opposite.biases : opposite.biases + layer.biases
    layer.kinds = [nil, nil]
    layer.activations += layer.activations
    layers.append(layer)
    (head.width, head.change) = (2, nil)
  }

  /// Whether the outputs of the last layer are positive and add up to 1, whatever comes in.
  var addsUpToOne: Bool {
    guard open == nil, !hasChange, let layer = layers.last else { return false }
    guard layer.window == nil else { return false }
    if layer.activations.allSatisfy({ $0.name == "softmax" }) { return true }
    return layer.count == 2 && layer.arePlain && layer.activations.allSatisfy { $0.name == "sigmoid" }
      && layer.biases[0] == -layer.biases[1]
      && (0..<layer.fanIn).allSatisfy { layer.weights[$0] == -layer.weights[layer.fanIn + $0] }
  }

  // MARK: The model

  /// The model of all layers; `connections` are the inputs that each neuron has, for sparse layers, by their numbers.
  func model<Scalar: NetworkScalar>(
    _: Scalar.Type, plugins: Plugins, connections: [String: [[Int]]] = [:]
  ) throws -> Model<Scalar> {
    var draft = self
    draft.closeWithIdentity()
    if draft.head.order != nil { throw Self.reordered }
    guard !draft.layers.isEmpty else { throw ImportFault("there is no layer with weights in it") }
    if draft.head.sources != [.layer(draft.layers.count - 1)] {
      if draft.hasChange { try draft.makeChangeALayer() } else { try draft.addRespondingLayer() }
      draft.closeWithIdentity()
    }
    var layers: [NNKit.Layer<Scalar>] = []
    for (index, layer) in draft.layers.enumerated() {
      layers.append(try layer.made(index, plugins, connections["\(index)"].map { .lists($0) }))
    }
    return Model(
      try Network(keepingWeightsOf: layers), inputScaling: draft.inputScaling,
      targetScaling: draft.hasChange ? try draft.head.change?.targetScaling() : nil)
  }
}

extension NetworkDraft.Head {
  /// "8 × 14 × 14", or how many numbers there are.
  var shape: String {
    guard let image else { return "\(width)" }
    return "\(image.channels) × \(image.size)"
  }
}

extension NetworkDraft.Change {
  /// Whether it adds anything.
  fileprivate var isShift: Bool { !before.allSatisfy { $0 == 0 } || !after.allSatisfy { $0 == 0 } }

  /// As raw inputs are scaled: (x − offset) · factor.
  fileprivate func inputScaling() throws -> Scaling {
    guard factor.allSatisfy({ $0 != 0 }) else { throw ImportFault("it multiplies inputs by 0") }
    return Scaling(
      offset: before.indices.map { after[$0] == 0 ? before[$0] : before[$0] - after[$0] * divisor[$0] / factor[$0] },
      factor: before.indices.map { factor[$0] / divisor[$0] })
  }

  /// As outputs are brought back: y / factor + offset.
  fileprivate func targetScaling() throws -> Scaling {
    guard factor.allSatisfy({ $0 != 0 }) else { throw ImportFault("it multiplies outputs by 0") }
    return Scaling(
      offset: before.indices.map { before[$0] == 0 ? after[$0] : after[$0] - before[$0] * factor[$0] / divisor[$0] },
      factor: before.indices.map { divisor[$0] / factor[$0] })
  }

  /// w (s x + t) + b = (w s) x + (w t + b).
  fileprivate func takeInto(_ layer: inout NetworkDraft.Layer) throws {
    let size = layer.window?.kernel.count ?? 1
    for neuron in 0..<layer.count {
      let group = layer.window.map { neuron / (layer.count / $0.groups) * ($0.channels / $0.groups) } ?? 0
      for input in 0..<layer.fanIn {
        let (place, unit) = (neuron * layer.fanIn + input, group + input / size)
        let scale = factor[unit] / divisor[unit]
        layer.biases[neuron] += layer.weights[place] * (after[unit] - before[unit] * scale)
        layer.weights[place] *= scale
      }
    }
  }
}

extension NetworkDraft.Layer {
  fileprivate func made<Scalar: NetworkScalar>(
    _ index: Int, _ plugins: Plugins, _ connections: Connections?
  ) throws -> NNKit.Layer<Scalar> {
    let place = "layer \(index)"
    let weightCount = weights.count / count
    // Neighbours have the same function, which then is looked up once.
    var activation = (function: activations[0], value: try plugins.activation(activations[0]))
    let neurons = try (0..<count).map { number -> Neuron<Scalar> in
      let function = activations[number]
      if function != activation.function { activation = (function, try plugins.activation(function)) }
      let kind = try kinds[number].map { try plugins.neuron($0.name, parameters: $0.parameters) }
      let neuron: Neuron<Scalar>
      if let kind {
        neuron = try PluginNeuron(inputs: fanIn, activation: activation.value, kind: kind)
      } else {
        neuron = Neuron(inputs: fanIn, activation: activation.value)
      }
      guard neuron.weightCount <= weightCount else {
        throw ImportFault(
          "\(place), neuron \(number): the file has \(weightCount) weights, the neuron has \(neuron.weightCount)")
      }
      for (weight, value) in weights[number * weightCount..<(number + 1) * weightCount].enumerated() {
        guard Scalar(value).isFinite else {
          throw ImportFault("\(place), neuron \(number): weight \(weight) is \(value), not a finite number")
        }
        if weight < neuron.weightCount { neuron.weights[weight] = Scalar(value) }
      }
      guard Scalar(biases[number]).isFinite else {
        throw ImportFault("\(place), neuron \(number): the bias is \(biases[number]), not a finite number")
      }
      if biases[number] != 0 { neuron.bias = Scalar(biases[number]) }
      return neuron
    }
    let sources: Sources =
      self.sources == Sources.previous.resolved(of: index)
      ? .previous : addsSources && self.sources.count > 1 ? .added(self.sources) : .concatenated(self.sources)
    return try NNKit.Layer(
      neurons, wiring: window.map { .slidingWindow($0) } ?? .dense, sources: sources, connections: connections)
  }
}

extension Plugins {
  fileprivate func activation(_ function: NetworkDraft.Function) throws -> Activation {
    try activation(function.name, parameters: function.parameters)
  }
}
