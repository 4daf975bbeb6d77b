internal import NNKit

/// What a trained network's layers look like: kernels, what layers with windows make of a few samples, and each layer in
/// numbers.
///
/// The maps and numbers come from forward passes over the samples that the network is measured on.
struct LayerPictures<Scalar: NetworkScalar> {
  /// So many neurons of a layer are shown: those whose weights, or outputs, are the largest.
  private static var shownNeurons: Int { 24 }
  private static var shownSamples: Int { 4 }
  /// On so many samples the layers' numbers are taken.
  private static var countedSamples: Int { 256 }

  private let network: Network<Scalar>
  private let data: MeasuredData<Scalar>
  private var samples: Samples<Scalar> { data.measured.samples }

  init(_ trained: TrainedNetwork<Scalar>) { (network, data) = (trained.network, trained.data) }

  private var windows: [(index: Int, layer: Layer<Scalar>, window: SlidingWindow)] {
    network.layers.enumerated().compactMap { index, layer in layer.wiring.window.map { (index, layer, $0) } }
  }

  // MARK: Kernels

  /// The kernels of each layer with a window and weights, each neuron's on a scale of its own from −127 to 127.
  var kernels: JSONText {
    .list(
      windows.filter { $0.layer.weights.columns > 0 }.map { index, layer, window in
        let size = layer.weights.squaredSizes()
        let limit = min(Self.shownNeurons, max(1, 200_000 / layer.fanIn))
        let chosen = size.indices.sorted { size[$0] > size[$1] }.prefix(limit).sorted()
        let scaled = layer.weights.signedBytes(chosen, count: layer.fanIn)
        return .object([
          ("layer", .integer(index)), ("neurons", .list(chosen.map(JSONText.integer))),
          ("of", .integer(layer.neurons.count)), ("channels", .integer(window.channels / window.groups)),
          ("kernel", .list([.integer(window.kernel.height), .integer(window.kernel.width)])),
          ("greatest", .numbers(scaled.greatest)), ("scaled", .packed(bytes: scaled.bytes)),
        ])
      })
  }

  // MARK: Feature maps

  /// The outputs of all layers with windows for a few samples; null where there are no such layers.
  ///
  /// - Throws: `FunctionFailure` if a plugin reports one.
  func maps() throws -> JSONText {
    if windows.isEmpty { return .null }
    let chosen = differentSamples()
    let shape = network.pictureShape(of: data.imageShape)
    return .object([
      ("image", shape.map { .object([("rows", .integer($0.rows)), ("columns", .integer($0.columns))]) } ?? .null),
      ("samples", .list(try chosen.map { try maps(of: $0, isPicture: shape != nil) })),
    ])
  }

  /// The first sample of each target, until there are enough.
  private func differentSamples() -> [Int] {
    var (chosen, seen): ([Int], Set<[Scalar]>) = ([], [])
    for sample in 0..<min(samples.count, 2000) where chosen.count < Self.shownSamples {
      if seen.insert(Array(samples.targets.row(sample))).inserted { chosen.append(sample) }
    }
    return chosen
  }

  private func maps(of sample: Int, isPicture: Bool) throws -> JSONText {
    let input = samples.source.copy(of: sample..<sample + 1)
    try network.forward(Inputs(samples: input))
    let layers = windows.map { index, layer, window -> JSONText in
      let size = layer.outputs.squaredSizes()
      let chosen = size.indices.sorted { size[$0] > size[$1] }.prefix(Self.shownNeurons).sorted()
      let scaled = layer.outputs.signedBytes(chosen, count: window.positions.count)
      return .object([
        ("layer", .integer(index)), ("neurons", .list(chosen.map(JSONText.integer))),
        ("of", .integer(layer.neurons.count)), ("rows", .integer(window.positions.height)),
        ("columns", .integer(window.positions.width)), ("greatest", .numbers(scaled.greatest)),
        ("scaled", .packed(bytes: scaled.bytes)),
      ])
    }
    let target = samples.targets.row(sample)
    let name = data.classes.flatMap { classes in
      classes.count == target.count && samples.areClasses
        ? classes[target.indices.max { target[$0] < target[$1] } ?? 0] : nil
    }
    data.inputScaling?.undo(on: input)
    return .object([
      ("sample", .integer(sample)), ("class", name.map(JSONText.text) ?? .null),
      ("pixels", isPicture ? .packed(bytes: input.greyBytes(row: 0)) : .null), ("layers", .list(layers)),
    ])
  }

  // MARK: Numbers

  /// Each layer's shape and parameters, the sizes of its weights, and how its outputs are spread on some samples.
  ///
  /// - Throws: `FunctionFailure` if a plugin reports one.
  func table() throws -> JSONText {
    let count = min(samples.count, Self.countedSamples)
    let batch = Batch(capacity: count, of: samples)
    batch.take(0..<count, of: samples)
    try network.forward(batch.inputs)
    return .object([
      ("samples", .integer(count)),
      (
        "layers",
        .list(
          network.layers.map { layer in
            let (weights, outputs) = (Summary(layer.weights), Summary(layer.outputs))
            let shape = layer.wiring.window.map { [layer.neurons.count, $0.positions.height, $0.positions.width] }
            return .object([
              ("shape", .list((shape ?? [layer.neurons.count]).map(JSONText.integer))),
              ("parameters", .integer(layer.parameterCount)),
              ("weight_size", layer.weights.columns > 0 ? .number(weights.meanSize) : .null),
              ("greatest_weight", layer.weights.columns > 0 ? .number(weights.greatestSize) : .null),
              ("mean", .number(outputs.mean)), ("deviation", .number(outputs.deviation)),
              ("zeros", .number(outputs.zeros)),
            ])
          })
      ),
    ])
  }

  /// Some numbers in a few.
  private struct Summary {
    private(set) var (mean, deviation, meanSize, greatestSize, zeros) = (0.0, 0.0, 0.0, 0.0, 0.0)

    init(_ matrix: Matrix<Scalar>) {
      let count = Double(max(1, matrix.count))
      var (sum, squares, sizes, nones) = (0.0, 0.0, 0.0, 0)
      matrix.withElements { values in
        for value in values {
          let value = Double(value)
          sum += value
          squares += value * value
          sizes += abs(value)
          greatestSize = max(greatestSize, abs(value))
          if value == 0 { nones += 1 }
        }
      }
      (mean, meanSize, zeros) = (sum / count, sizes / count, Double(nones) / count)
      deviation = max(0, squares / count - mean * mean).squareRoot()
    }
  }
}

extension Network {
  /// How a sample is a grey picture: as the data say it, or a window of one channel.
  func pictureShape(of shape: ImageShape?) -> ImageShape? {
    if let shape { return shape }
    let reader = layers.enumerated().first { $1.wiring.window != nil && $1.sources.resolved(of: $0) == [.inputs] }
    guard let window = reader?.element.wiring.window, window.channels == 1, window.image.height > 1 else { return nil }
    return ImageShape(rows: window.image.height, columns: window.image.width)
  }
}
