/// A training step of ranks that are all on one machine, through memory that they share.
///
/// Each rank makes the step of its slice of the weights: it adds up that slice of all ranks' gradients, in the order of the
/// ranks, and moves its weights; then all copy the others' slices. So no gradient is copied, and each number is stepped once.
/// Of what the optimizer keeps, a rank has its slices alone; `collect` brings all together.
final class SharedStep<Scalar: NetworkScalar> {
  /// A parameter whose numbers are in shared memory, and where each rank's file has them.
  private struct Place {
    /// Its number in the network.
    let index: Int
    let parameter: Parameter<Scalar>
    let (gradient, value, sums): (Int, Int, Int)
    let states: [Int]
    /// What each rank steps.
    let slices: [Range<Int>]
  }

  private let ranks: Ranks
  private let network: Network<Scalar>
  private let optimizer: OptimizerState<Scalar>
  private let memory: SharedMemory
  private let places: [Place]
  /// How many numbers a message has at most; there are two places for messages, which take turns.
  private let messageCount: Int
  private var messages = 0

  /// So many numbers are added up at once: they fit a core's nearest cache.
  private static var tile: Int { 2048 }
  /// Slices begin at multiples of this.
  private static var unit: Int { 1024 }

  /// Shares the memory of a network and its optimizer with the other ranks, which all call this; nil, on all of them, where
  /// they cannot share memory.
  ///
  /// - Parameters:
  ///   - ranks: All of them.
  ///   - network: The one that is trained.
  ///   - optimizer: What moves it.
  ///   - isLarge: Which parameters are worth it.
  ///   - messageCount: How many numbers a message has at most.
  /// - Throws: `RanksError`, `CommunicatorFailure`.
  init?(
    _ ranks: Ranks, _ network: Network<Scalar>, _ optimizer: OptimizerState<Scalar>,
    isLarge: (Parameter<Scalar>) -> Bool, messageCount: Int
  ) throws {
    (self.ranks, self.network, self.optimizer, self.messageCount) = (ranks, network, optimizer, messageCount)
    let large = network.parameters.enumerated().filter { isLarge($0.element) }
    let own = large.flatMap { index, parameter in
      ([parameter.gradient, parameter.value] + optimizer.states[index]).map {
        (base: UnsafeMutableRawPointer($0.base), bytes: $0.count * MemoryLayout<Scalar>.stride)
      }
    }
    let messageBytes = 2 * messageCount * MemoryLayout<Double>.stride
    let sums = large.map { SharedMemory.whole($0.element.value.count * MemoryLayout<Scalar>.stride) }
    let start = SharedMemory.roomOffset + SharedMemory.whole(messageBytes)
    guard
      let memory = try SharedMemory(
        ranks, own: own, room: start - SharedMemory.roomOffset + sums.reduce(0, +))
    else { return nil }
    self.memory = memory
    var pieces = memory.pieces.map(\.offset)[...]
    var nextSums = start
    places = zip(large, sums).map { entry, bytes in
      let (index, parameter) = entry
      let states = optimizer.states[index].count
      defer {
        pieces = pieces.dropFirst(2 + states)
        nextSums += bytes
      }
      let first = pieces.startIndex
      let units = (parameter.value.count + Self.unit - 1) / Self.unit
      let slices = (0..<ranks.count).map { rank in
        let part = cut(units, into: ranks.count, rank)
        return part.lowerBound * Self.unit..<min(parameter.value.count, part.upperBound * Self.unit)
      }
      return Place(
        index: index, parameter: parameter, gradient: pieces[first], value: pieces[first + 1], sums: nextSums,
        states: Array(pieces[(first + 2)..<(first + 2 + states)]), slices: slices)
    }
  }

  deinit {
    // They were sums over this rank's samples alone.
    for layer in network.layers { layer.storage.leaveOutGradients(of: layer.parts) }
  }

  /// Adds up a message over all ranks, in place, in their order.
  ///
  /// - Throws: `RanksError` if a rank is missing.
  func sum(_ message: Matrix<Double>) throws {
    let count = message.count
    precondition(count <= messageCount, "a longer message than was said")
    let offset = SharedMemory.roomOffset + messages % 2 * messageCount * MemoryLayout<Double>.stride
    messages += 1
    memory.numbers(Double.self, of: ranks.rank, at: offset).update(from: message.base, count: count)
    try memory.meet()
    message.base.update(from: memory.numbers(Double.self, of: 0, at: offset), count: count)
    for rank in 1..<ranks.count {
      let numbers = memory.numbers(Double.self, of: rank, at: offset)
      for index in 0..<count { message.base[index] += numbers[index] }
    }
  }

