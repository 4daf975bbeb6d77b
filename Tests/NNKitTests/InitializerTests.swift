import Foundation
import NNKit
import Testing

/// First weights: where they lie, how they scatter, and that a seed repeats them.
@Suite struct InitializerTests {
  private let fanIn = 120
  private let fanOut = 80

  private func weights(_ initializer: Initializer?, _ activation: String = "tanh", seed: UInt64 = 1) throws -> [Double]
  {
    let layer = try Layer<Double>(neurons: fanOut, inputs: fanIn, activation: bundled().activation(activation))
    layer.initializer = initializer
    for neuron in layer.neurons { neuron.bias = 3 }
    _ = try Network(layers: [layer], seed: seed)
    #expect(layer.biases.values.allSatisfy { $0 == [0] })
    return Array(layer.weights.values.joined())
  }

  private func moments(_ values: [Double]) -> (mean: Double, deviation: Double) {
    let mean = values.reduce(0, +) / Double(values.count)
    return (mean, (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot())
  }

  @Test("zeros and constants are what they say")
  func constants() throws {
    #expect(try weights(.zeros).allSatisfy { $0 == 0 })
    #expect(try weights(.constant(0.25)).allSatisfy { $0 == 0.25 })
  }

  @Test("normal initializers have their mean and deviation, and a normal shape")
  func normal() throws {
    let cases: [(Initializer, Double, Double)] = [
      (.normal(deviation: 0.3), 0, 0.3), (.normal(mean: 2, deviation: 0.1), 2, 0.1),
      (.glorotNormal, 0, (2.0 / 200).squareRoot()), (.heNormal, 0, (2.0 / 120).squareRoot()),
      (.lecunNormal, 0, (1.0 / 120).squareRoot()),
    ]
    for (initializer, mean, deviation) in cases {
      let values = try weights(initializer)
      let found = moments(values)
      // 9,600 draws: the mean scatters by deviation / 98, the deviation by 0.7 % of itself; five times that.
      #expect(abs(found.mean - mean) < 0.05 * deviation, "\(initializer)")
      #expect(abs(found.deviation / deviation - 1) < 0.036, "\(initializer)")
      let within = { (width: Double) in
        Double(values.count { abs($0 - mean) < width * deviation }) / Double(values.count)
      }
      #expect(abs(within(1) - 0.6827) < 0.024 && abs(within(2) - 0.9545) < 0.011 && within(5.5) == 1)
    }
  }

  @Test("uniform initializers fill their range evenly and keep to it")
  func uniform() throws {
    let cases: [(Initializer, ClosedRange<Double>)] = [
      (.uniform(minimum: -0.2, maximum: 0.6), -0.2...0.6),
      (.glorotUniform, -(6.0 / 200).squareRoot()...(6.0 / 200).squareRoot()),
      (.heUniform, -(6.0 / 120).squareRoot()...(6.0 / 120).squareRoot()),
    ]
    for (initializer, range) in cases {
      let values = try weights(initializer)
      let width = range.upperBound - range.lowerBound
      #expect(values.allSatisfy { range.contains($0) })
      for tenth in 0..<10 {
        let low = range.lowerBound + width * Double(tenth) / 10
        let share = Double(values.count { $0 >= low && $0 < low + width / 10 }) / Double(values.count)
        #expect(abs(share - 0.1) < 0.016, "\(initializer)")
      }
    }
  }

  @Test("the default follows the activation: he for the relu family, lecun for selu, else glorot")
  func defaults() throws {
    let relus = ["relu", "leaky_relu", "relu6", "elu", "celu", "gelu", "silu", "mish", "hard_swish"]
    for name in Names.activations {
      let expected: Initializer = relus.contains(name) ? .heNormal : name == "selu" ? .lecunNormal : .glorotNormal
      #expect(Initializer.standard(for: name) == expected, "\(name)")
      #expect(try weights(nil, name) == weights(expected, name), "\(name)")
    }
  }

  @Test("the same seed gives the same numbers, another seed others, and no two layers the same")
  func seeds() throws {
    #expect(try weights(nil, seed: 7) == weights(nil, seed: 7))
    #expect(try weights(nil, seed: 7) != weights(nil, seed: 8))
    let functions = Array(repeating: try bundled().activation("tanh"), count: 2)
    let network = try Network<Double>(
      layers: functions.map { try Layer(neurons: 3, inputs: 3, activation: $0) }, seed: 1)
    #expect(network.layers[0].weights.values != network.layers[1].weights.values)
    #expect(Set(network.layers[0].weights.values.joined()).count == 9)
  }

  @Test("single precision draws the same numbers, rounded")
  func precision() throws {
    let tanh = try bundled().activation("tanh")
    let floats = try Network<Float>(layers: [Layer(neurons: 4, inputs: 3, activation: tanh)], seed: 5)
    let doubles = try Network<Double>(layers: [Layer(neurons: 4, inputs: 3, activation: tanh)], seed: 5)
    #expect(floats.output.weights.values == doubles.output.weights.values.map { $0.map { Float($0) } })
  }

  @Test("without a seed a network keeps the weights it was given")
  func kept() throws {
    let layer: Layer<Double> = try layer([[1, 2]], biases: [3], bundled().activation("tanh"))
    #expect(try Network(keepingWeightsOf: [layer]).output.weights.values == [[1, 2]])
  }
}
