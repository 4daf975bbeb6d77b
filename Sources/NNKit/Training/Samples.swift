/// What a network learns from or is measured on: inputs and targets, a sample a row.
///
/// Several tasks may train on one set of samples at a time. Nothing in nnkit writes to its matrices once it is made, and a
/// program must not either while another task reads them; hence it is Sendable.
public struct Samples<Scalar: NetworkScalar>: @unchecked Sendable {
  /// Samples × inputs; where the samples are kept as bytes, a new matrix with all of them at each call.
  public var inputs: Matrix<Scalar> { source.matrix ?? source.copy(of: 0..<count) }
  /// The inputs as they are kept.
  package let source: SampleInputs<Scalar>
  /// Samples × outputs.
  public let targets: Matrix<Scalar>
  /// What the targets are.
  public let targetKind: TargetKind
  /// How much the loss of each sample counts, and with it the gradient; nil: all count alike, by 1.
  public let weights: [Double]?
  /// How a training changes them, if they are images; nil: not at all.
  package private(set) var augmentation: ImageAugmentation?
  /// Whether targets say which class a sample belongs to: then there is an accuracy.
  public var areClasses: Bool { targetKind == .classes }

  /// Samples from arrays: `inputs[s]` and `targets[s]` belong to sample `s`.
  ///
  /// - Throws: `NetworkError` if there are none, or if the counts do not match.
  public init(
    inputs: [[Scalar]], targets: [[Scalar]], targetKind: TargetKind = .numbers, weights: [Double]? = nil
  ) throws {
    for (name, rows) in [("inputs", inputs), ("targets", targets)] {
      if let odd = rows.firstIndex(where: { $0.count != rows[0].count }) {
        throw NetworkError("sample \(odd) has \(rows[odd].count) \(name), sample 0 has \(rows[0].count)")
      }
    }
    try self.init(
      inputs: try Matrix(inputs), targets: try Matrix(targets), targetKind: targetKind, weights: weights)
  }

  /// Samples from matrices with a row a sample.
  ///
  /// - Throws: `NetworkError` if there are none, or if the counts do not match.
  public init(
    inputs: Matrix<Scalar>, targets: Matrix<Scalar>, targetKind: TargetKind = .numbers, weights: [Double]? = nil
  ) throws {
    try self.init(SampleInputs(inputs), targets: targets, targetKind: targetKind, weights: weights)
  }

  package init(
    _ inputs: SampleInputs<Scalar>, targets: Matrix<Scalar>, targetKind: TargetKind, weights: [Double]? = nil
  ) throws {
    guard inputs.rows == targets.rows, inputs.rows > 0, inputs.columns > 0, targets.columns > 0 else {
      throw NetworkError(
        "expected at least one sample with at least one input and target; found \(inputs.rows) samples of"
          + " \(inputs.columns) inputs and \(targets.rows) of \(targets.columns) targets")
    }
    if let weights {
      guard weights.count == inputs.rows else {
        throw NetworkError("found \(weights.count) weights for \(inputs.rows) samples, expected one each", .samples)
      }
      if let odd = weights.firstIndex(where: { !($0 >= 0 && $0.isFinite) }) {
        throw NetworkError("sample \(odd) has the weight \(weights[odd]), expected a number >= 0", .samples)
      }
    }
    source = inputs
    self.targets = targets
    self.targetKind = targetKind
    self.weights = weights
  }

  /// The same, with a guess of what targets are.
  @available(*, deprecated, message: "say what targets are: targetKind: .classes")
  public init(inputs: [[Scalar]], targets: [[Scalar]], areClasses: Bool) throws {
    try self.init(inputs: inputs, targets: targets, targetKind: areClasses ? .classes : .numbers)
  }

  /// Samples of classes: `labels[s]`, from 0, says which class sample `s` belongs to.
  ///
  /// - Parameters:
  ///   - inputs: A row for each sample.
  ///   - labels: The class of each sample, less than `classes`.
  ///   - classes: How many there are; the network has an output for each, or a single one for two.
  ///   - loss: Which targets stand for "not of this class" and "of this class".
  ///   - outputs: How many outputs the network has; `classes` if nil.
  /// - Throws: `NetworkError` if counts do not match or a label is none of the classes.
  public init(inputs: [[Scalar]], labels: [Int], classes: Int, loss: Loss, outputs: Int? = nil) throws {
    let outputs = outputs ?? classes
    guard classes > 0, outputs == classes || outputs == 1 && classes == 2 else {
      throw NetworkError(
        "\(classes) classes need as many outputs, or a single one for two; found \(outputs) outputs", .samples)
    }
    if let odd = labels.firstIndex(where: { !(0..<classes).contains($0) }) {
      throw NetworkError("sample \(odd) has the label \(labels[odd]), expected 0 to \(classes - 1)", .samples)
    }
    let (off, on) = (Scalar(loss.targetOff), Scalar(loss.targetOn))
    let targets = labels.map { label in
      outputs == 1 ? [label == 1 ? on : off] : (0..<classes).map { $0 == label ? on : off }
    }
    try self.init(inputs: inputs, targets: targets, targetKind: .classes)
  }

