import Foundation
import NNKit
import Testing

/// The bundled elementwise activations against values that mpmath computed to 1100 digits and rounded once.
@Suite struct ActivationTests {
  private struct Reference: Decodable {
    struct Function: Decodable {
      let value: [Number]
      let derivative: [Number]
    }
    let z: [Double]
    let functions: [String: Function]
  }

  /// Points over all magnitudes from 1e-12 to 1e4, both signs.
  private let points: [Double] = {
    let near = Array(stride(from: -20.0, through: 20, by: 0.037))
    let magnitudes = (-12...3).flatMap { exponent in [1.0, 2.5, 7].map { $0 * pow(10, Double(exponent)) } } + [1e4]
    return near + magnitudes + magnitudes.map { -$0 } + [0]
  }()

  @Test("all functions that the issue names are bundled, and no other")
  func names() throws {
    #expect(try bundled().names(of: .activation) == Names.activations.sorted())
    for name in Names.activations {
      #expect(try bundled().activation(name).isWholeLayer == Names.wholeLayer.contains(name), "\(name)")
    }
  }

  // gelu: exp(−z²/2) makes z² times as much of the rounding of z/√2 at z = −20 as there was. hard_sigmoid: the slope is
  // PyTorch's, 1/6 in single precision, in double too.
  @Test("values and derivatives are mpmath's to 4e-15 relative", arguments: Names.elementwise)
  func reference(_ name: String) throws {
    let valueTolerance = name == "gelu" ? 4e-14 : 4e-15
    let slopeTolerance = name == "hard_sigmoid" ? 3e-8 : valueTolerance
    let reference: Reference = try fixture("activations.json")
    let expected = try #require(reference.functions[name])
    let (values, derivatives) = try bundled().activation(name).values(at: reference.z)
    for (index, z) in reference.z.enumerated() {
      let (value, derivative) = (expected.value[index].value, expected.derivative[index].value)
      // Beside the relative tolerance the smallest normal number: what lies below may become 0.
      #expect(
        isClose(values[index], value, relative: valueTolerance, absolute: .leastNormalMagnitude),
        "\(name)(\(z)) is \(values[index]), expected \(value)")
      #expect(
        isClose(derivatives[index], derivative, relative: slopeTolerance, absolute: .leastNormalMagnitude),
        "\(name)'(\(z)) is \(derivatives[index]), expected \(derivative)")
    }
  }

  @Test("derivatives are slopes of the values, away from kinks", arguments: Names.elementwise)
  func derivatives(_ name: String) throws {
    let activation = try bundled().activation(name)
    let kinks = try activation.shape().kinks
    let tolerance = name == "hard_sigmoid" ? 3e-8 : 1e-9
    for z in stride(from: -8.03, through: 8, by: 0.171) where kinks.allSatisfy({ abs($0 - z) > 2e-3 }) {
      let expected = try slope(of: { try activation.values(at: [$0]).outputs[0] }, at: z)
      let derivative = try activation.values(at: [z]).derivatives[0]
      #expect(isClose(derivative, expected, relative: tolerance, absolute: 1e-10), "\(name)' at \(z)")
    }
  }

  @Test("in single precision values and derivatives are those of double to 1e-6", arguments: Names.elementwise)
  func single(_ name: String) throws {
    let activation = try bundled().activation(name)
    let z = points.map { Float($0) }
    let (values, derivatives) = try activation.values(at: z.map { Double($0) })
    let network: Network<Float> = try mirror(activation, width: 1)
    let outputs = try network.outputs(for: z.map { [$0] })
    network.output.received.row(0).fill(1)
    try network.backward()
    for (index, z) in z.enumerated() {
      let tolerance = 1e-6 * max(1, abs(values[index]))
      let (value, slope) = (Double(outputs[index][0]), Double(network.output.localGradients[0, index]))
      #expect(isClose(value, Double(Float(values[index])), absolute: tolerance), "\(name)(\(z))")
      #expect(isClose(slope, Double(Float(derivatives[index])), relative: 1e-6, absolute: 1e-6), "\(name)'(\(z))")
    }
  }

  @Test("at kinks the derivative is PyTorch's")
  func kinks() throws {
    let conventions: [(String, [(z: Double, slope: Double)])] = [
      ("relu", [(0, 0)]), ("relu6", [(0, 0), (6, 0)]), ("hard_tanh", [(-1, 0), (1, 0)]),
      ("hard_sigmoid", [(-3, 0), (3, 0)]), ("hard_swish", [(-3, 0), (3, 1)]), ("leaky_relu", [(0, 0.01)]),
      ("elu", [(0, 1)]), ("celu", [(0, 1)]), ("selu", [(0, 1.0507009873554805 * 1.6732632423543772)]),
      ("step", [(0, 0)]),
    ]
    for (name, expected) in conventions {
      let activation = try bundled().activation(name)
      let slopes = try activation.values(at: expected.map(\.z)).derivatives
      for (point, slope) in zip(expected, slopes) {
        #expect(isClose(slope, point.slope, relative: 1e-15), "\(name)' at \(point.z)")
      }
    }
    #expect(try bundled().activation("selu").values(at: [0]).derivatives[0].rounded(to: 4) == 1.7581)
    #expect(try bundled().activation("step").values(at: [-1e-300, 0, 1e-300]).outputs == [0, 0, 1])
  }

  @Test("each point where the slopes from left and right differ is declared a kink", arguments: Names.elementwise)
  func declaredKinks(_ name: String) throws {
    let shape = try bundled().activation(name).shape()
    #expect(shape.isDeclared)
    for z in stride(from: -8.0, through: 8, by: 0.5) {
      let ends = try bundled().activation(name).values(at: [z - 1e-6, z, z + 1e-6]).outputs
      let (left, right) = ((ends[1] - ends[0]) / 1e-6, (ends[2] - ends[1]) / 1e-6)
      let size = max(1, abs(left), abs(right))
      // The slope of a smooth function changes by 2e-6 · f′′ at most: elu's and celu's break is in f′′.
      let breaks = abs(left - right) > 1e-2 * size
      if breaks { #expect(shape.kinks.contains(z), "\(name) at \(z)") }
      if !breaks && shape.kinks.contains(z) {
        #expect(["elu", "celu"].contains(name), "\(name) has no kink at \(z)")
      }
    }
  }

  @Test("NaN in gives NaN out, and leaves the numbers beside it alone", arguments: Names.elementwise)
  func notANumber(_ name: String) throws {
    let activation = try bundled().activation(name)
    let z: [Double] = [0.5, .nan, -1.5]
    let values = try activation.values(at: z).outputs
    #expect(values[1].isNaN)
    #expect(try [values[0], values[2]] == activation.values(at: [0.5, -1.5]).outputs)
    let floats: Network<Float> = try mirror(activation, width: 1)
    #expect(try floats.outputs(for: [.nan])[0].isNaN)
  }

  @Test("up to |z| = 1e4 nothing is NaN, and only the exponential is infinite", arguments: Names.elementwise)
  func extremes(_ name: String) throws {
    let activation = try bundled().activation(name)
    let floats: Network<Float> = try mirror(activation, width: 1)
    let (values, derivatives) = try activation.values(at: points)
    let outputs = try floats.forward(Inputs(samples: Matrix(points.map { [Float($0)] })))
    let single = points.indices.map { outputs[0, $0] }
    floats.output.received.row(0).fill(1)
    try floats.backward()
    for (index, z) in points.enumerated() {
      let numbers = [
        values[index], derivatives[index], Double(single[index]), Double(floats.output.localGradients[0, index]),
      ]
      if name == "exponential" && z > 80 {
        #expect(!numbers.contains { $0.isNaN || $0 < 0 }, "\(name) at \(z)")
      } else {
        #expect(numbers.allSatisfy { $0.isFinite }, "\(name) at \(z): \(numbers)")
      }
    }
    if name == "exponential" { #expect(values.contains(.infinity)) }
  }

  @Test("outputs keep to the declared range and come near its ends", arguments: Names.elementwise)
  func range(_ name: String) throws {
    let activation = try bundled().activation(name)
    let range = try activation.shape().range
    let outputs = try activation.values(at: points).outputs
    let floats = try mirror(activation, width: 1, as: Float.self).outputs(for: points.map { [Float($0)] })
    #expect(outputs.allSatisfy { range.contains($0) })
    // Rounded to Float a number may pass an end that is no Float by half a unit in the last place.
    let slack = { (end: Double) in abs(end) * 1e-7 }
    #expect(
      floats.allSatisfy {
        Double($0[0]) >= range.lowerBound - slack(range.lowerBound)
          && Double($0[0]) <= range.upperBound + slack(range.upperBound)
      })
    for (end, reached) in [(range.lowerBound, outputs.min()), (range.upperBound, outputs.max())] {
      let reached = try #require(reached)
      if end.isFinite { #expect(abs(end - reached) < 1e-3) } else { #expect(abs(reached) >= 99) }
    }
  }
}

extension Double {
  /// Rounded to a number of decimals.
  fileprivate func rounded(to decimals: Int) -> Double {
    let factor = pow(10, Double(decimals))
    return (self * factor).rounded() / factor
  }
}
