import NNKit
import Testing

/// Layers and networks as they are put together, and what they refuse.
@Suite struct LayerTests {
  private func plain(_ inputs: Int, _ activation: String = "tanh") throws -> Neuron<Double> {
    Neuron(inputs: inputs, activation: try bundled().activation(activation))
  }

  private func expectError(_ words: String..., from body: () throws -> Void) {
    let error = #expect(throws: NetworkError.self) { try body() }
    for word in words { #expect(error?.description.contains(word) == true, "\(String(describing: error))") }
  }

  @Test("a layer adopts neurons with their weights, and shares its storage with them")
  func adoption() throws {
    let neurons = [try plain(2), try plain(2)]
    neurons[1].weights.assign([3, 4])
    neurons[1].bias = 5
    #expect(neurons[1].isAlone)
    let layer = try Layer(neurons)
    #expect(!neurons[1].isAlone && neurons[1].index == 1)
    #expect(layer.weights.values == [[0, 0], [3, 4]] && layer.biases.values == [[0], [5]])
    neurons[0].weights[1] = 7
    layer.weights[1, 0] = 8
    neurons[0].bias = 9
    #expect(layer.weights.values == [[0, 7], [8, 4]] && Array(neurons[1].weights) == [8, 4])
    #expect(layer.biases[0, 0] == 9)
  }

  @Test("a layer's matrices are its neurons' rows")
  func rows() throws {
    let network: Network<Double> = try network([3, 4], [bundled().activation("tanh")])
    var random = RandomSource(seed: 2)
    let samples = try Samples<Double>(inputs: random.table(5, 3), targets: random.table(5, 4))
    try pass(network, bundled().loss("squared_error"), samples)
    let layer = network.output
    for (index, neuron) in layer.neurons.enumerated() {
      #expect(Array(neuron.weightedInputs) == layer.weightedInputs.values[index])
      #expect(Array(neuron.outputs) == layer.outputs.values[index])
      #expect(Array(neuron.received) == layer.received.values[index])
      #expect(Array(neuron.localGradients) == layer.localGradients.values[index])
      #expect(try Array(neuron.weightGradients) == layer.weightGradients.values[index])
      #expect(try neuron.biasGradient == layer.biasGradients[index, 0])
      #expect(neuron.inputs[2, 4] == samples.inputs[4, 2])
    }
  }

  @Test("there is one row of weights a neuron, one weight an input")
  func shapes() throws {
    let layer = try Layer<Float>(neurons: 3, inputs: 2, activation: bundled().activation("relu"))
    #expect(layer.weights.rows == 3 && layer.weights.columns == 2 && layer.biases.rows == 3)
    #expect(layer.parameterCount == 9 && layer.fanIn == 2)
    #expect(layer.activation == (try bundled().activation("relu")))
  }

  @Test("parameters are counted, those that extended neurons have more or less too")
  func parameterCount() throws {
    let layer: Layer<Double> = try mixedLayer(inputs: 3, bundled().activation("tanh"))
    // Four plain and a radial one of 3 + 1, one with a slope of 4 + 1, a product of 1 + 1.
    #expect(layer.parameterCount == 5 * 4 + 5 + 2)
    #expect(layer.weights.columns == 4)
  }

  @Test("an impossible layer is an error that says why")
  func impossibleLayers() throws {
    let relu = try bundled().activation("relu")
    expectError("at least one neuron") { _ = try Layer<Double>([]) }
    expectError("at least one neuron") { _ = try Layer<Double>(neurons: 0, inputs: 2, activation: relu) }
    expectError("neuron 1 has 3 inputs", "neuron 0", "2") { _ = try Layer([plain(2), plain(3)]) }
    let twice = try plain(2)
    expectError("neuron 1 already belongs") { _ = try Layer([twice, twice]) }
    let adopted = try Layer([plain(2)])
    expectError("neuron 0 already belongs") { _ = try Layer(adopted.neurons) }
    expectError("softmax", "tanh", "neuron 1") { _ = try Layer([plain(2), plain(2, "softmax")]) }
    expectError("softmax", "tanh", "neuron 1") { _ = try Layer([plain(2, "softmax"), plain(2)]) }
  }

  @Test("a layer without inputs is an error")
  func noInputs() throws {
    let relu = try bundled().activation("relu")
    expectError("input") { _ = try Layer<Double>(neurons: 2, inputs: 0, activation: relu) }
  }

  @Test("layers that do not fit together are an error that names both")
  func impossibleNetworks() throws {
    let relu = try bundled().activation("relu")
    expectError("at least one layer") { _ = try Network<Double>(keepingWeightsOf: []) }
    expectError("layer 1 has 4 inputs", "layer 0 has 3 neurons") {
      _ = try Network<Double>(keepingWeightsOf: [
        Layer(neurons: 3, inputs: 2, activation: relu), Layer(neurons: 1, inputs: 4, activation: relu),
      ])
    }
    let layer = try Layer<Double>(neurons: 2, inputs: 2, activation: relu)
    expectError("twice") { _ = try Network(keepingWeightsOf: [layer, layer]) }
  }

  @Test("samples that do not fit are errors that give both widths")
  func samples() throws {
    let network: Network<Double> = try network([3, 2], [bundled().activation("tanh")])
    let loss = try bundled().loss("squared_error")
    expectError("2", "3") { _ = try network.outputs(for: [[1, 2, 3], [1, 2]]) }
    expectError("2 inputs", "takes 3") {
      _ = try network.measure(loss, on: Samples(inputs: [[1, 2]], targets: [[1, 2]]))
    }
    expectError("1 targets", "2 outputs") {
      _ = try network.measure(loss, on: Samples(inputs: [[1, 2, 3]], targets: [[1]]))
    }
    expectError("sample 1 has 2 inputs") { _ = try Samples<Double>(inputs: [[1], [1, 2]], targets: [[1], [1]]) }
    expectError("2 samples", "1 of") { _ = try Samples<Double>(inputs: [[1], [2]], targets: [[1]]) }
    expectError("at least one sample") { _ = try Samples<Double>(inputs: [], targets: []) }
    #expect(try network.outputs(for: [[Double]]()).isEmpty)
  }

  @Test("layers share nothing: each has weights, outputs and gradients of its own")
  func ownStorage() throws {
    let network: Network<Double> = try network([2, 2, 2], Array(repeating: bundled().activation("tanh"), count: 2))
    network.layers[0].weights[0, 0] = 42
    #expect(network.layers[1].weights[0, 0] != 42)
    let answers = try network.outputs(for: [[1, 2], [3, 4]])
    #expect(
      answers.count == 2 && answers[0].count == 2
        && network.layers[0].outputs.values != network.layers[1].outputs.values)
  }

  @Test("a layer drops neither memory nor rows when batches change size")
  func batchSizes() throws {
    let network: Network<Double> = try network([2, 3, 1], Array(repeating: bundled().activation("tanh"), count: 2))
    let all = (0..<12).map { [Double($0) / 10, 0.5] }
    let answers = try network.outputs(for: all)
    for count in [1, 12, 5, 7] {
      for (left, right) in zip(try network.outputs(for: Array(all[..<count])).joined(), answers.joined()) {
        #expect(isClose(left, right, relative: 1e-14))
      }
      #expect(network.output.outputs.columns == count)
    }
  }
}
