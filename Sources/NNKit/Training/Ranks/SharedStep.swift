/// A training step of ranks that are all on one machine, through memory that they share.
///
/// Each rank makes the step of its slice of the weights: it adds up that slice of all ranks' gradients, in the order of the
/// ranks, and moves its weights; then all copy the others' slices, unless they have one copy of the weights. So no gradient is
/// copied, and each number is stepped once.
/// Where it pays, the ranks find the gradient together, each its slice: see `JointGradient`. Of what the optimizer keeps, a
/// rank has its slices alone; `collect` brings all together.
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
    /// How the ranks find the gradient together; nil where each finds that of its samples.
    let joint: JointGradient<Scalar>?
  }

  private let ranks: Ranks
  private let network: Network<Scalar>
  private let optimizer: OptimizerState<Scalar>
  private let memory: SharedMemory
  private let places: [Place]
  /// How many numbers a message has at most; there are two places for messages, which take turns.
  private let messageCount: Int
  private var messages = 0
  /// How many samples a batch has at most, on all ranks together.
  let capacity: Int
  /// Whether the ranks have one copy of the weights.
  private let sharesWeights: Bool

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
  ///   - capacity: How many samples a batch has at most, on all ranks together.
  ///   - sharesWeights: Whether one copy of the weights is enough: nothing but steps changes them, or all ranks to the same.
  /// - Throws: `RanksError`, `CommunicatorFailure`.
  init?(
    _ ranks: Ranks, _ network: Network<Scalar>, _ optimizer: OptimizerState<Scalar>,
    isLarge: (Parameter<Scalar>) -> Bool, messageCount: Int, capacity: Int, sharesWeights: Bool
  ) throws {
    (self.ranks, self.network, self.optimizer, self.messageCount) = (ranks, network, optimizer, messageCount)
    (self.capacity, self.sharesWeights) = (capacity, sharesWeights)
    let large = network.parameters.enumerated().filter { isLarge($0.element) }
    let own = large.flatMap { index, parameter in
      ([parameter.gradient, parameter.value] + optimizer.states[index]).map {
        SharedMemory.Piece(
          UnsafeMutableRawPointer($0.base), bytes: $0.count * MemoryLayout<Scalar>.stride,
          isCommon: sharesWeights && $0 === parameter.value)
      }
    }
    let messageBytes = 2 * messageCount * MemoryLayout<Double>.stride
    // Of each of them: room for sums, and for what a gradient is found from together.
    let rooms = large.map { entry in
      let (parameter, layer) = (entry.element, network.layers[entry.element.layer])
      let isJoint = parameter.kind == .weights && JointGradient.suits(layer, capacity: capacity, ranks: ranks.count)
      return (
        sums: SharedMemory.whole(parameter.value.count * MemoryLayout<Scalar>.stride),
        joint: isJoint ? JointGradient.bytes(layer, capacity: capacity) : 0
      )
    }
    let start = SharedMemory.roomOffset + SharedMemory.whole(messageBytes)
    let room = start - SharedMemory.roomOffset + rooms.reduce(0) { $0 + $1.sums + $1.joint }
    guard let memory = try SharedMemory(ranks, own: own, room: room) else { return nil }
    self.memory = memory
    var pieces = memory.pieces.map(\.offset)[...]
    var next = start
    places = zip(large, rooms).map { entry, room in
      let (index, parameter) = entry
      let states = optimizer.states[index].count
      defer {
        pieces = pieces.dropFirst(2 + states)
        next += room.sums + room.joint
      }
      let first = pieces.startIndex
      let joint =
        room.joint == 0
        ? nil
        : JointGradient(
          network.layers[parameter.layer], takesSamples: parameter.layer == 0 && network.sources == nil, memory,
          at: next + room.sums, capacity: capacity)
      return Place(
        index: index, parameter: parameter, gradient: pieces[first], value: pieces[first + 1], sums: next,
        states: Array(pieces[(first + 2)..<(first + 2 + states)]),
        slices: joint?.slices(ranks: ranks.count) ?? Self.slices(of: parameter.value.count, ranks: ranks.count),
        joint: joint)
    }
  }

  private static func slices(of count: Int, ranks: Int) -> [Range<Int>] {
    (0..<ranks).map { rank in
      let part = cut((count + unit - 1) / unit, into: ranks, rank)
      return part.lowerBound * unit..<min(count, part.upperBound * unit)
    }
  }

  deinit {
    // The last ones may be sums over this rank's samples alone.
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

  /// Has the backward pass leave out the gradients that the ranks find together.
  func chooseDestinations() {
    if network.leavesAllGradients { return }
    for place in places where place.joint != nil && !place.parameter.isFrozen {
      place.parameter.destination = .jointly
    }
  }

  /// Writes down what the last pass over this rank's samples gave, for gradients that the ranks find together.
  ///
  /// - Parameter before: How many of the batch's samples ranks before this one have.
  func publish(before: Int) {
    for place in places { place.joint?.publish(before: before, network.threadPool) }
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
    let samples = settings.samples
    let pass = try network.pass(.training)
    let isWhole = leavesSums || !transforms.isEmpty
    let moved = places.filter { !$0.parameter.isFrozen }
    if isWhole {
      try leaveSums(of: leavesSums ? places : moved, samples, pass)
      for transform in transforms { try transform.apply(to: network.parameters, samples: &settings.samples) }
    }
    optimizer.begin(settings)
    let inMemory = Set(places.map(\.index))
    for (index, parameter) in network.parameters.enumerated() where !inMemory.contains(index) && !parameter.isFrozen {
      optimizer.move(index, parameter, 0..<parameter.value.count, by: parameter.gradient.base, settings)
    }
    for place in moved {
      if isWhole {
        move(place, by: place.parameter.gradient.base, settings)
      } else if let joint = place.joint {
        move(place, joint, settings, pass)
      } else {
        moveBySums(place, settings)
      }
    }
    try memory.meet()
    for place in moved where !isWhole {
      if let layer = place.joint?.layer { layer.storage.leaveOutGradients(of: layer.parts) }
    }
    if sharesWeights { return }
    eachSlice(of: moved, ofOthersOnly: true) { place, slice, rank in
      (place.parameter.value.base + slice.lowerBound).update(
        from: memory.numbers(Scalar.self, of: rank, at: place.value) + slice.lowerBound, count: slice.count)
    }
    // Only now may a callback change weights.
    try memory.meet()
  }

  /// Leaves the sums over all ranks in `Parameter.gradient`.
  private func leaveSums(of places: [Place], _ samples: Int, _ pass: PassContext) throws {
    for place in places {
      let sums = memory.numbers(Scalar.self, of: ranks.rank, at: place.sums)
      if let joint = place.joint {
        joint.compute(place.slices[ranks.rank], samples: samples, into: sums, keep: 0, factor: 1, pass)
        joint.layer.storage.keepGradients()
      } else {
        eachTile(of: place) { addUp(place, $0, sums + $0.lowerBound) }
      }
    }
    try memory.meet()
    eachSlice(of: places, ofOthersOnly: false) { place, slice, rank in
      (place.parameter.gradient.base + slice.lowerBound).update(
        from: memory.numbers(Scalar.self, of: rank, at: place.sums) + slice.lowerBound, count: slice.count)
    }
  }

  /// Moves this rank's slice of a parameter.
  private func move(
    _ place: Place, by gradients: UnsafePointer<Scalar>, _ settings: OptimizerState<Scalar>.StepSettings
  ) {
    eachTile(of: place) {
      optimizer.move(place.index, place.parameter, $0, by: gradients + $0.lowerBound, settings)
    }
  }

  /// The same by a gradient that the ranks find together, where it can be in the product itself.
  private func move(
    _ place: Place, _ joint: JointGradient<Scalar>, _ settings: OptimizerState<Scalar>.StepSettings,
    _ pass: PassContext
  ) {
    let (slice, parameter) = (place.slices[ranks.rank], place.parameter)
    let update = network.fusedUpdate(
      by: optimizer.optimizer, transforms: [], samples: settings.samples, learningRate: settings.learningRate,
      regularization: settings.regularization)
    guard let update, let target = update.movesMemory ? optimizer.states[place.index].first : parameter.value else {
      let sums = memory.numbers(Scalar.self, of: ranks.rank, at: place.sums)
      joint.compute(slice, samples: settings.samples, into: sums, keep: 0, factor: 1, pass)
      return move(place, by: sums, settings)
    }
    joint.compute(
      slice, samples: settings.samples, into: target.base, keep: Scalar(update.keep), factor: Scalar(update.factor),
      pass)
    if target === parameter.value { return }
    eachTile(of: place) {
      optimizer.follow(target, parameter.value, $0, settings)
    }
  }

  /// The same by the sum of the ranks' gradients.
  private func moveBySums(_ place: Place, _ settings: OptimizerState<Scalar>.StepSettings) {
    eachTile(of: place) { tile in
      withUnsafeTemporaryAllocation(of: Scalar.self, capacity: tile.count) { sums in
        guard let base = sums.baseAddress else { return }
        addUp(place, tile, base)
        optimizer.move(place.index, place.parameter, tile, by: base, settings)
      }
    }
  }

  /// Copies what the optimizer keeps from the ranks that stepped it: between two steps, on any rank at any time, since no
  /// other can complete its next step without this one.
  func collect() {
    eachSlice(of: places, ofOthersOnly: true) { place, slice, rank in
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

  /// Calls `body` with this rank's slice, piece by piece, on all threads.
  private func eachTile(of place: Place, _ body: (Range<Int>) -> Void) {
    let slice = place.slices[ranks.rank]
    network.threadPool.parallelFor(slice.count, grain: 32_768, alignment: Self.tile) { part in
      for start in stride(from: part.lowerBound, to: part.upperBound, by: Self.tile) {
        let first = slice.lowerBound + start
        body(first..<min(first + Self.tile, slice.lowerBound + part.upperBound))
      }
    }
  }

  /// Calls `body` with the slices of all ranks, or of the others, on all threads.
  private func eachSlice(
    of places: [Place], ofOthersOnly: Bool, _ body: (Place, Range<Int>, _ rank: Int) -> Void
  ) {
    for place in places {
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