  /// How many samples there are.
  public var count: Int { source.rows }
  /// How many inputs each has.
  public var inputCount: Int { source.columns }

  /// The memory that their numbers take.
  package var byteCount: Int { source.byteCount + targets.count * MemoryLayout<Scalar>.size }

  /// The inputs of sample `index`, from 0.
  public func input(of index: Int) -> [Scalar] { Array(source.copy(of: index..<index + 1).row(0)) }

  package func check(fits network: Network<Scalar>) throws {
    guard inputCount == network.inputCount else {
      throw NetworkError("samples have \(inputCount) inputs, the network takes \(network.inputCount)", .samples)
    }
    guard targets.columns == network.outputCount else {
      throw NetworkError(
        "samples have \(targets.columns) targets, the network has \(network.outputCount) outputs", .samples)
    }
  }
}

extension Samples {
  /// The same samples, as images that a training changes: differently in each epoch.
  ///
  /// With `expand`, the result also has each image shifted. What comes into an image from outside is 0.
  ///
  /// - Parameters:
  ///   - augmentation: How images are changed.
  ///   - channels: How many images a sample has; its inputs are in the order channel, row, column.
  ///   - height: The rows of each image.
  ///   - width: The columns of each.
  /// - Returns: The samples that a training changes; everything else reads them as they are.
  /// - Throws: `NetworkError` if the inputs are not so many, or if a setting does not fit the images.
  public func augmented(
    by augmentation: Augmentation, channels: Int = 1, height: Int, width: Int
  ) throws -> Samples {
    let size = ImageSize(height: height, width: width)
    let images = try ImageAugmentation(augmentation, channels: channels, size: size)
    guard channels * size.count == inputCount else {
      throw NetworkError(
        "the images are \(channels) × \(size), \(channels * size.count) numbers, but samples have \(inputCount) inputs",
        .samples)
    }
    let shifts = images.addedShifts
    var result = self
    if !shifts.isEmpty {
      let times = 1 + shifts.count
      let copies = Matrix<Scalar>(rows: count * times, columns: targets.columns)
      for copy in 0..<times { (copies.base + copy * targets.count).update(from: targets.base, count: targets.count) }
      result = try Samples(
        source.adding(shifts, channels: channels, size), targets: copies, targetKind: targetKind,
        weights: weights.map { Array([[Double]](repeating: $0, count: times).joined()) })
    }
    result.augmentation = augmentation.draws ? images : nil
    return result
  }

  /// The samples with the given numbers, in that order, copied; as a training at `moment` changes them.
  func subset(_ order: UnsafeBufferPointer<Int>, at moment: AugmentationMoment) throws -> Samples {
    let inputs = Matrix<Scalar>(rows: order.count, columns: inputCount)
    if let augmentation {
      augmentation.copyRows(of: source, order, moment, to: inputs.base)
    } else {
      source.copyRows(order, to: inputs.base)
    }
    let targets = Matrix<Scalar>(rows: order.count, columns: targets.columns)
    SampleInputs(self.targets).copyRows(order, to: targets.base)
    return try Samples(
      inputs: inputs, targets: targets, targetKind: targetKind, weights: weights.map { all in order.map { all[$0] } })
  }

  /// Holds the samples to a network and a loss, number by number.
  ///
  /// - Throws: `NetworkError` if their widths differ from the network's, if a number is not finite, or if a target is one for
  ///   which the loss is not defined.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func check(fits network: Network<Scalar>, _ loss: Loss, of set: String? = nil) throws {
    try check(fits: network)
    let name = set.map { "\($0) sample" } ?? "sample"
    func expectFinite(_ matrix: Matrix<Scalar>, _ what: String, first: Int) throws {
      let place = Scalar._kernels.firstNonFinite(matrix.base, matrix.count)
      guard place < matrix.count else { return }
      throw NetworkError(
        "\(name) \(first + place / matrix.columns), \(what) \(place % matrix.columns) is \(matrix.base[place]),"
          + " not finite", .samples)
    }
    try source.forEachBlock { try expectFinite($0, "input", first: $1) }
    try expectFinite(targets, "target", first: 0)
    // Scaling may take a target a little beyond the end of the range, by rounding.
    let range = Scalar(loss.targetRange.lowerBound - 1e-6)...Scalar(loss.targetRange.upperBound + 1e-6)
    for place in 0..<targets.count where !range.contains(targets.base[place]) {
      throw NetworkError(
        "\(name) \(place / targets.columns), target \(place % targets.columns) is \(targets.base[place]);"
          + " \(loss.name) takes targets in \(loss.targetRange.lowerBound)...\(loss.targetRange.upperBound)", .samples)
    }
  }
}