  /// One step by the gradients of all ranks, which small parameters already have.
  ///
  /// - Parameters:
  ///   - transforms: What changes the gradients before.
  ///   - leavesSums: Whether the sums are to stand in all ranks' gradients afterwards.
  ///   - settings: What the step is made with.
  /// - Throws: `RanksError` if a rank is missing; what a transform throws.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func step(
    _ transforms: [any GradientTransform], leavesSums: Bool, _ settings: OptimizerState<Scalar>.StepSettings
  ) throws {
    var settings = settings
    let isWhole = leavesSums || !transforms.isEmpty
    if isWhole {
      eachTile { place, tile in
        addUp(place, tile, memory.numbers(Scalar.self, of: ranks.rank, at: place.sums) + tile.lowerBound)
      }
      try memory.meet()
      eachSlice(ofOthersOnly: false) { place, slice, rank in
        (place.parameter.gradient.base + slice.lowerBound).update(
          from: memory.numbers(Scalar.self, of: rank, at: place.sums) + slice.lowerBound, count: slice.count)
      }
      for transform in transforms { try transform.apply(to: network.parameters, samples: &settings.samples) }
    }
    optimizer.beginStep()
    let inMemory = Set(places.map(\.index))
    for (index, parameter) in network.parameters.enumerated() where !inMemory.contains(index) && !parameter.isFrozen {
      optimizer.move(index, parameter, 0..<parameter.value.count, by: parameter.gradient.base, settings)
    }
    eachTile { place, tile in
      let (index, parameter) = (place.index, place.parameter)
      if isWhole {
        optimizer.move(index, parameter, tile, by: parameter.gradient.base + tile.lowerBound, settings)
      } else {
        withUnsafeTemporaryAllocation(of: Scalar.self, capacity: tile.count) { sums in
          guard let base = sums.baseAddress else { return }
          addUp(place, tile, base)
          optimizer.move(index, parameter, tile, by: base, settings)
        }
      }
    }
    try memory.meet()
    eachSlice(ofOthersOnly: true) { place, slice, rank in
      (place.parameter.value.base + slice.lowerBound).update(
        from: memory.numbers(Scalar.self, of: rank, at: place.value) + slice.lowerBound, count: slice.count)
    }
    // Only now may a callback change weights.
    try memory.meet()
  }

  /// Copies what the optimizer keeps from the ranks that stepped it: between two steps, on any rank at any time, since no
  /// other can complete its next step without this one.
  func collect() {
    eachSlice(ofOthersOnly: true) { place, slice, rank in
      for (state, offset) in zip(optimizer.states[place.index], place.states) {
        (state.base + slice.lowerBound).update(
          from: memory.numbers(Scalar.self, of: rank, at: offset) + slice.lowerBound, count: slice.count)
      }
    }
  }

  /// The sum over all ranks of some numbers of a gradient.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  private func addUp(_ place: Place, _ some: Range<Int>, _ sums: UnsafeMutablePointer<Scalar>) {
    let start = some.lowerBound
    let first = memory.numbers(Scalar.self, of: 0, at: place.gradient) + start
    let second = memory.numbers(Scalar.self, of: 1, at: place.gradient) + start
    for index in 0..<some.count { sums[index] = first[index] + second[index] }
    for rank in 2..<max(2, ranks.count) {
      let numbers = memory.numbers(Scalar.self, of: rank, at: place.gradient) + start
      for index in 0..<some.count { sums[index] += numbers[index] }
    }
  }

  /// Calls `body` with this rank's slices, piece by piece, on all threads.
  private func eachTile(_ body: (Place, Range<Int>) -> Void) {
    for place in places where !place.parameter.isFrozen {
      let slice = place.slices[ranks.rank]
      network.threadPool.parallelFor(slice.count, grain: 32_768, alignment: Self.tile) { part in
        for start in stride(from: part.lowerBound, to: part.upperBound, by: Self.tile) {
          let first = slice.lowerBound + start
          body(place, first..<min(first + Self.tile, slice.lowerBound + part.upperBound))
        }
      }
    }
  }

  /// Calls `body` with the slices of all ranks, or of the others, on all threads.
  private func eachSlice(ofOthersOnly: Bool, _ body: (Place, Range<Int>, _ rank: Int) -> Void) {
    for place in places where !place.parameter.isFrozen {
      for rank in 0..<ranks.count where rank != ranks.rank || !ofOthersOnly {
        let slice = place.slices[rank]
        network.threadPool.parallelFor(slice.count, grain: 65_536, alignment: Self.unit) { part in
          let first = slice.lowerBound
          body(place, first + part.lowerBound..<first + part.upperBound, rank)
        }
      }
    }
  }
}
