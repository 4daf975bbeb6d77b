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

    var count: Int { biases.count }
    var arePlain: Bool { kinds.allSatisfy { $0 == nil } }
  }

  /// x becomes (x − before) · factor / divisor + after, number by number.
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

  /// How many numbers a sample has at this point.
  private(set) var width: Int
  private(set) var layers: [Layer] = []
  /// The last layer, if its activation has not come yet.
  private(set) var open: Layer?
  /// What happens to the numbers before the next layer.
  private var change: Change?
  private var inputScaling: Scaling?

  init(inputs: Int) {
    width = inputs
  }

  /// Whether any change of scale waits for the next layer.
  var hasChange: Bool { change?.isNone == false }

  // MARK: Steps

  /// A layer of neurons whose activation comes next.
  mutating func combine(_ layer: Layer) throws {
    closeWithIdentity()
    var layer = layer
    if let change, !change.isNone {
      if layers.isEmpty {
        inputScaling = try change.inputScaling()
      } else {
        try change.takeInto(&layer)
      }
    }
    width = layer.count
    change = nil
    open = layer
  }

  mutating func add(_ values: [Double]) throws {
    if open?.arePlain == true {
      for index in 0..<width { open?.biases[index] += values[index] }
    } else {
      closeWithIdentity()
      change(by: { $0.add(values) })
    }
  }

  private mutating func change(by body: (inout Change) -> Void) {
    var change = self.change ?? Change(width: width)
    body(&change)
    self.change = change
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
      return self.change(by: { body(&$0, values) })
    }
    open = nil
    for neuron in 0..<width {
      layer.biases[neuron] = apply(layer.biases[neuron], values[neuron])
      for index in neuron * layer.fanIn..<(neuron + 1) * layer.fanIn {
        layer.weights[index] = apply(layer.weights[index], values[neuron])
      }
    }
    open = layer
  }

  /// How the last layer's neurons respond, one function for all or one each.
  mutating func respond(_ functions: [Function]) throws {
    guard var layer = open else {
      throw ImportFault(
        "the activation \(functions[0].name) does not follow a layer's weights; nnkit's activations belong to neurons")
    }
    layer.activations = functions.count == 1 ? Array(repeating: functions[0], count: layer.count) : functions
    layers.append(layer)
    open = nil
  }

  /// Ends the last layer; without an activation it responds with z.
  mutating func closeWithIdentity() {
    if open != nil { try? respond([Function(name: "identity")]) }
  }

  // MARK: Outputs of two classes

  /// Whether the last layer is one neuron that responds by sigmoid.
  var hasSigmoidOutput: Bool {
    open == nil && !hasChange
      && layers.last.map { $0.count == 1 && $0.arePlain && $0.activations[0].name == "sigmoid" } ?? false
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
    width = 2
    change = nil
  }

  /// Whether the outputs of the last layer are positive and add up to 1, whatever comes in.
  var addsUpToOne: Bool {
    guard open == nil, !hasChange, let layer = layers.last else { return false }
    if layer.activations.allSatisfy({ $0.name == "softmax" }) { return true }
    return layer.count == 2 && layer.arePlain && layer.activations.allSatisfy { $0.name == "sigmoid" }
      && layer.biases[0] == -layer.biases[1]
      && (0..<layer.fanIn).allSatisfy { layer.weights[$0] == -layer.weights[layer.fanIn + $0] }
  }

  // MARK: The model

  func model<Scalar: NetworkScalar>(_: Scalar.Type, plugins: Plugins) throws -> Model<Scalar> {
    var draft = self
    draft.closeWithIdentity()
    guard !draft.layers.isEmpty else { throw ImportFault("there is no layer with weights in it") }
    var layers: [NNKit.Layer<Scalar>] = []
    for (index, layer) in draft.layers.enumerated() { layers.append(try layer.made(index, plugins)) }
    return Model(
      try Network(keepingWeightsOf: layers), inputScaling: draft.inputScaling,
      targetScaling: draft.hasChange ? try draft.change?.targetScaling() : nil)
  }
}

extension NetworkDraft.Change {
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
    guard layer.arePlain else {
      throw ImportFault("outputs change their scale before neurons that do not add up weighted inputs")
    }
    for neuron in 0..<layer.count {
      for input in 0..<layer.fanIn {
        let place = neuron * layer.fanIn + input
        let scale = factor[input] / divisor[input]
        layer.biases[neuron] += layer.weights[place] * (after[input] - before[input] * scale)
        layer.weights[place] *= scale
      }
    }
  }
}

extension NetworkDraft.Layer {
  fileprivate func made<Scalar: NetworkScalar>(_ index: Int, _ plugins: Plugins) throws -> NNKit.Layer<Scalar> {
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
      neuron.bias = Scalar(biases[number])
      return neuron
    }
    return try NNKit.Layer(neurons)
  }
}

extension Plugins {
  fileprivate func activation(_ function: NetworkDraft.Function) throws -> Activation {
    try activation(function.name, parameters: function.parameters)
  }
}