extension Samples {
  /// Its samples in their order, in batches of `size`, the last with what is left.
  ///
  /// - Throws: `NetworkError` if `size` is less than 1.
  public func batches(of size: Int) throws -> [Batch<Scalar>] {
    guard size > 0 else { throw NetworkError("batches of \(size) samples, expected at least 1") }
    return stride(from: 0, to: count, by: size).map { first in
      let batch = Batch(capacity: source.matrix == nil ? min(size, count - first) : 0, of: self)
      batch.take(first..<min(first + size, count), of: self)
      return batch
    }
  }
}

/// Some samples as a network reads them at once.
public final class Batch<Scalar: NetworkScalar> {
  /// The inputs of the first layer, a column for each sample.
  public private(set) var inputs: Inputs<Scalar>
  /// Outputs × columns, as the loss compares them with the last layer.
  public let targets: Matrix<Scalar>
  /// How much the loss of each sample counts; empty: all count alike.
  package private(set) var weights: [Double] = []
  /// How many samples it has.
  public var count: Int { inputs.columns }
  /// Samples gathered from here and there, a row each.
  private let gathered: (inputs: Matrix<Scalar>, targets: Matrix<Scalar>)

  package init(capacity: Int = 0, of samples: Samples<Scalar>) {
    gathered = (
      Matrix(rows: capacity, columns: samples.inputCount), Matrix(rows: capacity, columns: samples.targets.columns)
    )
    targets = Matrix(rows: samples.targets.columns, columns: capacity)
    inputs = Inputs(samples: gathered.inputs, 0..<0)
  }

  /// Copies the samples with the given numbers, on several threads where there are some.
  ///
  /// With a moment, those that have an augmentation are changed as a training changes them then.
  package func fill(
    from samples: Samples<Scalar>, _ indices: ArraySlice<Int>, _ threadPool: ThreadPool? = nil,
    at moment: AugmentationMoment? = nil
  ) {
    indices.withUnsafeBufferPointer { order in
      copyInputs(of: samples, order, threadPool, moment)
      SampleInputs(samples.targets).copyRows(order, to: gathered.targets.base)
    }
    inputs = Inputs(samples: gathered.inputs, 0..<indices.count)
    if let all = samples.weights { weights = indices.map { all[$0] } }
    turn(gathered.targets.base)
  }

  /// Has the samples with the given numbers fetched from memory while the batch is computed: `fill` takes them next.
  package func expect(_ indices: ArraySlice<Int>, of samples: Samples<Scalar>) {
    indices.withUnsafeBufferPointer { order in
      SampleInputs(samples.targets).expectRows(order)
      samples.source.expectRows(order)
    }
  }

  /// Takes neighbouring samples; inputs that are numbers are read where they lie.
  package func take(_ range: Range<Int>, of samples: Samples<Scalar>, _ threadPool: ThreadPool? = nil) {
    if let matrix = samples.source.matrix {
      inputs = Inputs(samples: matrix, range)
    } else {
      Array(range).withUnsafeBufferPointer { copyInputs(of: samples, $0, threadPool) }
      inputs = Inputs(samples: gathered.inputs, 0..<range.count)
    }
    if let all = samples.weights { weights = Array(all[range]) }
    turn(samples.targets.base + range.lowerBound * samples.targets.columns)
  }

  private func copyInputs(
    of samples: Samples<Scalar>, _ order: UnsafeBufferPointer<Int>, _ threadPool: ThreadPool?,
    _ moment: AugmentationMoment? = nil
  ) {
    precondition(order.count <= gathered.inputs.rows, "a batch has room for its capacity")
    let (source, width) = (samples.source, gathered.inputs.columns)
    func copy(_ part: Range<Int>) {
      let (order, place) = (UnsafeBufferPointer(rebasing: order[part]), gathered.inputs.base + part.lowerBound * width)
      if let moment, let augmentation = samples.augmentation {
        augmentation.copyRows(of: source, order, moment, to: place)
      } else {
        source.copyRows(order, to: place)
      }
    }
    guard let threadPool else { return copy(0..<order.count) }
    threadPool.parallelFor(order.count, grain: max(1, 8192 / max(1, width)), alignment: 1) { copy($0) }
  }

  private func turn(_ rows: UnsafePointer<Scalar>) {
    targets.resize(columns: count)
    Scalar._kernels.transpose(rows, count, targets.rows, targets.base, count)
  }
}
