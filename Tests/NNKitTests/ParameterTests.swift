import NNKit
import Testing

/// What a network says of the numbers that training moves.
@Suite struct ParameterTests {
  private func network() throws -> Network<Double> {
    try NNKitTests.network([2, 3, 1], [bundled().activation("tanh"), bundled().activation("sigmoid")])
  }

  @Test("parameters come layer by layer, weights before biases, under the names that files have")
  func names() throws {
    let network = try network()
    let names = ["layers.0.weights", "layers.0.biases", "layers.1.weights", "layers.1.biases"]
    #expect(network.parameters.map(\.name) == names)
    #expect(network.parameters.map(\.isRegularized) == [true, false, true, false])
    #expect(try Safetensors(Model(network).encoded(), path: "model").tensors.keys.sorted() == names.sorted())
    for (layer, parameters) in zip(network.layers, [network.parameters.prefix(2), network.parameters.suffix(2)]) {
      #expect(parameters.map { $0.value === layer.weights || $0.value === layer.biases } == [true, true])
    }
  }

  @Test("a parameter's gradient is its layer's, and freezing it freezes that part of the layer")
  func gradientsAndFreezing() throws {
    let network = try network()
    try pass(network, bundled().loss("half_squared_error"), Samples(inputs: [[1, 2]], targets: [[0.5]]))
    #expect(try network.parameters[2].gradient.values == network.layers[1].weightGradients.values)
    #expect(try network.parameters[3].gradient.values == network.layers[1].biasGradients.values)
    network.parameters[2].isFrozen = true
    #expect(network.layers.map(\.frozen) == [[], .weights])
    network.layers[1].frozen = .biases
    #expect(network.parameters.map(\.isFrozen) == [false, false, false, true])
  }
}
