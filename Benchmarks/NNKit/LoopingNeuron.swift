import NNKit

/// The same for any precision: the lines with `@specialized` have the compiler write each loop out for Float and Double.
final class GenericLoopingNeuron<Scalar: NetworkScalar>: Neuron<Scalar> {
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  override func combine() {
    let (w, x, z) = (weights, inputs, weightedInputs)
    z.fill(bias)
    for i in 0..<fanIn {
      let weight = w[i]
      for c in z.indices { z[c] += weight * x[i, c] }
    }
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  override func accumulateGradients() {
    let (x, delta, gradients) = (inputs, localGradients, weightGradients)
    for i in 0..<fanIn {
      var sum: Scalar = 0
      for c in delta.indices { sum += delta[c] * x[i, c] }
      gradients[i] += sum
    }
    for c in delta.indices { biasGradient += delta[c] }
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  override func sendMessages(to messages: Messages<Scalar>) {
    let (w, delta) = (weights, localGradients)
    for i in 0..<fanIn {
      let weight = w[i]
      for c in delta.indices { messages[i, c] += weight * delta[c] }
    }
  }
}

/// What a plain neuron does, written out as a user writes a neuron of their own.
final class LoopingNeuron: Neuron<Float> {
  override func combine() {
    let (w, x, z) = (weights, inputs, weightedInputs)
    z.fill(bias)
    for i in 0..<fanIn {
      let weight = w[i]
      for c in z.indices { z[c] += weight * x[i, c] }
    }
  }

  override func accumulateGradients() {
    let (x, delta, gradients) = (inputs, localGradients, weightGradients)
    for i in 0..<fanIn {
      var sum: Float = 0
      for c in delta.indices { sum += delta[c] * x[i, c] }
      gradients[i] += sum
    }
    biasGradient += delta.reduce(0, +)
  }

  override func sendMessages(to upstream: Messages<Float>) {
    let (w, delta) = (weights, localGradients)
    for i in 0..<fanIn {
      let weight = w[i]
      for c in delta.indices { upstream[i, c] += weight * delta[c] }
    }
  }
}
