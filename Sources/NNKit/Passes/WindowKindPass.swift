// Neurons of kinds in a layer with a sliding window: each neuron calls its kind's functions for its own row, on several
// threads. Pooling layers have as many groups as neurons, so that no two send to the same numbers.

extension Layer {
  /// z of neighbours of one kind at all positions.
  func combineWindows(_ neurons: Range<Int>, _ pass: PassContext) throws {
    _ = storage.neuronInputs()
    try pass.threadPool.parallelFor(neurons.count, grain: 1, alignment: 1) { (part) throws(any Error) in
      for index in part { try self.neurons[neurons.lowerBound + index].combine() }
    }
  }

  /// Leaves the gradients of neighbours of one kind where they belong, and adds their messages to those of windows.
  func accumulateAndSendWindows(
    _ neurons: Range<Int>, _ window: SlidingWindow, _ messages: Messages<Scalar>?, _ pass: PassContext
  ) throws {
    _ = storage.neuronInputs()
    try pass.threadPool.parallelFor(neurons.count, grain: 1, alignment: 1) { (part) throws(any Error) in
      for index in part {
        let neuron = self.neurons[neurons.lowerBound + index]
        neuron.weightGradients.fill(0)
        neuron.biasGradient = 0
        try neuron.accumulateGradients()
      }
    }
    guard let messages else { return }
    let size = self.neurons.count / window.groups
    let groups = neurons.lowerBound / size..<(neurons.upperBound - 1) / size + 1
    try pass.threadPool.parallelFor(groups.count, grain: 1, alignment: 1) { (part) throws(any Error) in
      for index in part {
        let group = groups.lowerBound + index
        for neuron in neurons.clamped(to: group * size..<(group + 1) * size) {
          try self.neurons[neuron].sendMessages(to: storage.own(messages, of: neuron))
        }
      }
    }
  }
}
