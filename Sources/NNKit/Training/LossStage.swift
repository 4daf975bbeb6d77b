/// Where the forward pass ends and the backward pass begins: the loss compares the last layer's outputs with the
/// targets, and sends the first messages.
///
/// Loss and activation may be a canonical pair (cross_entropy behind softmax): then values and δ come from one simpler
/// and more exact formula. It is used only where all neurons respond by that very function with its default parameters,
/// and where it agrees with the plain composition; `note` says why it is not.
package final class LossStage<Scalar: NetworkScalar> {
  package let loss: Loss
  package let isCanonical: Bool
  /// Why the canonical form is not used although the names would suit; nil otherwise.
  package let note: String?
  private let layer: Layer<Scalar>
  /// The loss of each sample of the batch.
  package private(set) var values: [Double] = []

  package init(_ loss: Loss, behind layer: Layer<Scalar>) throws {
    self.loss = loss
    self.layer = layer
    let isPair = layer.neurons.contains { $0.activation.name == loss.canonicalActivation }
    let obstacle = isPair ? try Self.obstacle(loss, layer) : nil
    isCanonical = isPair && obstacle == nil
    note = obstacle.map { "\(loss.name) and \(layer.neurons[0].activation.name) are composed plainly: \($0)" }
  }

  /// What keeps loss and layer from being run as a canonical pair although the names of the functions suit.
  private static func obstacle(_ loss: Loss, _ layer: Layer<Scalar>) throws -> String? {
    let partner = loss.canonicalActivation ?? ""
    guard layer.neurons.allSatisfy({ $0.activation.name == partner }) else {
      return "not all neurons respond by \(partner)"
    }
    guard layer.neurons.allSatisfy({ $0.activation.hasDefaultParameters }) else {
      return "\(partner) has other parameters than its defaults"
    }
    // An extended neuron may respond in a way of its own, unless responding is the layer's act.
    if !layer.storage.layerResponds, let odd = layer.neurons.first(where: { !$0.respondsByActivation }) {
      return "neuron \(odd.index) is a \(type(of: odd).typeName)"
    }
    let agrees = try CanonicalPair.agrees(loss, layer.neurons[0].activation, outputs: layer.neurons.count)
    return agrees ? nil : "their canonical form in \(loss.function.information.file) disagrees with them"
  }

  /// The loss of each sample for the last layer's outputs.
  ///
  /// - Parameters:
  ///   - targets: Outputs × columns.
  ///   - weights: By how much the loss of each sample is multiplied; empty: by 1.
  /// - Returns: The sum over the samples.
  /// - Throws: `FunctionFailure` if the plugin reports one.
  package func evaluate(_ targets: Matrix<Scalar>, weights: [Double] = []) throws -> Double {
    let block = Block(neurons: targets.rows, columns: targets.columns)
    if values.count != targets.columns { values = [Double](repeating: 0, count: targets.columns) }
    try values.withUnsafeMutableBufferPointer { values in
      guard let values = values.baseAddress else { return }
      if isCanonical {
        try loss.canonicalValues(block, layer.weightedInputs.base, targets.base, values)
      } else {
        try loss.values(block, layer.outputs.base, targets.base, values)
      }
    }
    for (column, weight) in weights.enumerated() { values[column] *= weight }
    return values.reduce(0, +)
  }

  /// Fills in the last layer's `received` = ∂L/∂a and, for a canonical pair, its δ.
  ///
  /// - Parameters:
  ///   - targets: Outputs × columns.
  ///   - weights: By how much the loss of each sample, and so its gradient, is multiplied; empty: by 1.
  /// - Returns: Where the backward pass starts.
  /// - Throws: `FunctionFailure` if the plugin reports one.
  package func startBackward(_ targets: Matrix<Scalar>, weights: [Double] = []) throws -> BackwardOrigin {
    let block = Block(neurons: targets.rows, columns: targets.columns)
    try loss.gradient(block, layer.outputs.base, targets.base, layer.received.base)
    multiply(layer.received, by: weights)
    if !isCanonical { return .outputGradients }
    try loss.canonicalDelta(
      block, layer.weightedInputs.base, layer.outputs.base, targets.base, layer.localGradients.base)
    multiply(layer.localGradients, by: weights)
    return .localGradients
  }

  private func multiply(_ matrix: Matrix<Scalar>, by weights: [Double]) {
    for (column, weight) in weights.enumerated() {
      for row in 0..<matrix.rows { matrix[row, column] *= Scalar(weight) }
    }
  }
}

/// The comparison of a loss's canonical form with the plain composition, at moderate z.
enum CanonicalPair {
  static func agrees(_ loss: Loss, _ activation: Activation, outputs: Int) throws -> Bool {
    let (neurons, columns) = (min(outputs, 16), 4)
    let block = Block(neurons: neurons, columns: columns)
    let z = (0..<block.count).map { Double(($0 * 37) % 41 - 20) / 10 }
    // One class of each sample is on, and it is another one in each column.
    let y = (0..<block.count).map { $0 / columns == ($0 % columns) % neurons ? loss.targetOn : loss.targetOff }
    var (a, received, delta, canonicalDelta) = (z, z, z, z)
    var (values, canonicalValues) = ([Double](repeating: 0, count: columns), [Double](repeating: 0, count: columns))
    try activation.evaluate(block, z, &a)
    try loss.values(block, a, y, &values)
    try loss.gradient(block, a, y, &received)
    try activation.backward(block, z, a, received, &delta)
    try loss.canonicalValues(block, z, y, &canonicalValues)
    try loss.canonicalDelta(block, z, a, y, &canonicalDelta)
    let pairs = Array(zip(values, canonicalValues)) + Array(zip(delta, canonicalDelta))
    return pairs.allSatisfy { abs($0 - $1) <= 1e-9 * max(1, abs($0)) }
  }
}
