extension Activation {
  /// How neuron `index` of a layer responds as its own z moves and the others' stay: values and derivatives.
  ///
  /// - Parameters:
  ///   - points: The values of its z.
  ///   - index: Which neuron it is; it makes a difference only to a function of the whole layer.
  ///   - weightedInputs: z of the whole layer.
  /// - Returns: a and ∂a/∂z at each point.
  /// - Throws: `FunctionFailure` if the plugin reports one.
  package func curve(
    at points: [Double], neuron index: Int, of weightedInputs: [Double]
  ) throws -> (outputs: [Double], derivatives: [Double]) {
    if !isWholeLayer { return try values(at: points) }
    let block = Block(neurons: weightedInputs.count, columns: points.count)
    let own = index * points.count..<(index + 1) * points.count
    var z = weightedInputs.flatMap { [Double](repeating: $0, count: points.count) }
    z.replaceSubrange(own, with: points)
    var received = [Double](repeating: 0, count: z.count)
    for place in own { received[place] = 1 }
    var (outputs, derivatives) = (z, z)
    try evaluate(block, z, &outputs)
    try backward(block, z, outputs, received, &derivatives)
    return (Array(outputs[own]), Array(derivatives[own]))
  }
}
