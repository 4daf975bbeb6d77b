/// The outcome of a comparison of all gradients of a network with central differences.
public struct GradientCheck: Sendable {
  /// One gradient: what backpropagation says, and what the loss itself says.
  public struct Entry: Sendable, CustomStringConvertible {
    /// A number whose gradient is checked.
    public enum Parameter: Sendable, Equatable, CustomStringConvertible {
      /// Weight `index` of a neuron.
      case weight(layer: Int, neuron: Int, index: Int)
      case bias(layer: Int, neuron: Int)
      /// Input `index` of a sample.
      case input(sample: Int, index: Int)

      /// "layer 1, neuron 0, weight 2".
      public var description: String {
        switch self {
        case .weight(let layer, let neuron, let index): "weight \(index) of layer \(layer), neuron \(neuron)"
        case .bias(let layer, let neuron): "bias of layer \(layer), neuron \(neuron)"
        case .input(let sample, let index): "input \(index) of sample \(sample)"
        }
      }
    }
    /// The number.
    public let parameter: Parameter
    /// ∂L/∂θ of the backward pass.
    public let gradient: Double
    /// The central difference.
    public let difference: Double
    /// |gradient − difference| / max(|gradient|, |difference|, 1e-4 · max(1, |L|)).
    public let relativeError: Double

    /// The number, its gradient and the difference.
    public var description: String {
      "\(parameter): backward pass \(gradient), central difference \(difference), relative error \(relativeError)"
    }
  }

  /// Why a gradient could not be compared.
  public enum SkippedCheck: Sendable, Equatable, CaseIterable {
    /// The steps would straddle a kink of an activation, of a kind or of the loss.
    case kink
    /// The loss jumps or has an infinite slope there, as a kind at a distance of 0.
    case singular
    /// The gradient, or the loss around it, is infinite or no number.
    case notFinite
    /// Outputs are rounded to an end of their range, and the loss moves in jumps.
    case saturated
  }

  /// Gradients that could not be compared for one reason.
  public struct Uncompared: Sendable, Equatable {
    /// Why they cannot be compared.
    public let obstacle: SkippedCheck
    /// How many there are.
    public internal(set) var count: Int
    /// The first of them.
    public let first: Entry.Parameter
  }

  /// The loss of the samples.
  public internal(set) var loss = 0.0
  /// What could not be compared, by reason.
  public internal(set) var uncompared: [Uncompared] = []
  /// How many gradients were compared.
  public internal(set) var checked = 0
  /// How many could not be compared.
  public var leftOut: Int { uncompared.reduce(0) { $0 + $1.count } }
  /// The comparison with the greatest relative error; nil if none was made.
  public internal(set) var worst: Entry?
  /// The greatest relative error; 0 if nothing was compared.
  public var worstRelativeError: Double { worst?.relativeError ?? 0 }

  mutating func leaveOut(_ parameter: Entry.Parameter, _ obstacle: SkippedCheck) {
    if let index = uncompared.firstIndex(where: { $0.obstacle == obstacle }) {
      uncompared[index].count += 1
    } else {
      uncompared.append(Uncompared(obstacle: obstacle, count: 1, first: parameter))
    }
  }
}

extension Network where Scalar == Double {
  /// Compares every weight, bias and input gradient with central differences of the loss, summed over the samples.
  ///
  /// Each difference is of fourth order, (8 (L₊₁ − L₋₁) − (L₊₂ − L₋₂)) / 12h, and taken with smaller steps too before a
  /// gradient is held to be wrong. All numbers that a neuron can be trained in are seen, those of extended neurons too.
  ///
  /// Where layers have dropout, the outputs that the first batch of a training drops are dropped in each pass.
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
  private let weights: [Double]
  private let kinks: [[[Double]]]
  private var baseLoss = 0.0
  private var baseSides: [Int] = []
  private var isSaturated = false

  init(_ network: Network<Double>, _ loss: Loss, _ samples: Samples<Double>) throws {
    self.network = network
    stage = try LossStage(loss, behind: network.output)
    inputs = samples.inputs.copy()
    weights = samples.weights ?? []
    targets = Matrix(rows: samples.targets.columns, columns: samples.count)
    Double._kernels.transpose(samples.targets.base, samples.count, samples.targets.columns, targets.base, samples.count)
    kinks = try network.layers.map { try $0.neurons.map { try $0.activation.shape().kinks } }
  }

