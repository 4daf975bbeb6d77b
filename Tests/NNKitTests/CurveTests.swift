import Foundation
import NNKit
import Testing

@Suite("what plots and sums are made of")
struct CurveTests {
  private let plugins: Plugins
  init() throws { plugins = try Plugins() }

  @Test("a softmax neuron's curve is exp z over the layer's sum, its slope a(1 − a)")
  func wholeLayer() throws {
    let z = [0.5, -1, 2]
    let points = [-3, 0, 1.5]
    let curve = try plugins.activation("softmax").curve(at: points, neuron: 1, of: z)
    for (index, point) in points.enumerated() {
      let a = exp(point) / (exp(0.5) + exp(point) + exp(2))
      #expect(abs(curve.outputs[index] - a) < 1e-12 && abs(curve.derivatives[index] - a * (1 - a)) < 1e-12)
    }
  }

  @Test("the terms of a sum and of a mean add up to the loss; a loss that is neither has none")
  func terms() throws {
    let (a, y) = ([0.75136507, 0.772928465], [0.01, 0.99])
    let sum = try #require(try plugins.loss("half_squared_error").terms(outputs: a, targets: y))
    #expect(abs(sum[0] - 0.274811083) < 1e-8 && abs(sum[1] - 0.023560026) < 1e-8)
    let mean = try #require(try plugins.loss("mean_squared_error").terms(outputs: a, targets: y))
    #expect(abs(mean[0] - 0.274811083) < 1e-8)
    let steep = try plugins.loss("cross_entropy").terms(outputs: [0, 1], targets: [1, 0])
    #expect(steep == nil)
  }
}
