import Foundation
import NNKit
import Testing

/// Bundled functions in single precision against the C library's in double, over all floats that they can be given.
@Suite struct FloatFunctionTests {
  private static let references: [(name: String, value: @Sendable (Double) -> Double)] = [
    ("exponential", { exp($0) }), ("tanh", { tanh($0) }), ("sigmoid", { 1 / (1 + exp(-$0)) }),
    ("softplus", { max($0, 0) + log1p(exp(-abs($0))) }), ("elu", { $0 > 0 ? $0 : expm1($0) }),
  ]

  @Test(
    "they are within 1.5 units in the last place, the logistic function within 2.8", arguments: references.map(\.name))
  func accuracy(_ name: String) throws {
    let reference = try #require(Self.references.first { $0.name == name }?.value)
    // Every 2,003rd float of either sign.
    let points = stride(from: UInt32(0), to: 0x7f80_0000, by: 2003).flatMap {
      [Float(bitPattern: $0), -Float(bitPattern: $0)]
    }
    let network = try Network<Float>(keepingWeightsOf: [
      Layer(neurons: 1, inputs: 1, activation: bundled().activation(name))
    ])
    network.layers[0].weights[0, 0] = 1
    var worst = 0.0
    for start in stride(from: 0, to: points.count, by: 4096) {
      let part = points[start..<min(start + 4096, points.count)]
      let answers = try network.forward(Inputs(outputs: Matrix(row: part)))
      for (index, z) in part.enumerated() {
        let (exact, answer) = (reference(Double(z)), answers[0, index])
        let expected = Float(exact)
        if expected.isFinite, answer.isFinite {
          let unit = max(Double(expected.magnitude.ulp), Double(Float.leastNormalMagnitude.ulp))
          worst = max(worst, abs(Double(answer) - exact) / unit)
        } else {
          #expect(answer == expected, "\(name)(\(z))")
        }
      }
    }
    #expect(worst <= (name == "sigmoid" ? 2.8 : 1.5), "\(name): \(worst) units")
  }
}
