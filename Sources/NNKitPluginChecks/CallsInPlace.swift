import NNKit

/// Whether results follow from the numbers in arrays, not from where these lie: in a network arrays stay where they are, and
/// their numbers change between calls.
struct CallsInPlace<Scalar: NetworkScalar> {
  /// The calls of one function that share arrays: evaluate and backward, value and gradient.
  private let calls: [CheckedCall<Scalar>]
  private let neurons = 5
  private let columns = 16
  private let arrays: [String: UnsafeMutablePointer<Scalar>]
  private let values: UnsafeMutablePointer<Double>

  /// Has `body` use the arrays, as long as it lasts.
  static func run(_ calls: [CheckedCall<Scalar>]) throws -> Int {
    if calls.isEmpty { return 0 }
    let checks = CallsInPlace(calls)
    defer { checks.deallocate() }
    return try checks.run()
  }

  private init(_ calls: [CheckedCall<Scalar>]) {
    self.calls = calls
    let count = 5 * 16 + slackCount
    let names = Set(calls.flatMap { $0.inputs + [$0.output] })
    arrays = Dictionary(
      uniqueKeysWithValues: names.map { name in
        let array = UnsafeMutablePointer<Scalar>.allocate(capacity: count)
        array.initialize(repeating: 0, count: count)
        return (name, array)
      })
    values = .allocate(capacity: count)
    values.initialize(repeating: 0, count: count)
  }

  private func deallocate() {
    for array in arrays.values { array.deallocate() }
    values.deallocate()
  }

  private func run() throws -> Int {
    guard let fullest = calls.max(by: { $0.inputs.count < $1.inputs.count }) else { return 0 }
    var random = RandomSource(seed: 23)
    var count = 0
    for changed in [Array(0..<columns), [columns / 2, columns - 1]] {
      for first in calls {
        for second in calls {
          let before = try fullest.arguments(neurons, columns, &random)
          let other = try fullest.arguments(neurons, columns, &random)
          let after = zip(before, other).map { before, other in
            before.indices.map { changed.contains($0 % columns) ? other[$0] : before[$0] }
          }
          count += try compare(first, second, fullest.inputs, before, after)
        }
      }
    }
    return count
  }

  /// One call, the numbers changed in place, then another.
  private func compare(
    _ first: CheckedCall<Scalar>, _ second: CheckedCall<Scalar>, _ names: [String], _ before: [[Scalar]],
    _ after: [[Scalar]]
  ) throws -> Int {
    let given = zip(names, after).filter { second.inputs.contains($0.0) }.map(\.1)
    // In arrays of their own, and not in between.
    let expected = try second.results(neurons, columns, given)
    write(names, before)
    try invoke(first)
    write(names, after)
    second.calling(
      "\(second.described(Block(neurons: neurons, columns: columns), given)), in arrays that \(first.name) had before")
    try invoke(second)
    for index in expected.indices {
      let found = second.givesOnePerColumn ? values[index] : Double(arrays[second.output]?[index] ?? 0)
      if second.isClose(found, expected[index], second.size(of: given, at: index, columns)) { continue }
      throw Finding(
        "\(second.called(at: index, given)) in arrays that \(first.name) had with other numbers", found: "\(found)",
        expected: "\(expected[index]), as in other arrays: where an array lies says nothing of its numbers")
    }
    return expected.count
  }

  private func write(_ names: [String], _ numbers: [[Scalar]]) {
    for (name, numbers) in zip(names, numbers) { arrays[name]?.update(from: numbers, count: numbers.count) }
  }

  private func invoke(_ call: CheckedCall<Scalar>) throws {
    let inputs = call.inputs.compactMap { name in arrays[name].map { UnsafePointer($0) } }
    let output =
      call.givesOnePerColumn ? UnsafeMutableRawPointer(values) : arrays[call.output].map { UnsafeMutableRawPointer($0) }
    guard let output else { return }
    try call.invoke(Block(neurons: neurons, columns: columns), inputs, output)
  }
}
