import NNKit

/// What a plain neuron does, written out as a user writes a neuron of their own: with the README's loops.
final class LoopingNeuron: Neuron<Float> {
  override func combine() {
    let (w, x, z) = (weights, inputs, weightedInputs)
    for c in z.indices { z[c] = bias + (0..<fanIn).sum { i in w[i] * x[i, c] } }
  }

  override func accumulateGradients() {
    let (x, delta, gradients) = (inputs, localGradients, weightGradients)
    for c in delta.indices {
      for i in 0..<fanIn { gradients[i] += delta[c] * x[i, c] }
      biasGradient += delta[c]
    }
  }

  override func sendMessages(to messages: Messages<Float>) {
    let (w, delta) = (weights, localGradients)
    for c in delta.indices {
      for i in 0..<fanIn { messages[i, c] += delta[c] * w[i] }
    }
  }
}

/// The same for any precision: the lines with `@specialized` have the compiler write each loop out for Float and Double.
final class GenericLoopingNeuron<Scalar: NetworkScalar>: Neuron<Scalar> {
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  override func combine() {
    let (w, x, z) = (weights, inputs, weightedInputs)
    for c in z.indices { z[c] = bias + (0..<fanIn).sum { i in w[i] * x[i, c] } }
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  override func accumulateGradients() {
    let (x, delta, gradients) = (inputs, localGradients, weightGradients)
    for c in delta.indices {
      for i in 0..<fanIn { gradients[i] += delta[c] * x[i, c] }
      biasGradient += delta[c]
    }
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  override func sendMessages(to messages: Messages<Scalar>) {
    let (w, delta) = (weights, localGradients)
    for c in delta.indices {
      for i in 0..<fanIn { messages[i, c] += delta[c] * w[i] }
    }
  }
}

/// The same with the loop over inputs outside.
final class InputsOutsideNeuron: Neuron<Float> {
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

/// The same with properties named inside the loops, and sums that are added up where they belong.
final class NamingNeuron: Neuron<Float> {
  override func combine() {
    for c in weightedInputs.indices {
      weightedInputs[c] = bias
      for i in 0..<fanIn { weightedInputs[c] += weights[i] * inputs[i, c] }
    }
  }

  override func accumulateGradients() {
    for c in localGradients.indices {
      for i in 0..<fanIn { weightGradients[i] += localGradients[c] * inputs[i, c] }
      biasGradient += localGradients[c]
    }
  }

  override func sendMessages(to messages: Messages<Float>) {
    for c in localGradients.indices {
      for i in 0..<fanIn { messages[i, c] += localGradients[c] * weights[i] }
    }
  }
}
