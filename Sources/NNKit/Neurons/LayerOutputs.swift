internal import RealModule

// What can be said of a layer's outputs before any training.

extension Layer {
  /// Whether the layer's outputs (or what they are the logarithms of) always add up to 1; nil where a neuron responds in
  /// a way of its own.
  ///
  /// - Throws: `FunctionFailure` if the plugin reports one.
  package func outputsAreShares(asLogarithms: Bool) throws -> Bool? {
    guard neurons.allSatisfy(\.respondsByActivation) else { return nil }
    guard let activation else { return false }
    let (count, columns) = (neurons.count, 3)
    let z = (0..<count * columns).map { Double($0 * 7 % 11) / 4 - 1.25 }
    var outputs = z
    try activation.evaluate(Block(neurons: count, columns: columns), z, &outputs)
    return (0..<columns).allSatisfy { column in
      let sum = (0..<count).reduce(0.0) {
        let output = outputs[$1 * columns + column]
        return $0 + (asLogarithms ? Double.exp(output) : output)
      }
      return abs(sum - 1) < 1e-6
    }
  }

  /// What the layer always answers, whatever its neurons are given: where a function of the whole layer has a single
  /// neuron to work on; nil if it answers anything else.
  ///
  /// - Throws: `FunctionFailure` if the plugin reports one.
  package func onlyOutput() throws -> Double? {
    guard neurons.count == 1, neurons[0].respondsByActivation, let activation, activation.isWholeLayer else {
      return nil
    }
    let z = [-3, -0.5, 0, 1, 4.0]
    var outputs = z
    try activation.evaluate(Block(neurons: 1, columns: z.count), z, &outputs)
    return outputs.allSatisfy { $0 == outputs[0] } ? outputs[0] : nil
  }
}
