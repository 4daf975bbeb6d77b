import CNNKit
import Foundation
import NNKit
import Testing

/// Pairs of loss and activation that have one simpler and more exact form together.
@Suite struct CanonicalPairTests {
  private static let pairs = [
    ("cross_entropy", "softmax"), ("binary_cross_entropy", "sigmoid"), ("negative_log_likelihood", "log_softmax"),
  ]

  /// Loss and δ for given z and y of one sample.
  private func evaluate<Scalar: NetworkScalar>(
    _ loss: String, _ activation: String, z: [Scalar], y: [Scalar]
  ) throws -> (value: Double, deltas: [Scalar]) {
    let network: Network<Scalar> = try mirror(bundled().activation(activation), width: z.count)
    let stage = try LossStage(bundled().loss(loss), behind: network.output)
    #expect(stage.isCanonical && stage.note == nil)
    _ = try network.outputs(for: [z])
    let targets = Matrix(column: y)
    let value = try stage.evaluate(targets)
    try network.backward(from: stage.startBackward(targets))
    return (value, network.output.localGradients.values.map { $0[0] })
  }

  /// softmax without overflow, each term as exact as exp is.
  private func softmax(_ z: [Double]) -> [Double] {
    let greatest = z.max() ?? 0
    let parts = z.map { exp($0 - greatest) }
    return parts.map { $0 / parts.reduce(0, +) }
  }

  private let extremes: [[Double]] = [100, 745, 1e4].flatMap { (s: Double) -> [[Double]] in
    [[s, -s, 0], [-s, -s, -s], [s, s, s], [s, s - 1, -s], [0, -s, 0.5]]
  }

