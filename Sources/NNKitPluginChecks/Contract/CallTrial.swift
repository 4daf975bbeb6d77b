import NNKit

/// The arrays that the calls of a function take for one layer, filled with numbers to try them out on.
final class CallTrial {
  let calls: PluginCalls
  let shape: CallShape
  let weightCount: Int
  /// Where calls find the function's parameters; nil for where the host keeps them.
  var parameters: CheckedMemory?
  private let arrays: [(plan: PluginCalls.ArrayPlan, array: CallArray)]
  /// What describes the layer to the plugin, where it can be looked at afterwards.
  private let description: CheckedMemory
  private let descriptionBytes: [UInt8]
  /// What each call is given.
  private var pointers: [[UnsafeMutableRawPointer]] = []

  /// - Parameters:
  ///   - calls: What is tried out.
  ///   - shape: How large.
  ///   - placement: Where the arrays lie; nil for where those of most checks do.
  /// - Throws: `FunctionFailure` if the plugin reports one, `Finding` for more weights than can be tried out; arrays are
  ///   zero until `fill`.
  init(_ calls: PluginCalls, _ shape: CallShape, _ placement: Placement? = nil) throws {
    (self.calls, self.shape) = (calls, shape)
    weightCount = try calls.weightCount(shape.fanIn)
    let count = weightCount
    func length(_ axis: Axis) -> Int {
      switch axis {
      case .neurons: shape.neurons
      case .columns: shape.columns
      case .inputs: shape.fanIn
      case .weights: count
      case .one: 1
      }
    }
    arrays = try calls.arrays(shape).map { plan in
      let gap = plan.rows == .one ? 0 : shape.gap
      let array = try CallArray(
        plan, (length(plan.rows), length(plan.columns), gap, calls.endsWithGap), calls.precision,
        placement ?? calls.placement)
      return (plan, array)
    }
    descriptionBytes = calls.description(shape, weightCount)
    description = try CheckedMemory(descriptionBytes, .ordinary)
    for (_, array) in arrays { array.clear() }
    pointers = calls.calls.map { plan in (plan.reads + plan.results).map { self[$0].base } }
  }

  /// With numbers in it.
  convenience init(
    _ calls: PluginCalls, _ shape: CallShape, _ random: inout RandomSource, for call: Int? = nil, scale: Double = 1,
    _ placement: Placement? = nil
  ) throws {
    try self.init(calls, shape, placement)
    try calls.fill(self, call, scale, &random)
  }

  /// With the numbers of another one, elsewhere.
  convenience init(copying other: CallTrial, gap: Int? = nil, _ placement: Placement) throws {
    var shape = other.shape
    shape.gap = gap ?? shape.gap
    try self.init(other.calls, shape, placement)
    take(other, columns: nil)
  }

  subscript(name: String) -> CallArray {
    for (plan, array) in arrays where plan.name == name { return array }
    preconditionFailure("a call names no array \(name)")
  }

  var isEmpty: Bool { shape.neurons == 0 || shape.columns == 0 }
  var isDescriptionUntouched: Bool { description.holds(descriptionBytes) }

  func reads(_ call: Int) -> [CallArray] { calls.calls[call].reads.map { self[$0] } }
  func outputs(_ call: Int) -> [CallArray] { calls.calls[call].results.map { self[$0] } }
  func clear(_ call: Int) { for array in outputs(call) { array.clear() } }

  /// Makes a call; that is not logged where what was logged before covers it.
  func call(_ call: Int, logs: Bool = true) throws {
    if logs { calls.calling(named(call)) }
    let plan = calls.calls[call]
    let code = calls.parameters.withUnsafeBufferPointer { values in
      let own = parameters.map { values.isEmpty ? nil : UnsafePointer($0.pointer(to: Double.self)) }
      return plan.invoke(own ?? values.baseAddress, UnsafeRawPointer(description.base), pointers[call])
    }
    try check(code, plan.name, of: calls.information)
  }

  /// The results of a call, in arrays that held 0 before.
  func results(_ call: Int, logs: Bool = true) throws -> [Double] {
    clear(call)
    try self.call(call, logs: logs)
    return values(call)
  }

  func values(_ call: Int) -> [Double] {
    let outputs = outputs(call)
    return outputs.count == 1 ? outputs[0].values : outputs.flatMap(\.values)
  }

  /// A part of the same layer alone, with arrays of its own and without gaps; all of it where none is given.
  func part(_ part: LayerPart? = nil) throws -> CallTrial {
    let part = part ?? LayerPart(neurons: 0..<shape.neurons, columns: 0..<shape.columns)
    var small = shape
    (small.neurons, small.columns, small.gap) = (part.neurons.count, part.columns.count, 0)
    let trial = try CallTrial(calls, small)
    for (plan, array) in arrays {
      trial[plan.name].take(array, range(plan.rows, array.rows, part), range(plan.columns, array.columns, part))
    }
    return trial
  }

  private func range(_ axis: Axis, _ count: Int, _ part: LayerPart) -> Range<Int> {
    switch axis {
    case .neurons: part.neurons
    case .columns: part.columns
    default: 0..<count
    }
  }

  /// For each result of a part, which of the whole layer's it is or, as a sum over the layer, is a term of.
  func places(of part: LayerPart, _ call: Int) -> [Int] {
    var (places, start): ([Int], Int) = ([], 0)
    for name in calls.calls[call].results {
      guard let (plan, array) = arrays.first(where: { $0.plan.name == name }) else { continue }
      let columns = range(plan.columns, array.columns, part)
      for row in range(plan.rows, array.rows, part) {
        for column in columns { places.append(start + row * array.columns + column) }
      }
      start += array.count
    }
    return places
  }

  /// Takes the numbers of another trial of the same shape: all of them, or those of some columns and the last of arrays
  /// that have none.
  func take(_ other: CallTrial, columns: [Int]?) {
    for (plan, array) in arrays {
      let source = other[plan.name]
      guard let columns else {
        array.take(source, 0..<array.rows, 0..<array.columns)
        continue
      }
      let ofColumns = plan.rows == .columns || plan.columns == .columns
      for index in 0..<array.count {
        let column = plan.rows == .columns ? index / array.columns : index % array.columns
        if ofColumns ? columns.contains(column) : index == array.count - 1 { array[index] = source[index] }
      }
    }
  }

  // MARK: Words

  func named(_ call: Int) -> String { calls.named(self, calls.calls[call]) }
  func namedResult(_ call: Int, _ index: Int) -> String { calls.namedResult(self, calls.calls[call], index) }

  /// Names one of a call's results, as `results` gives them.
  func resultName(_ call: Int, _ index: Int) -> String {
    var index = index
    for array in outputs(call) {
      if index < array.count { return "\(array.name)[\(index)]" }
      index -= array.count
    }
    return "a result"
  }
}
