import Foundation
import NNKit
import Testing

/// A neuron by itself: what it does forward and backward, against numbers worked out by hand.
@Suite struct NeuronTests {
  private func neuron(_ activation: String, _ weights: [Double], bias: Double) throws -> Neuron<Double> {
    let neuron = Neuron<Double>(inputs: weights.count, activation: try bundled().activation(activation))
    neuron.weights.assign(weights)
    neuron.bias = bias
    return neuron
  }

  /// Two columns: (1, 2) and (3, −4).
  private let inputs: Inputs<Double>

  init() throws { inputs = Inputs(outputs: try Matrix([[1, 3], [2, -4]])) }

  @Test("forward: z = w · x + b, a = f(z), for each column")
  func forward() throws {
    let neuron = try neuron("relu", [0.5, -0.25], bias: 1)
    try neuron.forward(inputs)
    #expect(Array(neuron.weightedInputs) == [0.5 - 0.5 + 1, 1.5 + 1 + 1])
    #expect(Array(neuron.outputs) == [1, 3.5])
    let dark = try self.neuron("relu", [-1, 0], bias: 0)
    try dark.forward(inputs)
    #expect(Array(dark.weightedInputs) == [-1, -3] && Array(dark.outputs) == [0, 0])
  }

  @Test("the sigmoid rises: the sign of z is not lost")
  func sigmoidRises() throws {
    let neuron = try neuron("sigmoid", [1, 1], bias: 0)
    try neuron.forward(inputs)
    #expect(isClose(neuron.outputs[0], 1 / (1 + exp(-3)), relative: 1e-15))
    #expect(neuron.outputs[0] > 0.9 && neuron.outputs[1] < 0.5)
  }

  @Test("backward: δ = received · f′(z), gradients δ · x, messages w · δ")
  func backward() throws {
    let neuron = try neuron("tanh", [0.5, -0.25], bias: 0.1)
    try neuron.forward(inputs)
    neuron.received.assign([2, -1])
    let upstream = Matrix<Double>(rows: 2, columns: 2)
    try neuron.backward(sendingTo: Messages(addingTo: upstream))
    let a = [tanh(0.1), tanh(2.6)]
    let delta = [2 * (1 - a[0] * a[0]), -(1 - a[1] * a[1])]
    for c in 0..<2 {
      #expect(isClose(neuron.localGradients[c], delta[c], relative: 1e-13))
      #expect(isClose(upstream[0, c], 0.5 * delta[c], relative: 1e-13))
      #expect(isClose(upstream[1, c], -0.25 * delta[c], relative: 1e-13))
    }
    #expect(isClose(neuron.weightGradients[0], delta[0] * 1 + delta[1] * 3, relative: 1e-13))
    #expect(isClose(neuron.weightGradients[1], delta[0] * 2 + delta[1] * -4, relative: 1e-13))
    #expect(isClose(neuron.biasGradient, delta[0] + delta[1], relative: 1e-13))
  }

  @Test("it remembers what it heard and what it received")
  func memory() throws {
    let neuron = try neuron("identity", [1, 1], bias: 0)
    try neuron.forward(inputs)
    neuron.received.assign([7, 9])
    try neuron.backward(sendingTo: nil)
    #expect(neuron.inputs[1, 1] == -4 && neuron.inputs.count == 2 && neuron.inputs.columns == 2)
    #expect(Array(neuron.received) == [7, 9])
    #expect(Array(neuron.localGradients) == [7, 9])
  }

  @Test("messages of several neurons add up at the one they heard")
  func messagesSum() throws {
    let upstream = try Matrix<Double>([[100, 0], [0, 0]])
    for weight in [1.0, 2, 3] {
      let neuron = try neuron("identity", [weight, -weight], bias: 0)
      try neuron.forward(inputs)
      neuron.received.assign([1, 10])
      try neuron.backward(sendingTo: Messages(addingTo: upstream))
    }
    #expect(upstream.values == [[106, 60], [-6, -60]])
  }

  @Test("a neuron alone adds each backward pass to its gradients")
  func accumulation() throws {
    let neuron = try neuron("identity", [1, 1], bias: 0)
    try neuron.forward(inputs)
    neuron.received.assign([1, 1])
    try neuron.backward(sendingTo: nil)
    #expect(Array(neuron.weightGradients) == [4, -2] && neuron.biasGradient == 2)
    try neuron.backward(sendingTo: nil)
    #expect(Array(neuron.weightGradients) == [8, -4] && neuron.biasGradient == 4)
  }

  @Test("two equal forward passes give equal numbers, and nothing grows")
  func repeatable() throws {
    let neuron = try neuron("sigmoid", [0.3, 0.7], bias: -0.2)
    try neuron.forward(inputs)
    let first = Array(neuron.outputs)
    try neuron.forward(inputs)
    #expect(Array(neuron.outputs) == first && neuron.outputs.count == 2)
  }

  @Test("another number of columns is taken as it comes")
  func columns() throws {
    let neuron = try neuron("identity", [2, 0], bias: 0)
    for count in [1, 5, 2] {
      try neuron.forward(
        Inputs(outputs: Matrix([Array(repeating: 3, count: count), Array(repeating: 1, count: count)])))
      #expect(Array(neuron.outputs) == Array(repeating: 6, count: count))
    }
  }

  @Test("inputs are read as they lie: neurons × columns or samples × features")
  func strides() throws {
    let outputs = try Inputs(outputs: Matrix<Double>([[1, 3], [2, -4]]))
    let samples = try Inputs(samples: Matrix<Double>([[1, 2], [3, -4], [99, 99]]), count: 2)
    let neuron = try neuron("identity", [0.5, -0.25], bias: 1)
    for inputs in [outputs, samples] {
      #expect(inputs[0, 1] == 3 && inputs[1, 0] == 2 && inputs.columns == 2)
      neuron.weightGradients.fill(0)
      try neuron.forward(inputs)
      neuron.received.assign([1, 2])
      try neuron.backward(sendingTo: nil)
      #expect(Array(neuron.outputs) == [1, 3.5])
      #expect(Array(neuron.weightGradients) == [7, -6])
    }
  }

  @Test("two neurons share nothing")
  func ownStorage() throws {
    let (one, other) = (try neuron("relu", [1, 2], bias: 3), try neuron("relu", [4, 5], bias: 6))
    try one.forward(inputs)
    try other.forward(inputs)
    #expect(Array(one.weights) == [1, 2] && one.bias == 3)
    #expect(Array(one.outputs) == [8, 0] && Array(other.outputs) == [20, 0])
  }

  @Test("a neuron of its own kind has its class's name, without type arguments")
  func names() throws {
    #expect(Neuron<Float>.typeName == "Neuron" && RadialNeuron<Double>.typeName == "RadialNeuron")
    #expect(try neuron("relu", [1], bias: 0).isPlain)
    #expect(!RadialNeuron<Double>(inputs: 1, activation: try bundled().activation("relu")).isPlain)
  }
}
