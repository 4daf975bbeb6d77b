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
  /// What arrives, and the layers, as Benchmarks/peers/network.py describes them.
  private var texts: [Substring] { text("layers", "").split(separator: ",") }
  private var featureCount: Int { texts[0].split(separator: "x").reduce(1) { $0 * (Int($1) ?? 0) } }
  private var classCount: Int { LayerText(texts[texts.count - 1]).count }

  /// The network, with `extended` neurons of every layer that has weights replaced by extended ones; if there are windows, of
  /// every layer with a window.
  func network(_ plugins: Plugins) throws -> Network<Float> {
    var layers: [Layer<Float>] = []
    let sizes = texts[0].split(separator: "x").compactMap { Int($0) }
    var shape = sizes.count == 3 ? (sizes[0], ImageSize(height: sizes[1], width: sizes[2])) : (sizes[0], 1)
    let written = texts.dropFirst().map(LayerText.init)
    let hasWindows = written.contains { $0.kernel != nil }
    for (place, text) in written.enumerated() {
      let standard = place == written.count - 1 ? "output" : text.kernel == nil ? "hidden" : "of windows"
      let activation = try plugins.activation(text.activation ?? self.text(standard, "identity"))
      let extended = hasWindows && text.kernel == nil ? 0 : number("extended", 0)
      func neurons(inputs fanIn: Int) -> [Neuron<Float>] {
        (0..<text.count).map {
          $0 < extended ? extendedNeuron(fanIn, activation) : Neuron(inputs: fanIn, activation: activation)
        }
      }
      let layer: Layer<Float>
      if let kernel = text.kernel {
        let window = try SlidingWindow(
          channels: shape.0, height: shape.1.height, width: shape.1.width, kernel: ImageSize(kernel),
          stride: text.pools ? ImageSize(kernel) : 1, padding: Padding(text.isSamePadded ? kernel / 2 : 0),
          groups: text.pools ? shape.0 : 1)
        layer =
          text.pools
          ? try Layer(pool: plugins.neuron("maximum"), window: window, activation: activation)
          : try Layer(neurons(inputs: window.fanIn), window: window)
        shape = (layer.neurons.count, window.positions)
      } else {
        layer = try Layer(neurons(inputs: shape.0 * shape.1.count))
        shape = (text.count, 1)
      }
      layer.dropout = text.dropout
      layers.append(layer)
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
      inputs: matrix("inputs", columns: featureCount), targets: matrix("targets", columns: classCount))
  }

  /// The inputs as matrices of a batch each.
  func batches() throws -> [Matrix<Float>] {
    let all = try matrix("inputs", columns: featureCount)
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

/// A layer as it is written: `20@5same:relu*0.5`, `max2:relu` or `100`.
private struct LayerText {
  let pools: Bool
  /// How many neurons; 0 where it pools.
  let count: Int
  let kernel: Int?
  let isSamePadded: Bool
  let activation: String?
  let dropout: Double

  init(_ text: Substring) {
    let (before, after) = Self.cut(text, "*")
    let (wiring, name) = Self.cut(before, ":")
    let (neurons, window) = Self.cut(wiring, "@")
    pools = neurons.hasPrefix("max")
    isSamePadded = window?.hasSuffix("same") ?? false
    kernel = pools ? Int(neurons.dropFirst(3)) : window.flatMap { Int($0.prefix { $0.isNumber }) }
    count = Int(neurons) ?? 0
    activation = name.map(String.init)
    dropout = after.flatMap { Double($0) } ?? 0
  }

  private static func cut(_ text: Substring, _ mark: Character) -> (Substring, Substring?) {
    guard let place = text.firstIndex(of: mark) else { return (text, nil) }
    return (text[..<place], text[text.index(after: place)...])
  }
}
