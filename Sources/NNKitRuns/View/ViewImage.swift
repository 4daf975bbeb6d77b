import NNKit

/// What a page shows of a network: each neuron's response to the plane or its weights, the connections, the regions.
struct ViewImage<Scalar: NetworkScalar> {
  static var size: Int { 40 }
  private static var greatestMeasured: Int { 2000 }

  let experiment: Experiment<Scalar>
  let plane: DecisionRegions<Scalar>?
  private let points: Matrix<Scalar>?
  private let reader: ClassReader<Scalar>
  private let hasWindows: Bool
  let links: ViewLinks<Scalar>

  init(_ experiment: Experiment<Scalar>) {
    self.experiment = experiment
    hasWindows = experiment.network.layers.contains { $0.wiring.window != nil }
    // Neurons with windows are shown by what they give for a sample.
    plane = hasWindows ? nil : DecisionRegions(around: experiment.data.train)
    let most = Self.mostShown(hasPlane: plane != nil)
    links = ViewLinks(experiment.network) { min($0.neurons.count, most) }
    points = plane?.points(Self.size)
    reader = ClassReader(experiment.loss)
  }

  private var network: Network<Scalar> { experiment.network }

  /// How many neurons of a layer are shown: of very wide ones the first.
  func shown(_ layer: Layer<Scalar>) -> Int { min(layer.neurons.count, Self.mostShown(hasPlane: plane != nil)) }

  private static func mostShown(hasPlane: Bool) -> Int { hasPlane ? 64 : 36 }

  /// How the network does on all training samples now, where they are few.
  func fit() throws -> JSONText {
    let samples = experiment.data.train
    guard samples.count <= Self.greatestMeasured else { return .null }
    let metrics = try network.measure(experiment.loss, on: samples)
    return .object([
      ("loss", .number(metrics.loss)), ("of", .integer(samples.count)),
      ("hits", metrics.accuracy.map { .integer(Int(($0 * Double(samples.count)).rounded())) } ?? .null),
    ])
  }

  /// The loss on all training samples, where they are few.
  func loss() throws -> Double? {
    let samples = experiment.data.train
    if samples.count > Self.greatestMeasured { return nil }
    return try network.measure(experiment.loss, on: samples).loss
  }

  /// All layers as they are now; the network's outputs are afterwards those for the plane, or for a sample where layers have
  /// windows.
  func layers(sample: Int) throws -> JSONText {
    if let points { try network.forward(Inputs(samples: points)) }
    if hasWindows {
      let samples = experiment.data.train
      let row = max(0, min(samples.count - 1, sample))
      try network.forward(Inputs(samples: samples.source.copy(of: row..<row + 1)))
    }
    return .list(
      network.layers.enumerated().map { index, layer in
        let count = shown(layer)
        let showsOutputs = points != nil || layer.wiring.window != nil
        let picture = (showsOutputs ? layer.outputs : layer.weights).pictures(count)
        let strengths = links.strengths(index, of: layer)
        return .object([
          ("picture", showsOutputs || layer.fanIn <= 4096 ? .packed(bytes: picture.bytes) : .null),
          ("greatest", .packed(picture.greatest)),
          ("weights", strengths.isEmpty ? .null : .packed(strengths)),
          ("biases", .packed((0..<count).map { Float(layer.biases[$0, 0]) })),
        ])
      })
  }

  /// The class that the network finds all over the plane, or its first output where targets are not classes.
  func regions() -> JSONText {
    guard points != nil else { return .null }
    let outputs = network.output.outputs
    if !experiment.data.train.areClasses {
      let picture = outputs.pictures(1)
      return .object([("value", .packed(bytes: picture.bytes)), ("greatest", .packed(picture.greatest))])
    }
    var (classes, certainty) = ([UInt8](), [UInt8]())
    for column in 0..<outputs.columns {
      let (index, sure) = reader.read(outputs, column: column)
      classes.append(UInt8(truncatingIfNeeded: index))
      certainty.append(UInt8((sure.isFinite ? sure : 0) * 255))
    }
    return .object([("classes", .packed(bytes: classes)), ("certainty", .packed(bytes: certainty))])
  }
}

extension Matrix {
  /// The first `count` rows as pictures.
  fileprivate func pictures(_ count: Int) -> (bytes: [UInt8], greatest: [Float]) {
    signedBytes(Array(0..<count), count: columns)
  }
}