  func check() throws -> GradientCheck {
    baseLoss = try loss()
    baseSides = sides()
    isSaturated = try saturation()
    let origin = try stage.startBackward(targets, weights: weights)
    let inputGradients = Matrix<Double>(rows: network.inputCount, columns: inputs.rows)
    try network.backward(from: origin, inputGradients: inputGradients)
    var result = GradientCheck()
    result.loss = baseLoss
    // The passes of the check itself overwrite the gradients, so they are read first.
    let gradients = network.layers.map { layer in layer.parameters.map { ($0, gradient: $0.gradient.copy()) } }
    for (layer, parameters) in zip(network.layers, gradients) {
      for neuron in layer.neurons {
        for (parameter, gradient) in parameters {
          for i in 0..<parameter.count(of: neuron)
          where parameter.kind == .biases || layer.isConnected(neuron.index, i) {
            try compare(
              place(of: i, of: neuron, in: parameter), gradient[neuron.index, i],
              parameter.value.base + neuron.index * parameter.value.columns + i, &result)
          }
        }
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

  private func place(
    of index: Int, of neuron: Neuron<Double>, in parameter: Parameter<Double>
  ) -> GradientCheck.Entry.Parameter {
    switch parameter.kind {
    case .weights: .weight(layer: parameter.layer, neuron: neuron.index, index: index)
    case .biases: .bias(layer: parameter.layer, neuron: neuron.index)
    }
  }

  private func loss() throws -> Double {
    let moment = network.hasDropout ? DropoutMoment(seed: network.seed ?? 0, batch: 0) : nil
    try network.forward(Inputs(samples: inputs), isTraining: false, dropping: moment)
    return try stage.evaluate(targets, weights: weights)
  }

  /// On which side of its activation's kinks each neuron's z lies, for each sample: twice the kinks below, plus one on a
  /// kink; and which input of a maximum is the greatest.
  private func sides() -> [Int] {
    var sides: [Int] = []
    for (layer, kinks) in zip(network.layers, kinks) {
      for (neuron, kinks) in zip(layer.neurons, kinks) where !kinks.isEmpty {
        for z in neuron.weightedInputs {
          sides.append(kinks.reduce(0) { $0 + ($1 < z ? 2 : $1 == z ? 1 : 0) })
        }
      }
      for neuron in layer.neurons where neuron.pluginKind?.name == "maximum" { sides += greatest(of: neuron) }
    }
    return sides
  }

  /// Which input is the greatest in each column, of the inputs that a window has in the image.
  private func greatest(of neuron: Neuron<Double>) -> [Int] {
    let (x, z) = (neuron.inputs, neuron.weightedInputs)
    return z.indices.map { column in (0..<x.count).first { x[$0, column] == z[column] } ?? -1 }
  }

  /// Whether an output is as good as at an end of its range that it only comes close to: a sigmoid of 40 is 1.
  private func saturation() throws -> Bool {
    guard let layer = network.layers.last, let kinks = kinks.last else { return false }
    return try zip(layer.neurons, kinks).contains { neuron, kinks in
      let range = try neuron.activation.shape().range
      // Where the function has kinks it reaches its ends, and is exact there.
      let ends = [range.lowerBound, range.upperBound].filter(\.isFinite)
      return kinks.isEmpty && neuron.outputs.contains { a in ends.contains { abs(a - $0) <= 1e-9 * max(1, abs($0)) } }
    }
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
    guard baseLoss.isFinite else { return result.leaveOut(parameter, .notFinite) }
    var best: GradientCheck.Entry?
    var isKink = true
    var isFinite = true
    var differences: [Double] = []
    for size in [1e-3, 1e-4, 1e-5, 1e-6] {
      let h = size * max(1, abs(value))
      guard let plus = try loss(place, value + h), let minus = try loss(place, value - h),
        let plus2 = try loss(place, value + 2 * h), let minus2 = try loss(place, value - 2 * h)
      else { continue }
      let difference = (8 * (plus - minus) - (plus2 - minus2)) / (12 * h)
      guard difference.isFinite else {
        isFinite = false
        continue
      }
      differences.append(abs(difference))
      let scale = max(abs(gradient), abs(difference), 1e-4 * max(1, abs(baseLoss)))
      let distance = gradient.isFinite ? abs(gradient - difference) / scale : .infinity
      let entry = GradientCheck.Entry(
        parameter: parameter, gradient: gradient, difference: difference, relativeError: distance)
      if best.map({ distance < $0.relativeError }) ?? true { best = entry }
      // A kink of the loss shows as two slopes that do not come together, the gradient being one of them or between.
      let (right, left) = ((plus - baseLoss) / h, (baseLoss - minus) / h)
      let tolerance = 1e-3 * max(abs(left), abs(right))
      let isBetween = gradient >= min(left, right) - tolerance && gradient <= max(left, right) + tolerance
      isKink = isKink && abs(right - left) > 10 * tolerance && isBetween
      if distance < 1e-9 { break }
    }
    guard let best else { return result.leaveOut(parameter, isFinite ? .kink : .notFinite) }
    if best.relativeError > 1e-6 {
      if isKink { return result.leaveOut(parameter, .kink) }
      // Ever steeper, the closer it is looked at.
      let isSingular = differences.count > 2 && zip(differences.dropFirst(), differences).allSatisfy { $0 > 2 * $1 }
      if isSingular { return result.leaveOut(parameter, .singular) }
      if isSaturated { return result.leaveOut(parameter, .saturated) }
    }
    result.checked += 1
    if !(best.relativeError <= result.worst?.relativeError ?? -1) { result.worst = best }
  }
}
