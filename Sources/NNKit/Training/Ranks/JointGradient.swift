/// The gradient of a dense layer's weights over the samples of all ranks, in memory that they share.
///
/// Each rank writes down what its samples gave: the layer's inputs X and local gradients Δ, which are far fewer numbers than
/// ∂W = Δ·Xᵀ. Then each computes some rows of that product, of all samples at once, as the threads of one process do. So no
/// gradient is added up, and the step may be fused into the product.
struct JointGradient<Scalar: NetworkScalar> {
  let layer: Layer<Scalar>
  private let memory: SharedMemory
  /// For how many samples of all ranks there is room.
  private let capacity: Int
  /// Where the first rank's file has X and Δ.
  private let (inputs, deltas): (Int, Int)
  /// Whether the layer's inputs are the network's, which lie sample by sample.
  private let takesSamples: Bool

  /// How many bytes a layer needs of the memory's room.
  static func bytes(_ layer: Layer<Scalar>, capacity: Int) -> Int {
    whole(layer.inputCount, capacity) + whole(layer.neurons.count, capacity)
  }

  private static func whole(_ count: Int, _ capacity: Int) -> Int {
    SharedMemory.whole(count * capacity * MemoryLayout<Scalar>.stride)
  }

  /// Whether the ranks are to find a layer's gradient together: a dense layer of plain neurons, where samples are so few that
  /// it pays.
  static func suits(_ layer: Layer<Scalar>, capacity: Int, ranks: Int) -> Bool {
    let count = layer.neurons.count
    return layer.wiring.isDense && layer.connections == nil && layer.neurons.allSatisfy(\.isPlain)
      && count >= unit * ranks && capacity * (layer.inputCount + count) < count * layer.inputCount
  }

  /// The rows that a rank computes begin at multiples of this.
  private static var unit: Int { 16 }

  /// - Parameters:
  ///   - layer: One that `suits`.
  ///   - takesSamples: Whether its inputs are those of the network.
  ///   - memory: What the ranks share.
  ///   - offset: Where the layer's room begins there.
  ///   - capacity: How many samples all ranks together have at most.
  init(_ layer: Layer<Scalar>, takesSamples: Bool, _ memory: SharedMemory, at offset: Int, capacity: Int) {
    (self.layer, self.takesSamples, self.memory, self.capacity) = (layer, takesSamples, memory, capacity)
    (inputs, deltas) = (offset, offset + Self.whole(layer.inputCount, capacity))
  }

  /// The numbers of the weights whose gradients each rank computes: whole rows.
  func slices(ranks: Int) -> [Range<Int>] {
    let (rows, columns) = (layer.neurons.count, layer.storage.weights.columns)
    return (0..<ranks).map { rank in
      let part = cut((rows + Self.unit - 1) / Self.unit, into: ranks, rank)
      return part.lowerBound * Self.unit * columns..<min(rows, part.upperBound * Self.unit) * columns
    }
  }

  /// Writes down what this rank's samples gave in the last pass.
  ///
  /// - Parameters:
  ///   - before: How many of the batch's samples ranks before this one have.
  ///   - threadPool: What it is written by.
  func publish(before: Int, _ threadPool: ThreadPool) {
    let (x, delta) = (layer.storage.inputs, layer.storage.localGradients)
    let columns = x.columns
    precondition(before + columns <= capacity, "more samples than was said")
    let place = memory.numbers(Scalar.self, of: 0, at: inputs)
    if takesSamples {
      copy(
        columns, of: x.count, x.base, x.columnStride, x.inputStride, to: place + before * x.count, x.count, threadPool)
    } else {
      copy(x.count, of: columns, x.base, x.inputStride, x.columnStride, to: place + before, capacity, threadPool)
    }
    copy(
      layer.neurons.count, of: columns, delta.base, delta.columns, 1,
      to: memory.numbers(Scalar.self, of: 0, at: deltas) + before, capacity, threadPool)
  }

  /// Copies rows of `count` numbers.
  private func copy(
    _ rows: Int, of count: Int, _ source: UnsafePointer<Scalar>, _ row: Int, _ step: Int,
    to target: UnsafeMutablePointer<Scalar>, _ targetRow: Int, _ threadPool: ThreadPool
  ) {
    threadPool.parallelFor(rows, grain: max(1, 32_768 / max(1, count)), alignment: 1) { part in
      for index in part {
        let (from, to) = (source + index * row, target + index * targetRow)
        if step == 1 {
          to.update(from: from, count: count)
        } else {
          for place in 0..<count { to[place] = from[place * step] }
        }
      }
    }
  }

  /// Target ← keep · target + factor · ∂W, for whole rows of weights.
  ///
  /// - Parameters:
  ///   - some: The numbers of these weights, a slice of `slices`.
  ///   - samples: How many samples all ranks together have.
  ///   - target: Of the shape of all weights.
  ///   - keep: By what the target is multiplied first; with 0 it is not read.
  ///   - factor: By what the gradient is multiplied.
  ///   - pass: Threads and backend.
  func compute(
    _ some: Range<Int>, samples: Int, into target: UnsafeMutablePointer<Scalar>, keep: Scalar, factor: Scalar,
    _ pass: PassContext
  ) {
    let (columns, fanIn) = (layer.storage.weights.columns, layer.inputCount)
    let (first, count) = (some.lowerBound / columns, some.count / columns)
    if count == 0 { return }
    let x = memory.numbers(Scalar.self, of: 0, at: inputs)
    let delta = memory.numbers(Scalar.self, of: 0, at: deltas) + first * capacity
    GEMM(
      count, fanIn, samples, alpha: factor, StridedMatrix(delta, row: capacity, column: 1),
      takesSamples ? StridedMatrix(x, row: fanIn, column: 1) : StridedMatrix(x, row: 1, column: capacity),
      beta: keep, target + some.lowerBound, cRow: columns
    ).run(pass)
  }
}
