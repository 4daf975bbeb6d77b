import Foundation
import NNKit
import Testing

/// The bundled losses against values that mpmath computed and rounded once.
@Suite struct LossTests {
  private struct Reference: Decodable {
    struct Case: Decodable {
      let loss: String
      let a: [Double]
      let y: [Double]
      let value: Number
      let gradient: [Number]
    }
    let losses: [Case]
  }

  /// Value and gradient for one sample's outputs, by the plain formulas.
  private func evaluate<Scalar: NetworkScalar>(
    _ loss: Loss, _ a: [Scalar], _ y: [Scalar]
  ) throws -> (value: Double, gradient: [Scalar]) {
    let network: Network<Scalar> = try mirror(bundled().activation("identity"), width: a.count)
    _ = try network.outputs(for: [a])
    // Weights of 0 times an infinite output would be NaN.
    for (row, value) in a.enumerated() { network.output.outputs[row, 0] = value }
    let stage = try LossStage(loss, behind: network.output)
    let targets = Matrix(column: y)
    let value = try stage.evaluate(targets)
    _ = try stage.startBackward(targets)
    return (value, network.output.received.values.map { $0[0] })
  }

  private func value(_ name: String, _ a: [Double], _ y: [Double]) throws -> Double {
    try evaluate(bundled().loss(name), a, y).value
  }

  @Test("all losses that the issue names are bundled, and no other")
  func names() throws {
    #expect(try bundled().names(of: .loss) == Names.losses.sorted())
  }

