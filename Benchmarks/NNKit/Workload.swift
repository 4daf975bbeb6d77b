import NNKit

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// What the driver asks for, as `KEY=VALUE` arguments; see Benchmarks/workloads.json.
struct Workload {
  private let values: [String: String]

  init(arguments: [String]) {
    let pairs = arguments.map {
      $0.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    }
    values = Dictionary(uniqueKeysWithValues: pairs.map { ($0[0], $0[1]) })
  }

  var batch: Int { number("batch", 1) }
  var threads: Int { number("threads", 1) }
  /// Who computes large products, by name; nil for nnkit's own choice.
  var backend: String? { values["backend"] }
  var isForward: Bool { text("pass", "train") == "forward" }
  /// Whether products may use no better instructions.
  var isHeldToAVX2: Bool { text("level", "") == "avx2" }
  private var widths: [Int] { text("layers", "").split(separator: ",").compactMap { Int($0) } }

  /// The network, with `extended` neurons of every layer replaced by extended ones.
  func network(_ plugins: Plugins) throws -> Network<Float> {
    var layers: [Layer<Float>] = []
    for (place, (fanIn, neurons)) in zip(widths, widths.dropFirst()).enumerated() {
      let name = place == widths.count - 2 ? text("output", "identity") : text("hidden", "identity")
      let activation = try plugins.activation(name)
      let extended = number("extended", 0)
      layers.append(
        try Layer(
          (0..<neurons).map {
            $0 < extended
              ? extendedNeuron(fanIn, activation) : Neuron(inputs: fanIn, activation: activation)
          }))
    }
    let network = try Network(layers: layers, seed: 1)
    network.engine = Engine(rawValue: text("engine", "auto")) ?? .auto
    network.threads = threads
    return network
  }

  /// `neuron=generic` makes it of the class for any precision, `inputs-outside` and `naming` of those with other loops.
  private func extendedNeuron(_ fanIn: Int, _ activation: Activation) -> Neuron<Float> {
    switch text("neuron", "float") {
    case "generic": GenericLoopingNeuron(inputs: fanIn, activation: activation)
    case "inputs-outside": InputsOutsideNeuron(inputs: fanIn, activation: activation)
    case "naming": NamingNeuron(inputs: fanIn, activation: activation)
    default: LoopingNeuron(inputs: fanIn, activation: activation)
    }
  }

  func loss(_ plugins: Plugins) throws -> Loss { try plugins.loss(text("loss", "half_squared_error")) }

  var settings: TrainingSettings {
    let learningRate = Double(text("learning_rate", "0")) ?? 0
    let optimizer: any Optimizer =
      text("optimizer", "sgd") == "adam"
      ? .adam(learningRate: learningRate)
      : .sgd(learningRate: learningRate, momentum: Double(text("momentum", "0")) ?? 0)
    return TrainingSettings(epochs: .max, batch: batch, shuffle: number("shuffle", 0) == 1, optimizer: optimizer)
  }

  func samples() throws -> Samples<Float> {
    try Samples(
      inputs: matrix("inputs", columns: widths[0]), targets: matrix("targets", columns: widths[widths.count - 1]))
  }

  /// The inputs as matrices of a batch each.
  func batches() throws -> [Matrix<Float>] {
    let all = try matrix("inputs", columns: widths[0])
    return (0..<all.rows / batch).map { number in
      let batch = Matrix<Float>(rows: batch, columns: all.columns)
      for row in 0..<batch.rows { batch.row(row).assign(all.row(number * batch.rows + row)) }
      return batch
    }
  }

  private func matrix(_ kind: String, columns: Int) throws -> Matrix<Float> {
    let path = "\(text("data", ".")).\(kind)"
    let matrix = Matrix<Float>(rows: number("samples", 0), columns: columns)
    guard let file = fopen(path, "rb") else { throw NetworkError("cannot read \(path)") }
    defer { fclose(file) }
    let read = matrix.withElements { fread($0.baseAddress, MemoryLayout<Float>.size, $0.count, file) }
    guard read == matrix.rows * columns else { throw NetworkError("\(path) is too short") }
    return matrix
  }

  private func text(_ key: String, _ standard: String) -> String { values[key] ?? standard }
  private func number(_ key: String, _ standard: Int) -> Int { values[key].flatMap { Int($0) } ?? standard }
}
