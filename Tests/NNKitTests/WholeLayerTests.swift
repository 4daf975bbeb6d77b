import Foundation
import NNKit
import Testing

/// Softmax and log_softmax, which take all neurons of a layer together.
@Suite struct WholeLayerTests {
  private func outputs(_ name: String, _ z: [[Double]]) throws -> [[Double]] {
    try mirror(bundled().activation(name), width: z[0].count).outputs(for: z)
  }

  @Test("softmax is exp(z) over its sum, sample by sample")
  func softmax() throws {
    let z = [[0.5, -1, 2], [3, 3, 3], [-0.25, 0, 0.25]]
    for (a, z) in zip(try outputs("softmax", z), z) {
      let sum = z.reduce(0) { $0 + exp($1) }
      for (a, z) in zip(a, z) { #expect(isClose(a, exp(z) / sum, relative: 4e-16 * 4)) }
      #expect(isClose(a.reduce(0, +), 1, relative: 4e-16))
    }
  }

  @Test("log_softmax is z minus the logarithm of the sum")
  func logSoftmax() throws {
    let z = [[0.5, -1, 2], [3, 3, 3], [-0.25, 0, 0.25]]
    for (a, z) in zip(try outputs("log_softmax", z), z) {
      let sum = z.reduce(0) { $0 + exp($1) }
      for (a, z) in zip(a, z) { #expect(isClose(a, z - log(sum), relative: 1e-15, absolute: 1e-15)) }
    }
  }

  @Test("extremes are exact: softmax is 0 and 1, log_softmax the difference to the greatest")
  func extremes() throws {
    for scale in [745.0, 1e4] {
      let z = [[scale, -scale, 0], [-scale, -scale, -scale]]
      #expect(try outputs("softmax", z)[0] == [1, 0, exp(-scale)])
      for a in try outputs("softmax", z)[1] { #expect(isClose(a, 1.0 / 3, relative: 3e-16)) }
      #expect(try outputs("log_softmax", z)[0] == [0, -2 * scale, -scale])
      for a in try outputs("log_softmax", z)[1] { #expect(isClose(a, -log(3), relative: 1e-12)) }
    }
  }

  @Test("single precision agrees with double to 1e-6", arguments: Names.wholeLayer)
  func single(_ name: String) throws {
    var random = RandomSource(seed: 3)
    let z: [[Double]] = random.table(40, 5, in: -20...20)
    let floats = try mirror(bundled().activation(name), width: 5, as: Float.self)
      .outputs(for: z.map { $0.map { Float($0) } })
    for (left, right) in zip(floats.joined(), try outputs(name, z).joined()) {
      #expect(isClose(Double(left), right, relative: 2e-6, absolute: 1e-6))
    }
  }

  @Test("δ is the transposed Jacobian times what was received", arguments: Names.wholeLayer)
  func backward(_ name: String) throws {
    var random = RandomSource(seed: 5)
    for width in [1, 2, 5] {
      let network: Network<Double> = try mirror(bundled().activation(name), width: width)
      let z: [[Double]] = random.table(3, width, in: -2...2)
      let received: [[Double]] = random.table(width, 3)
      _ = try network.outputs(for: z)
      for (row, values) in received.enumerated() { network.output.received.row(row).assign(values) }
      try network.backward()
      let deltas = network.output.localGradients.values
      for sample in 0..<3 {
        for j in 0..<width {
          // Σₖ receivedₖ aₖ as a function of zⱼ.
          let expected = try slope(
            of: { moved in
              var z = z[sample]
              z[j] = moved
              return try zip(network.outputs(for: z), received).reduce(0) { $0 + $1.0 * $1.1[sample] }
            }, at: z[sample][j])
          #expect(isClose(deltas[j][sample], expected, absolute: 1e-11), "\(name), sample \(sample), neuron \(j)")
        }
      }
    }
  }

  @Test("a NaN spoils its own sample alone", arguments: Names.wholeLayer)
  func notANumber(_ name: String) throws {
    // The layer's weights would spread a NaN over all z, so z itself is set by the bias of each neuron.
    let layer = try Layer<Double>(neurons: 2, inputs: 1, activation: bundled().activation(name))
    for neuron in layer.neurons { neuron.weights[0] = 1 }
    let answers = try Network(keepingWeightsOf: [layer]).outputs(for: [[.nan], [0.5]])
    #expect(answers[0].allSatisfy { $0.isNaN })
    #expect(answers[1].allSatisfy { $0.isFinite })
  }

  @Test("outputs keep to the declared range", arguments: Names.wholeLayer)
  func range(_ name: String) throws {
    var random = RandomSource(seed: 9)
    let range = try bundled().activation(name).shape().range
    let z: [[Double]] = random.table(200, 3, in: -50...50)
    #expect(try outputs(name, z).joined().allSatisfy { range.contains($0) })
    #expect(range.upperBound == (name == "softmax" ? 1 : 0))
  }
}
