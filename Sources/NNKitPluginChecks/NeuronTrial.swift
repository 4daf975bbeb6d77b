import NNKit

/// All the arrays that calls of a kind of neuron take, each between pages that may not be touched, filled with numbers to
/// try it out on.
final class NeuronTrial<Scalar: NetworkScalar> {
  /// How large a layer is, and how its arrays lie.
  struct Shape {
    var neurons: Int
    var columns: Int
    var fanIn: Int
    /// Elements between rows that belong to nobody.
    var gap = 0
    /// Whether x are samples, a row each, or a layer's outputs.
    var areSamples = false
  }

  enum Call: String, CaseIterable {
    case combine, accumulate, send
  }

  let kind: NeuronKind
  let shape: Shape
  var rows: Rows
  /// Where calls find the kind's parameters; nil for where it keeps them.
  var parameters: GuardedMemory?
  private let calling: (String) -> Void
  /// What calls read, by the names that the header gives.
  let inputs: [(name: String, numbers: GuardedNumbers<Scalar>)]
  let w, b, x, z, delta, dw, db, messages: GuardedNumbers<Scalar>

  /// - Parameters:
  ///   - kind: What is tried out.
  ///   - shape: How large.
  ///   - random: Where the numbers come from; z is what `combine` makes of them.
  ///   - atEnd: Whether pages that may not be touched follow the arrays; otherwise they come before.
  ///   - scale: How large inputs are, and up to 10 the weights; as a layer has them, unless another is given.
  ///   - calling: Told of each call before it is made.
  /// - Throws: `FunctionFailure` if the plugin reports one, `Finding` for more weights than can be tried out.
  init(
    _ kind: NeuronKind, _ shape: Shape, _ random: inout RandomSource, atEnd: Bool = true, scale: Double = 1,
    calling: @escaping (String) -> Void
  ) throws {
    self.kind = kind
    self.shape = shape
    self.calling = calling
    let weightCount = try Self.weightCount(of: kind, shape.fanIn, calling)
    let (neurons, columns, fanIn, gap) = (shape.neurons, shape.columns, shape.fanIn, shape.gap)
    rows = Rows(
      neurons: neurons, columns: columns, fanIn: fanIn, weightCount: weightCount, weightRow: weightCount + gap,
      inputStride: shape.areSamples ? 1 : columns + gap, columnStride: shape.areSamples ? fanIn + gap : 1,
      rowStride: columns + gap)
    func numbers(_ rows: Int, _ columns: Int, gap: Int) throws -> GuardedNumbers<Scalar> {
      try GuardedNumbers(rows: rows, columns: columns, gap: gap, atEnd: atEnd)
    }
    w = try numbers(neurons, weightCount, gap: gap)
    b = try numbers(1, neurons, gap: 0)
    x = try shape.areSamples ? numbers(columns, fanIn, gap: gap) : numbers(fanIn, columns, gap: gap)
    z = try numbers(neurons, columns, gap: gap)
    delta = try numbers(neurons, columns, gap: gap)
    dw = try numbers(neurons, weightCount, gap: gap)
    db = try numbers(1, neurons, gap: 0)
    messages = try numbers(fanIn, columns, gap: gap)
    inputs = [("w", w), ("b", b), ("x", x), ("z", z), ("delta", delta)]
    w.fill { Scalar(0.7 * min(scale, 10) * random.normal()) }
    b.fill { Scalar(0.5 * random.normal()) }
    x.fill { Scalar(scale * random.normal()) }
    delta.fill { Scalar(random.normal()) }
    for results in [z, dw, db, messages] { results.fill { 0 } }
    if !isEmpty { try call(.combine) }
  }

  /// A few inputs that ask for millions of weights each are a mistake, and would fill the memory.
  static func weightCount(of kind: NeuronKind, _ fanIn: Int, _ calling: (String) -> Void) throws -> Int {
    calling("weight_count(fan_in: \(fanIn))")
    let count = try kind.weightCount(fanIn: fanIn)
    let greatest = 1 << 20
    guard count <= greatest || fanIn > 64 else {
      throw Finding("weight_count(fan_in: \(fanIn))", found: "\(count)", expected: "at most \(greatest)")
    }
    return count
  }

  private var isEmpty: Bool { rows.neurons == 0 || rows.columns == 0 }

  /// Where a call leaves its results.
  func outputs(of call: Call) -> [(name: String, numbers: GuardedNumbers<Scalar>)] {
    switch call {
    case .combine: [("z", z)]
    case .accumulate: [("dw", dw), ("db", db)]
    case .send: [("messages", messages)]
    }
  }

  func clear(_ call: Call) { for (_, numbers) in outputs(of: call) { numbers.fill { 0 } } }

  func call(_ call: Call, isTold: Bool = true) throws {
    if isTold { calling(named(call)) }
    let code = kind.parameters.withUnsafeBufferPointer { values in
      let p = parameters.map { values.isEmpty ? nil : UnsafePointer($0.pointer(to: Double.self)) } ?? values.baseAddress
      return switch call {
      case .combine: Scalar._combine(kind.function, p, rows, w.base, b.base, x.base, z.base)
      case .accumulate:
        Scalar._accumulate(kind.function, p, rows, w.base, b.base, x.base, z.base, delta.base, dw.base, db.base)
      case .send: Scalar._send(kind.function, p, rows, w.base, b.base, x.base, z.base, delta.base, messages.base)
      }
    }
    try check(code, call.rawValue, of: kind.function.information)
  }

