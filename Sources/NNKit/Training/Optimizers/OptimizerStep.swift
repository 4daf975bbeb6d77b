internal import CKernels

/// One step of an optimizer over some parameters: what `Optimizer.step` works on.
///
/// An optimizer written in Swift moves the parameters one by one:
///
///     func step<Scalar: NetworkScalar>(_ step: OptimizerStep<Scalar>) {
///       for i in 0..<step.count { step[i] -= Scalar(step.learningRate) * step.gradient(i) }
///     }
public struct OptimizerStep<Scalar: NetworkScalar> {
  /// Which step it is, from 1.
  public let number: Int
  /// That of this step, as the schedule gives it.
  public let learningRate: Double
  /// How many parameters there are.
  public let count: Int
  /// The mean loss over the batch's samples, before the step; nil where it is not known: see `Optimizer.needsLoss`.
  public let loss: Double?

  /// 1 / samples of the batch: gradients are sums over its columns.
  let gradientScale: Double
  let regularization: Regularization
  /// Where random numbers come from, and at which place of it these parameters begin.
  let randomness: StepRandomness
  let place: (parameter: Int, start: Int)
  let parameters: UnsafeMutablePointer<Scalar>
  let gradients: UnsafePointer<Scalar>
  /// What the optimizer keeps for each parameter, as far as it keeps anything.
  let memory: (UnsafeMutablePointer<Scalar>?, UnsafeMutablePointer<Scalar>?)

  /// Parameter `index`.
  public subscript(index: Int) -> Scalar {
    get { parameters[checked(index)] }
    nonmutating set { parameters[checked(index)] = newValue }
  }

  /// g of parameter `index`: the mean over the batch's samples, plus the regularization's part.
  public func gradient(_ index: Int) -> Scalar {
    let w = parameters[checked(index)]
    let sign: Scalar = w > 0 ? 1 : w < 0 ? -1 : 0
    return Scalar(gradientScale) * gradients[index] + Scalar(regularization.l1) * sign + Scalar(regularization.l2) * w
  }

  /// What the optimizer keeps for parameter `index`: its first number, or its second.
  public subscript(index: Int, memory place: Int) -> Scalar {
    get { memory(place)[checked(index)] }
    nonmutating set { memory(place)[checked(index)] = newValue }
  }

  /// A random number in 0 ..< 1 for parameter `index`.
  ///
  /// It follows from the training's seed, the step and the parameter alone, however many threads share the step.
  public func random(_ index: Int) -> Double {
    randomness.number(step: number, parameter: place.parameter, index: place.start + checked(index))
  }

  private func memory(_ place: Int) -> UnsafeMutablePointer<Scalar> {
    guard let numbers = place == 0 ? memory.0 : place == 1 ? memory.1 : nil else {
      preconditionFailure("the optimizer keeps no number \(place) for a parameter: `memory` does not list it")
    }
    return numbers
  }

  private func checked(_ index: Int) -> Int {
    precondition(isIndex(index, of: count), "index out of the step's parameters")
    return index
  }

  /// Has the kernel for single or for double precision take the step; `a`, `b` and so on are its `numbers`, see `nnk_step`
  /// in CKernels.h.
  func run(
    _ float: StepKernel<Float>, _ double: StepKernel<Double>, _ a: Double = 0, _ b: Double = 0, _ c: Double = 0,
    _ d: Double = 0, _ e: Double = 0, _ f: Double = 0, _ g: Double = 0, _ h: Double = 0
  ) {
    let numbers = nnk_step(
      gradient_scale: gradientScale, l1: regularization.l1, l2: regularization.l2, learning_rate: learningRate,
      numbers: (a, b, c, d, e, f, g, h))
    if Scalar.self == Float.self {
      float(
        numbers, gradients.of(Float.self), memory.0?.of(Float.self), memory.1?.of(Float.self),
        parameters.of(Float.self),
        count)
    } else {
      double(
        numbers, gradients.of(Double.self), memory.0?.of(Double.self), memory.1?.of(Double.self),
        parameters.of(Double.self), count)
    }
  }
}

/// Random numbers for the steps of an optimizer, each found from its place alone.
struct StepRandomness {
  private let philox: Philox

  init(seed: UInt64) {
    var random = RandomSource(seed: seed, stream: RandomSource.stepStream)
    philox = Philox(key: random.next())
  }

  /// A number in 0 ..< 1 for element `index` of a parameter of the network.
  func number(step: Int, parameter: Int, index: Int) -> Double {
    let counter = SIMD4(
      UInt32(truncatingIfNeeded: index), UInt32(truncatingIfNeeded: index >> 32),
      UInt32(truncatingIfNeeded: parameter), UInt32(truncatingIfNeeded: step))
    return Double(philox.numbers(counter)[0]) * 0x1p-32
  }
}

/// An optimizer's kernel in CKernels, for one precision.
typealias StepKernel<Scalar> = (
  nnk_step, UnsafePointer<Scalar>?, UnsafeMutablePointer<Scalar>?, UnsafeMutablePointer<Scalar>?,
  UnsafeMutablePointer<Scalar>?, Int
) -> Void
