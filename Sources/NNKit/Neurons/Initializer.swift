/// Where a neuron's first weights come from.
public enum Initializer: Hashable, Codable, Sendable {
  case zeros
  case constant(Double)
  case normal(mean: Double = 0, deviation: Double)
  case uniform(minimum: Double, maximum: Double)
  /// Deviation √(2 / (fan-in + fan-out)): Glorot and Bengio, "Understanding the difficulty of training deep feedforward
  /// neural networks", 2010.
  case glorotNormal
  /// The same deviation, uniformly: limits ±√(6 / (fan-in + fan-out)).
  case glorotUniform
  /// Deviation √(2 / fan-in): He et al., "Delving Deep into Rectifiers", 2015.
  case heNormal
  /// The same deviation, uniformly: limits ±√(6 / fan-in).
  case heUniform
  /// Deviation √(1 / fan-in): LeCun et al., "Efficient BackProp", 1998.
  case lecunNormal

  /// The initializer that suits an activation function: He's for the family of relu, LeCun's for selu, else Glorot's.
  public static func standard(for activation: String) -> Initializer {
    switch activation {
    case "relu", "leaky_relu", "relu6", "elu", "celu", "gelu", "silu", "mish", "hard_swish": .heNormal
    case "selu": .lecunNormal
    default: .glorotNormal
    }
  }

  func draw(fanIn: Int, fanOut: Int, _ random: inout RandomSource) -> Double {
    let (fanIn, both) = (Double(fanIn), Double(fanIn + fanOut))
    switch self {
    case .zeros: return 0
    case .constant(let value): return value
    case .normal(let mean, let deviation): return mean + deviation * random.normal()
    case .uniform(let minimum, let maximum): return minimum + (maximum - minimum) * random.uniform()
    case .glorotNormal: return (2 / both).squareRoot() * random.normal()
    case .glorotUniform: return (6 / both).squareRoot() * (2 * random.uniform() - 1)
    case .heNormal: return (2 / fanIn).squareRoot() * random.normal()
    case .heUniform: return (6 / fanIn).squareRoot() * (2 * random.uniform() - 1)
    case .lecunNormal: return (1 / fanIn).squareRoot() * random.normal()
    }
  }
}