  private let classTargets: [[Double]] = [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0.2, 0.3, 0.5], [1, 1, 0], [0, 0, 0]]

  @Test("bundled losses name their partners", arguments: Names.losses)
  func partners(_ name: String) throws {
    let partner = Self.pairs.first { $0.0 == name }?.1
    #expect(try bundled().loss(name).canonicalActivation == partner)
  }

  @Test("softmax with cross_entropy: δ = a · Σy − y, within 1e-15 at any z, for soft and multi-hot targets")
  func softmaxDeltas() throws {
    for z in extremes + [[0.5, -1, 2]] {
      for y in classTargets {
        let deltas = try evaluate("cross_entropy", "softmax", z: z, y: y).deltas
        for ((a, y0), delta) in zip(zip(softmax(z), y), deltas) {
          #expect(abs(delta - (a * y.reduce(0, +) - y0)) <= 1e-15, "z \(z), y \(y)")
        }
      }
    }
  }

  @Test("log_softmax with negative_log_likelihood: the same δ")
  func logSoftmaxDeltas() throws {
    for z in extremes + [[0.5, -1, 2]] {
      for y in classTargets {
        let deltas = try evaluate("negative_log_likelihood", "log_softmax", z: z, y: y).deltas
        for ((a, y0), delta) in zip(zip(softmax(z), y), deltas) {
          #expect(abs(delta - (a * y.reduce(0, +) - y0)) <= 1e-15, "z \(z), y \(y)")
        }
      }
    }
  }

  @Test("sigmoid with binary_cross_entropy: δ = a − y, within 1e-15 at any z")
  func sigmoidDeltas() throws {
    for z in [-1e4, -745, -100, -3, 0, 3, 100, 745, 1e4] {
      for y in [0.0, 0.25, 1] {
        let (value, deltas) = try evaluate("binary_cross_entropy", "sigmoid", z: [z], y: [y])
        let a = z < 0 ? exp(z) / (1 + exp(z)) : 1 / (1 + exp(-z))
        #expect(abs(deltas[0] - (a - y)) <= 1e-15, "z \(z), y \(y)")
        // −[y ln σ(z) + (1 − y) ln σ(−z)] = max(z, 0) − z y + ln(1 + exp(−|z|))
        #expect(isClose(value, max(z, 0) - z * y + log1p(exp(-abs(z))), relative: 1e-15, absolute: 1e-15))
      }
    }
  }

  @Test("the value stays finite where the plain formula would be infinite")
  func values() throws {
    for (loss, activation) in [Self.pairs[0], Self.pairs[2]] {
      for s in [100.0, 745, 1e4] {
        #expect(try evaluate(loss, activation, z: [s, -s], y: [0, 1]).value == 2 * s)
        #expect(try evaluate(loss, activation, z: [s, -s], y: [1, 0]).value == 0)
        // Soft: Σ y (logΣexp − z).
        #expect(try isClose(evaluate(loss, activation, z: [s, 0], y: [0.25, 0.75]).value, 0.75 * s, relative: 1e-15))
      }
      let (z, y) = ([0.5, -1, 2], [0.2, 0.3, 0.5])
      let expected = zip(softmax(z), y).reduce(0) { $0 - $1.1 * log($1.0) }
      #expect(try isClose(evaluate(loss, activation, z: z, y: y).value, expected, relative: 1e-15))
    }
  }

  @Test("in single precision δ is within 1e-7 of double's at any z", arguments: pairs)
  func single(_ loss: String, _ activation: String) throws {
    for z in extremes {
      for y in [[1, 0, 0], [0, 0.5, 0.5]] {
        let exact = try evaluate(loss, activation, z: z, y: y)
        let floats = try evaluate(loss, activation, z: z.map { Float($0) }, y: y.map { Float($0) })
        #expect(isClose(floats.value, exact.value, relative: 1e-6, absolute: 1e-6))
        for (left, right) in zip(floats.deltas, exact.deltas) { #expect(abs(Double(left) - right) <= 2e-7, "\(z)") }
      }
    }
  }

  @Test("at moderate z the canonical form is the plain composition", arguments: pairs)
  func composition(_ name: String, _ activation: String) throws {
    var random = RandomSource(seed: 21)
    let loss = try bundled().loss(name)
    for _ in 0..<20 {
      let z: [Double] = random.table(1, 4, in: -3...3)[0]
      let y: [Double] = targets(for: loss, samples: 1, outputs: 4, random: &random)[0]
      let (value, deltas) = try evaluate(name, activation, z: z, y: y)
      guard case .loss(let raw, let p) = try RawFunction(name), let plainValue = raw.value, let plain = raw.gradient
      else { return #expect(Bool(false)) }
      let network: Network<Double> = try mirror(bundled().activation(activation), width: 4)
      let a = try network.outputs(for: z)
      var (block, received, values) = (rawBlock(4, 1, stride: 1), a, [0.0])
      #expect(plainValue(p, &block, a, y, &values) == 0 && plain(p, &block, a, y, &received) == 0)
      for (row, value) in received.enumerated() { network.output.received[row, 0] = value }
      try network.backward()
      #expect(isClose(value, values[0], relative: 1e-13))
      for (left, right) in zip(deltas, network.output.localGradients.values) {
        #expect(isClose(left, right[0], absolute: 1e-14))
      }
    }
  }

  @Test("a layer that only partly responds by the partner is composed plainly, and a note says so")
  func mixedLayers() throws {
    let neurons = try ["sigmoid", "tanh"].map { Neuron<Double>(inputs: 1, activation: try bundled().activation($0)) }
    let stage = try LossStage(bundled().loss("binary_cross_entropy"), behind: Layer(neurons))
    #expect(!stage.isCanonical)
    #expect(stage.note?.contains("not all neurons respond by sigmoid") == true)
    let other = try LossStage(
      bundled().loss("squared_error"), behind: Layer<Double>(neurons: 1, inputs: 1, activation: neurons[0].activation))
    #expect(!other.isCanonical && other.note == nil)
  }

  @Test("behind another activation the plain formulas are used, without a note", arguments: pairs)
  func otherActivations(_ loss: String, _ partner: String) throws {
    for name in ["identity", "sigmoid", "softmax", "tanh"] where name != partner {
      let layer = try Layer<Double>(neurons: 2, inputs: 1, activation: bundled().activation(name))
      let stage = try LossStage(bundled().loss(loss), behind: layer)
      #expect(!stage.isCanonical && stage.note == nil, "\(loss) behind \(name)")
    }
  }

  @Test("an extended neuron behind a pair of its own response is composed plainly")
  func extendedNeurons() throws {
    let sigmoid = try bundled().activation("sigmoid")
    let layer = try Layer([Neuron<Double>(inputs: 2, activation: sigmoid), SlopeNeuron(inputs: 2, activation: sigmoid)])
    let stage = try LossStage(bundled().loss("binary_cross_entropy"), behind: layer)
    #expect(!stage.isCanonical && stage.note?.contains("SlopeNeuron") == true)
  }
}
