internal import NNKit

/// A layer of a small network: a row of weights and a bias for each neuron.
struct LayerNumbers {
  let weights: [[Double]]
  let biases: [Double]
  let activation: String
  init(_ weights: [[Double]], _ biases: [Double], _ activation: String) {
    (self.weights, self.biases, self.activation) = (weights, biases, activation)
  }
}

extension LessonEngine {
  /// A neuron without a layer.
  func neuron(_ weights: [Double], _ bias: Double, _ activation: String) throws -> Neuron<Double> {
    let neuron = Neuron<Double>(inputs: weights.count, activation: try plugins.activation(activation))
    neuron.weights.assign(weights)
    neuron.bias = bias
    return neuron
  }

  /// A network with the weights that are given.
  func network(_ layers: [LayerNumbers]) throws -> Network<Double> {
    try Network(
      keepingWeightsOf: layers.map { numbers in
        let layer = try Layer<Double>(
          neurons: numbers.weights.count, inputs: numbers.weights[0].count,
          activation: plugins.activation(numbers.activation))
        for (row, weights) in numbers.weights.enumerated() {
          layer.weights.row(row).assign(weights)
          layer.biases[row, 0] = numbers.biases[row]
        }
        return layer
      })
  }

  /// A function and its slope, from `low` to `high`.
  func curve(_ name: String, from low: Double = -6, to high: Double = 6) throws -> (
    z: [Double], f: [Double], slope: [Double]
  ) {
    let z = (0...120).map { low + (high - low) * Double($0) / 120 }
    let (f, slope) = try plugins.activation(name).values(at: z)
    return (z, f, slope)
  }
}

extension Neuron<Double> {
  /// Its forward pass over one sample.
  func hear(_ inputs: [Double]) throws -> (z: Double, a: Double) {
    try forward(Inputs(outputs: Matrix(column: inputs)))
    return (weightedInputs[0], outputs[0])
  }
}

extension Network<Double> {
  /// Its outputs for one sample; the network keeps what each neuron held.
  func respond(to inputs: [Double]) throws -> [Double] {
    let outputs = try forward(Inputs(outputs: Matrix(column: inputs)))
    return (0..<outputs.rows).map { outputs[$0, 0] }
  }

  /// Both passes over one sample.
  ///
  /// - Returns: The loss.
  func passes(_ inputs: [Double], _ targets: [Double], _ loss: Loss) throws -> Double {
    let outputs = try forward(Inputs(outputs: Matrix(column: inputs)))
    let targets = Matrix(column: targets)
    try backward(from: try loss.gradient(outputs, targets))
    return try loss.values(outputs, targets)[0]
  }
}

extension Figure {
  /// A network with what its neurons responded to the last sample.
  static func network(_ network: Network<Double>, inputs: [Double], label: String) -> Figure {
    let first = NetworkFigure.Column(
      title: "inputs",
      nodes: inputs.enumerated().map { .init(key: "in.\($0)", name: "x\(subscripted($0 + 1))", value: shown($1)) })
    let columns = network.layers.enumerated().map { index, layer in
      NetworkFigure.Column(
        title: index == network.layers.count - 1 ? "outputs" : "layer \(index + 1)",
        nodes: layer.neurons.map { .init(key: "\(index).\($0.index)", name: "a", value: shown($0.outputs[0])) })
    }
    let lines = network.layers.enumerated().flatMap { index, layer in
      layer.neurons.flatMap { neuron in
        neuron.weights.enumerated().map {
          NetworkFigure.Line("\(index == 0 ? "in" : "\(index - 1)").\($0)", "\(index).\(neuron.index)", $1)
        }
      }
    }
    return .network(NetworkFigure(label: label, columns: [first] + columns, lines: lines))
  }
}

/// 12 as ₁₂.
func subscripted(_ number: Int) -> String {
  String(String.UnicodeScalarView("\(number)".unicodeScalars.compactMap { Unicode.Scalar($0.value - 48 + 0x2080) }))
}

/// A number with a minus sign that needs brackets behind an operator.
func bracketed(_ value: Double) -> String { value < 0 ? "(\(shown(value)))" : shown(value) }