  /// The results of a call whose sums begin at 0.
  func results(of call: Call) throws -> [Scalar] {
    clear(call)
    try self.call(call)
    return outputs(of: call).flatMap(\.numbers.values)
  }

  /// Some of the same layer's neurons or columns alone, with arrays of their own; all of them where none are given.
  func part(neurons: Range<Int>? = nil, columns: Range<Int>? = nil) throws -> NeuronTrial {
    let (neurons, columns) = (neurons ?? 0..<shape.neurons, columns ?? 0..<shape.columns)
    var small = shape
    (small.neurons, small.columns) = (neurons.count, columns.count)
    var random = RandomSource(seed: 0)
    let part = try NeuronTrial(kind, small, &random, calling: calling)
    part.w.take(w, neurons, 0..<rows.weightCount)
    part.b.take(b, 0..<1, neurons)
    if shape.areSamples { part.x.take(x, columns, 0..<shape.fanIn) } else { part.x.take(x, 0..<shape.fanIn, columns) }
    part.z.take(z, neurons, columns)
    part.delta.take(delta, neurons, columns)
    return part
  }

  /// Names a call for a finding, with the first of its numbers; z is what `combine` gives.
  func named(_ call: Call) -> String {
    let (neurons, columns, inputs) = (shape.neurons, shape.columns, shape.fanIn)
    let arguments = self.inputs.filter { $0.name != "z" && !(call == .combine && $0.name == "delta") }
    let numbers = arguments.map { ", \($0.name) = \(listed($0.numbers, 3))" }.joined()
    let suffix = Scalar.self == Float.self ? "_float" : ""
    let setting = kind.givenParameters.isEmpty ? "" : " of \(kind)"
    let size = "\(neurons) \(neurons == 1 ? "neuron" : "neurons") × \(columns) \(columns == 1 ? "column" : "columns")"
    return "\(call.rawValue)\(suffix)\(setting) for \(size), fan-in \(inputs)"
      + "\(shape.areSamples ? ", x as samples" : "")\(shape.gap > 0 ? ", rows \(shape.gap) apart" : "")\(numbers)"
  }

  /// Names one of a call's results, as `results(of:)` gives them.
  func named(_ index: Int, of call: Call) -> String {
    guard call == .accumulate else { return "\(call == .combine ? "z" : "messages")[\(index)]" }
    return index < dw.count ? "dw[\(index)]" : "db[\(index - dw.count)]"
  }

  private func listed(_ numbers: GuardedNumbers<Scalar>, _ most: Int) -> String {
    let first = (0..<min(most, numbers.count)).map { "\(numbers[$0])" }.joined(separator: ", ")
    return numbers.count > most ? "[\(first), … \(numbers.count) in all]" : "[\(first)]"
  }
}

/// Rows of numbers with gaps between them, the whole between pages that may not be touched.
final class GuardedNumbers<Scalar: NetworkScalar> {
  let rows: Int
  let columns: Int
  private let stride: Int
  private let memory: GuardedMemory

  init(rows: Int, columns: Int, gap: Int, atEnd: Bool) throws {
    self.rows = rows
    self.columns = columns
    stride = columns + gap
    // Nothing follows the last row, and what lies in gaps is not to be read either.
    let count = rows == 0 ? 0 : (rows - 1) * stride + columns
    memory = try GuardedMemory(count: count * MemoryLayout<Scalar>.size, atEnd: atEnd)
    let numbers = memory.pointer(to: Scalar.self)
    for index in 0..<count { numbers[index] = .nan }
  }

  var base: UnsafeMutablePointer<Scalar> { memory.pointer(to: Scalar.self) }
  var bytes: [UInt8] { memory.bytes }
  func allowWriting(_ isAllowed: Bool) throws { try memory.allowWriting(isAllowed) }
  func holds(_ bytes: [UInt8]) -> Bool { memory.holds(bytes) }
  var count: Int { rows * columns }

  /// Element `index` where rows touch.
  subscript(index: Int) -> Scalar {
    get { base[index / columns * stride + index % columns] }
    set { base[index / columns * stride + index % columns] = newValue }
  }

  var values: [Scalar] { (0..<count).map { self[$0] } }

  func fill(_ value: () -> Scalar) { for index in 0..<count { self[index] = value() } }

  /// Copies some rows and columns of another.
  func take(_ other: GuardedNumbers, _ rows: Range<Int>, _ columns: Range<Int>) {
    for (place, row) in rows.enumerated() {
      for (index, column) in columns.enumerated() {
        self[place * self.columns + index] = other[row * other.columns + column]
      }
    }
  }

  /// The first gap where something was written.
  var touchedGap: Int? {
    (0..<max(0, rows - 1)).flatMap { $0 * stride + columns..<($0 + 1) * stride }.first { !base[$0].isNaN }
  }
}