  @Test("values and gradients are mpmath's to 2e-15 relative", arguments: Names.losses)
  func reference(_ name: String) throws {
    let cases = try fixture("activations.json", as: Reference.self).losses.filter { $0.loss == name }
    try #require(cases.count > 4)
    for item in cases {
      let (value, gradient) = try evaluate(bundled().loss(name), item.a, item.y)
      // Terms may cancel: a sum is as exact as its greatest term, of order 1 here, allows.
      let expected = item.value.value
      #expect(isClose(value, expected, relative: 2e-15, absolute: 1e-15), "\(name) of \(item.a), \(item.y): \(value)")
      for (slope, expected) in zip(gradient, item.gradient) {
        #expect(
          isClose(slope, expected.value, relative: 2e-15, absolute: 1e-15),
          "gradient of \(name) at \(item.a), \(item.y)")
      }
    }
  }

  @Test("in single precision they are those of double to 2e-6", arguments: Names.losses)
  func single(_ name: String) throws {
    for item in try fixture("activations.json", as: Reference.self).losses where item.loss == name {
      let (a, y) = (item.a.map { Float($0) }, item.y.map { Float($0) })
      let loss = try bundled().loss(name)
      let (value, gradient) = try evaluate(loss, a, y)
      let exact = try evaluate(loss, a.map { Double($0) }, y.map { Double($0) })
      #expect(isClose(value, exact.value, relative: 2e-6, absolute: 1e-6), "\(name) of \(a), \(y)")
      for (slope, expected) in zip(gradient, exact.gradient) {
        #expect(isClose(Double(slope), Double(Float(expected)), relative: 2e-6, absolute: 1e-7))
      }
    }
  }

  @Test("gradients are slopes of the values", arguments: Names.losses)
  func gradients(_ name: String) throws {
    var random = RandomSource(seed: 11)
    let loss = try bundled().loss(name)
    for _ in 0..<10 {
      let a: [Double] = random.table(1, 3, in: 0.1...0.9)[0]
      let y: [Double] = targets(for: loss, samples: 1, outputs: 3, random: &random)[0]
      let gradient = try evaluate(loss, a, y).gradient
      for k in a.indices {
        let expected = try slope(
          of: { moved in
            var a = a
            a[k] = moved
            return try evaluate(loss, a, y).value
          }, at: a[k], step: 1e-3)
        #expect(isClose(gradient[k], expected, relative: 1e-6, absolute: 1e-8), "\(name) at \(a), \(y)")
      }
    }
  }

  @Test("targets of classes are 0 and 1, hinge's −1 and 1", arguments: Names.losses)
  func classTargets(_ name: String) throws {
    let loss = try bundled().loss(name)
    #expect([loss.targetOff, loss.targetOn] == (name == "hinge" ? [-1, 1] : [0, 1]))
  }

  @Test("the domains are those of the formulas")
  func domains() throws {
    for name in ["cross_entropy", "binary_cross_entropy", "kl_divergence"] {
      #expect(try bundled().loss(name).outputRange.lowerBound == 0, "\(name)")
      #expect(try bundled().loss(name).targetRange.lowerBound == 0, "\(name)")
    }
    #expect(try bundled().loss("binary_cross_entropy").outputRange.upperBound == 1)
    #expect(try bundled().loss("binary_cross_entropy").targetRange == 0...1)
    #expect(try bundled().loss("poisson").outputRange == 0 ... .infinity)
    #expect(try bundled().loss("squared_error").targetRange == -.infinity ... .infinity)
    #expect(!(try suitableActivations(before: bundled().loss("cross_entropy"), in: bundled())).contains("tanh"))
    #expect(try suitableActivations(before: bundled().loss("cross_entropy"), in: bundled()).contains("softmax"))
    #expect(try suitableActivations(before: bundled().loss("binary_cross_entropy"), in: bundled()).contains("sigmoid"))
  }

  @Test("0 · ln 0 is 0, and no clamp hides an infinite loss")
  func zeroTimesLogarithm() throws {
    #expect(try value("cross_entropy", [0, 1], [0, 1]) == 0)
    #expect(try value("binary_cross_entropy", [0, 1], [0, 1]) == 0)
    #expect(try value("kl_divergence", [0, 1], [0, 1]) == 0)
    #expect(try value("poisson", [0], [0]) == 0)
    #expect(try value("cross_entropy", [0, 1], [1, 0]) == .infinity)
    #expect(try value("binary_cross_entropy", [0], [1]) == .infinity)
    #expect(try value("binary_cross_entropy", [1], [0]) == .infinity)
    #expect(try value("kl_divergence", [0, 1], [1, 0]) == .infinity)
    #expect(try value("poisson", [0], [1]) == .infinity)
    #expect(try isClose(value("cross_entropy", [1e-300], [1]), -log(1e-300), relative: 1e-15))
  }

  @Test("gradients where y is 0 are finite at a = 0")
  func zeroGradients() throws {
    #expect(try evaluate(bundled().loss("cross_entropy"), [0.0, 1], [0, 1]).gradient == [0, -1])
    #expect(try evaluate(bundled().loss("kl_divergence"), [0.0, 1], [0, 1]).gradient == [0, -1])
    #expect(try evaluate(bundled().loss("poisson"), [0.0], [0]).gradient == [1])
    #expect(try evaluate(bundled().loss("binary_cross_entropy"), [0.0, 1], [0, 1]).gradient == [1, -1])
  }

  @Test("ties: |x| at 0 has slope 0, hinge at y · a = 1 has slope −y")
  func ties() throws {
    #expect(try evaluate(bundled().loss("mean_absolute_error"), [2.0, 3], [2, 1]).gradient == [0, 0.5])
    #expect(try evaluate(bundled().loss("hinge"), [1.0, -1, 2], [1, -1, 1]).gradient == [-1, 1, 0])
  }

  @Test("NaN in the outputs is NaN in the loss", arguments: Names.losses)
  func notANumber(_ name: String) throws {
    let target = name == "hinge" ? -1.0 : 1
    #expect(try value(name, [0.5, .nan], [target, target]).isNaN)
    #expect(try evaluate(bundled().loss(name), [Float(0.5), .nan], [Float(target), Float(target)]).value.isNaN)
  }

  @Test("huber takes its delta")
  func huber() throws {
    let loss = try bundled().loss("huber", parameters: ["delta": 2])
    let (value, gradient) = try evaluate(loss, [0.0, 2, -5], [0, 1, 0])
    #expect(isClose(value, (0.5 + 2 * (5 - 1)) / 3, relative: 1e-15))
    #expect(isClose(gradient[1], 1.0 / 3, relative: 1e-15) && isClose(gradient[2], -2.0 / 3, relative: 1e-15))
  }

  @Test("a batch gives each sample its own value")
  func batch() throws {
    let network: Network<Double> = try mirror(bundled().activation("identity"), width: 2)
    let stage = try LossStage(bundled().loss("squared_error"), behind: network.output)
    _ = try network.outputs(for: [[1, 2], [3, 4], [5, 6]])
    #expect(try stage.evaluate(Matrix([[1, 3, 4], [1, 3, 6]])) == 1 + 1 + 1)
    #expect(stage.values == [1, 1, 1])
    #expect(try stage.evaluate(Matrix([[1, 3, 3], [2, 1, 2]])) == 0 + 9 + 20)
    #expect(stage.values == [0, 9, 20])
  }
}
