/// The outcome of a comparison of all gradients of a network with central differences.
public struct GradientCheck: Sendable {
  /// One gradient: what backpropagation says, and what the loss itself says.
  public struct Entry: Sendable, CustomStringConvertible {
    public enum Parameter: Sendable, Equatable {
      /// Weight `index` of a neuron.
      case weight(layer: Int, neuron: Int, index: Int)
      case bias(layer: Int, neuron: Int)
      /// Input `index` of a sample.
      case input(sample: Int, index: Int)
    }
    public let parameter: Parameter
    public let gradient: Double
    public let difference: Double
    /// |gradient − difference| / max(|gradient|, |difference|, 1e-4 · max(1, |L|)).
    public let relativeError: Double

    public var description: String {
      let name =
        switch parameter {
        case .weight(let layer, let neuron, let index): "weight \(index) of layer \(layer), neuron \(neuron)"
        case .bias(let layer, let neuron): "bias of layer \(layer), neuron \(neuron)"
        case .input(let sample, let index): "input \(index) of sample \(sample)"
        }
      return "\(name): backward pass \(gradient), central difference \(difference), relative error \(relativeError)"
    }
  }

  /// How many gradients were compared.
  public internal(set) var checked = 0
  /// How many were left out because the steps would straddle a kink of an activation or of the loss.
  public internal(set) var leftOut = 0
  /// The comparison with the greatest relative error; nil if none was made.
  public internal(set) var worst: Entry?
  public var worstRelativeError: Double { worst?.relativeError ?? 0 }
}

extension Network where Scalar == Double {
  /// Compares every weight, bias and input gradient with central differences of the loss, summed over the samples.
  ///
  /// Each difference is of fourth order, (8 (L₊₁ − L₋₁) − (L₊₂ − L₋₂)) / 12h, and taken with smaller steps too before a
  /// gradient is held to be wrong. All numbers that a neuron can be trained in are seen, those of extended neurons too.
  ///
  /// - Throws: `NetworkError` if the samples do not fit, `FunctionFailure` if a plugin reports one.
  public func checkGradients(_ loss: Loss, on samples: Samples<Double>) throws -> GradientCheck {
    try samples.check(fits: self, loss)
    let probe = try GradientProbe(self, loss, samples)
    return try probe.check()
  }
}

/// A network, a loss and some samples, one of whose numbers at a time is moved.
private final class GradientProbe {
  private let network: Network<Double>
  private let stage: LossStage<Double>
  private let inputs: Matrix<Double>
  private let targets: Matrix<Double>
  private let kinks: [[[Double]]]
  private var baseLoss = 0.0
  private var baseSides: [Int] = []

  init(_ network: Network<Double>, _ loss: Loss, _ samples: Samples<Double>) throws {
    self.network = network
    stage = try LossStage(loss, behind: network.output)
    inputs = Matrix(samples.inputs.values)
    targets = Matrix(rows: samples.targets.columns, columns: samples.count)
    Double._transpose(samples.targets.base, samples.count, samples.targets.columns, targets.base)
    kinks = try network.layers.map { try $0.neurons.map { try $0.activation.shape().kinks } }
  }

  func check() throws -> GradientCheck {
    baseLoss = try loss()
    baseSides = sides()
    try stage.startBackward(targets)
    let inputGradients = Matrix<Double>(rows: network.inputCount, columns: inputs.rows)
    try network.backward(inputGradients: inputGradients)
    var result = GradientCheck()
    // The passes of the check itself overwrite the gradients, so they are read first.
    let gradients = network.layers.map { ($0.storage.weightGradients.values, $0.storage.biasGradients.values) }
    for (index, layer) in network.layers.enumerated() {
      for (number, neuron) in layer.neurons.enumerated() {
        for i in 0..<neuron.weightCount {
          try compare(
            .weight(layer: index, neuron: number, index: i), gradients[index].0[number][i],
            layer.weights.base
              + number * layer.weights.columns + i, &result)
        }
        try compare(
          .bias(layer: index, neuron: number), gradients[index].1[number][0], layer.biases.base + number, &result)
      }
    }
    for sample in 0..<inputs.rows {
      for i in 0..<inputs.columns {
        try compare(
          .input(sample: sample, index: i), inputGradients[i, sample], inputs.base + sample * inputs.columns + i,
          &result)
      }
    }
    _ = try loss()
    return result
  }

  private func loss() throws -> Double {
    try network.forward(Inputs(samples: inputs))
    return try stage.evaluate(targets)
  }

  /// On which side of its activation's kinks each neuron's z lies, for each sample: twice the kinks below, plus one on a
  /// kink.
  private func sides() -> [Int] {
    var sides: [Int] = []
    for (layer, kinks) in zip(network.layers, kinks) {
      for (neuron, kinks) in zip(layer.neurons, kinks) where !kinks.isEmpty {
        for z in neuron.weightedInputs {
          sides.append(kinks.reduce(0) { $0 + ($1 < z ? 2 : $1 == z ? 1 : 0) })
        }
      }
    }
    return sides
  }

  /// The loss with the number at `place` moved to `value`; nil if that crosses a kink.
  private func loss(_ place: UnsafeMutablePointer<Double>, _ value: Double) throws -> Double? {
    place.pointee = value
    let loss = try loss()
    return sides() == baseSides ? loss : nil
  }

  private func compare(
    _ parameter: GradientCheck.Entry.Parameter, _ gradient: Double, _ place: UnsafeMutablePointer<Double>,
    _ result: inout GradientCheck
  ) throws {
    let value = place.pointee
    defer { place.pointee = value }
    var best: GradientCheck.Entry?
    var isKink = true
    for size in [1e-3, 1e-4, 1e-5, 1e-6] {
      let h = size * max(1, abs(value))
      guard let plus = try loss(place, value + h), let minus = try loss(place, value - h),
        let plus2 = try loss(place, value + 2 * h), let minus2 = try loss(place, value - 2 * h)
      else { continue }
      let difference = (8 * (plus - minus) - (plus2 - minus2)) / (12 * h)
      let distance = abs(gradient - difference) / max(abs(gradient), abs(difference), 1e-4 * max(1, abs(baseLoss)))
      let error = distance.isNaN ? .infinity : distance
      let entry = GradientCheck.Entry(
        parameter: parameter, gradient: gradient, difference: difference, relativeError: error)
      if best.map({ error < $0.relativeError }) ?? true { best = entry }
      // A kink of the loss shows as two slopes that do not come together, the gradient being one of them or between.
      let (right, left) = ((plus - baseLoss) / h, (baseLoss - minus) / h)
      let tolerance = 1e-3 * max(abs(left), abs(right))
      let isBetween = gradient >= min(left, right) - tolerance && gradient <= max(left, right) + tolerance
      isKink = isKink && abs(right - left) > 10 * tolerance && isBetween
      if error < 1e-9 { break }
    }
    guard let best, !(isKink && best.relativeError > 1e-6) else {
      result.leftOut += 1
      return
    }
    result.checked += 1
    if !(best.relativeError <= result.worst?.relativeError ?? -1) { result.worst = best }
  }
}
