import NNKit

/// What a plain neuron does, written out as a user writes a neuron of their own.
final class LoopingNeuron: Neuron<Float> {
  override func combine() {
    for c in weightedInputs.indices {
      var sum = bias
      for i in 0..<fanIn { sum += weights[i] * inputs[i, c] }
      weightedInputs[c] = sum
    }
  }

  override func accumulateGradients() {
    for c in localGradients.indices {
      for i in 0..<fanIn { weightGradients[i] += localGradients[c] * inputs[i, c] }
      biasGradient += localGradients[c]
    }
  }

  override func sendMessages(to upstream: Messages<Float>) {
    for c in localGradients.indices {
      for i in 0..<fanIn { upstream[i, c] += weights[i] * localGradients[c] }
    }
  }
}
