/// Keeps large gradients from making large steps.
///
/// g is the mean gradient of the batch; what regularization adds to it is not clipped. The formulas are PyTorch's, of
/// `clip_grad_norm_` and `clip_grad_value_`. Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent neural
/// networks", 2013.
///
///     settings.clip = .norm(1)
public struct GradientClipping: Configurable, Codable {
  /// The greatest norm of all gradients together, those of frozen parameters left out; nil for no bound.
  ///
  /// g ← g · min(1, norm / (‖g‖ + 10⁻⁶)), where ‖g‖ = √(Σ g²): the gradients keep their direction.
  public var norm: Double?
  /// The greatest absolute value of each gradient, g ← max(−value, min(value, g)); nil for no bound.
  public var value: Double?

  private init(norm: Double?, value: Double?) { (self.norm, self.value) = (norm, value) }

  /// All gradients together have at most this norm, which is greater than 0.
  public static func norm(_ greatest: Double) -> GradientClipping { GradientClipping(norm: greatest, value: nil) }

  /// No gradient has a greater absolute value than this, which is greater than 0.
  public static func value(_ greatest: Double) -> GradientClipping { GradientClipping(norm: nil, value: greatest) }

  static let unset = GradientClipping(norm: nil, value: nil)

  /// Its settings, in the order in which they are shown.
  public static let settings: [Setting<Self>] = [
    Setting("norm", \.norm, .greater(than: 0), "the greatest norm of all gradients together"),
    Setting("value", \.value, .greater(than: 0), "the greatest absolute value of each gradient"),
  ]

  /// Why the settings cannot be used together; nil if they can.
  public var conflict: String? {
    (norm == nil) == (value == nil) ? "clip takes `norm` or `value`, one of them" : nil
  }
}

extension GradientClipping: GradientTransform {
  /// What keeps the factor finite where all gradients are 0.
  private static let epsilon = 1e-6

  /// Clips the gradients.
  public func apply<Scalar: NetworkScalar>(to parameters: [Parameter<Scalar>], samples: inout Int) {
    // Gradients are sums over the samples.
    let count = Double(samples)
    if let norm {
      let factor = norm / (Self.norm(of: parameters) / count + Self.epsilon)
      if factor >= 1 { return }
      for parameter in parameters where !parameter.isFrozen { parameter.gradient.multiply(by: Scalar(factor)) }
    }
    if let value {
      for parameter in parameters where !parameter.isFrozen { parameter.gradient.clamp(to: Scalar(value * count)) }
    }
  }

  private static func norm<Scalar: NetworkScalar>(of parameters: [Parameter<Scalar>]) -> Double {
    func sum(dividedBy divisor: Double) -> Double {
      parameters.reduce(0) { $1.isFrozen ? $0 : $0 + $1.gradient.sumOfSquares(dividedBy: divisor) }
    }
    let squares = sum(dividedBy: 1)
    if squares.isNormal { return squares.squareRoot() }
    // The squares of very large or very small numbers are not in the range of double precision.
    let greatest = parameters.reduce(0) { $1.isFrozen ? $0 : max($0, $1.gradient.greatestMagnitude()) }
    guard greatest > 0, greatest.isFinite, !squares.isNaN else { return squares.squareRoot() }
    return greatest * sum(dividedBy: greatest).squareRoot()
  }
}

extension GradientClipping: ExplainedTransform {
  package var summary: String {
    norm.map { "Before the step, all gradients are made smaller together if their norm is over \(shortNumber($0))." }
      ?? "Before the step, each gradient is clipped to at most \(shortNumber(value ?? 0)), and at least its negative."
  }

  package func common<Number>(of gradients: [Number], _ compute: (TransformFormula<Number>) -> Number) -> [Number] {
    guard let norm else { return [] }
    let squares = gradients.map { Arithmetic.binary(.power, .leaf($0), .constant(2)) }
    let size = compute(
      TransformFormula(
        "norm of the gradients", "sqrt(sum of their squares)", .call(.sqrt, [.series(isProduct: false, squares)])))
    let sum = Arithmetic.binary(.plus, .leaf(size), .constant(Self.epsilon))
    let factor = compute(
      TransformFormula(
        "factor", "min(1, \(shortNumber(norm)) / (norm + \(shortNumber(Self.epsilon))))",
        .call(.min, [.constant(1), .binary(.dividedBy, .constant(norm), sum)])))
    return [factor]
  }

  package func gradient<Number>(_ gradient: Number, _ name: String, _ common: [Number]) -> TransformFormula<Number> {
    if let factor = common.first {
      return TransformFormula(
        "clipped \(name)", "factor·\(name)", .binary(.times, .leaf(factor), .leaf(gradient)))
    }
    let bound = value ?? .infinity
    let least = Arithmetic<Number>.call(.min, [.constant(bound), .leaf(gradient)])
    return TransformFormula(
      "clipped \(name)", "max(-\(shortNumber(bound)), min(\(shortNumber(bound)), \(name)))",
      .call(.max, [.constant(-bound), least]))
  }
}

extension Matrix {
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  fileprivate func sumOfSquares(dividedBy divisor: Double) -> Double {
    withElements { numbers in
      if divisor == 1 { return numbers.indices.sum { Double(numbers[$0]) * Double(numbers[$0]) } }
      return numbers.indices.sum { (Double(numbers[$0]) / divisor) * (Double(numbers[$0]) / divisor) }
    }
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  fileprivate func greatestMagnitude() -> Double {
    withElements { numbers in numbers.reduce(0) { max($0, Double(abs($1))) } }
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  fileprivate func multiply(by factor: Scalar) {
    withElements { numbers in
      for index in numbers.indices { numbers[index] *= factor }
    }
  }

  /// Numbers that are not a number stay so.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  fileprivate func clamp(to bound: Scalar) {
    withElements { numbers in
      for index in numbers.indices {
        let number = numbers[index]
        numbers[index] = number > bound ? bound : number < -bound ? -bound : number
      }
    }
  }
}
