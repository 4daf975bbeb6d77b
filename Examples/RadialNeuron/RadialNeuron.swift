import NNKit

/// A radial-basis neuron: z = −b · ‖x − w‖².
///
/// The nearer its inputs are to its centre w, the greater its response.
final class RadialNeuron<Scalar: NetworkScalar>: Neuron<Scalar> {
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  override func combine() {
    let (x, w, z) = (inputs, weights, weightedInputs)  // views: named once, the loops are fast
    for c in z.indices { z[c] = -bias * squaredDistance(x, w, c) }
  }

  /// ∂L/∂w = δ · 2b (x − w) and ∂L/∂b = −δ · ‖x − w‖², added up over the columns.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  override func accumulateGradients() {
    let (x, w, delta, gradients) = (inputs, weights, localGradients, weightGradients)
    for c in delta.indices {
      for i in 0..<fanIn { gradients[i] += delta[c] * 2 * bias * (x[i, c] - w[i]) }
      biasGradient -= delta[c] * squaredDistance(x, w, c)
    }
  }

  /// ∂L/∂x = −δ · 2b (x − w), the message to each input.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  override func sendMessages(to messages: Messages<Scalar>) {
    let (x, w, delta) = (inputs, weights, localGradients)
    for c in delta.indices {
      for i in 0..<fanIn { messages[i, c] -= delta[c] * 2 * bias * (x[i, c] - w[i]) }
    }
  }

  override func initialize(by initializer: Initializer, fanOut: Int, random: inout RandomSource) {
    super.initialize(by: initializer, fanOut: fanOut, random: &random)
    bias = 1  // with a bias of 0, z would always be 0
  }

  private func squaredDistance(_ x: Inputs<Scalar>, _ w: Row<Scalar>, _ c: Int) -> Scalar {
    (0..<fanIn).sum { i in (x[i, c] - w[i]) * (x[i, c] - w[i]) }  // `sum` may add several terms at once
  }
}
