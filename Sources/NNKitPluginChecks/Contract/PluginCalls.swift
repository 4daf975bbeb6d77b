import CNNKit
import NNKit

/// What the rows or the columns of an array stand for.
enum Axis {
  case neurons, columns, inputs, weights, one
}

/// How large a layer is, and how its arrays lie.
struct CallShape {
  var neurons: Int
  var columns: Int
  /// Only neurons have inputs.
  var fanIn = 1
  /// Elements between rows that belong to no row.
  var gap = 0
  /// Whether inputs are samples, a row each, or a layer's outputs.
  var areSamples = false
}

extension CallShape {
  /// The same without gaps.
  init(dense shape: CallShape) {
    self = shape
    gap = 0
  }
}

/// A part of a layer, which gives by itself what it gives within the layer.
struct LayerPart {
  let neurons: Range<Int>
  let columns: Range<Int>
}

/// One of a function's calls: what it reads and where it leaves its results.
struct CallPlan {
  /// As `nnkit/plugin.h` calls it, without the precision.
  let name: String
  /// The names of arrays, in the order of the header.
  let reads: [String]
  let results: [String]
  /// Whether results are added to what is there, instead of written.
  var adds = false
  /// Calls it with p, a description and the arrays.
  let invoke: Invoke
  typealias Invoke = (UnsafePointer<Double>?, UnsafeRawPointer, [UnsafeMutableRawPointer]) -> Int32
}

/// The calls of one function that have arrays in common, in one precision: what the contract's checks need to know of it.
struct PluginCalls {
  /// An array, and which axes its rows and columns follow.
  struct ArrayPlan {
    let name: String
    let rows: Axis
    let columns: Axis
    /// Doubles in single precision, too: the values of a loss.
    var isDouble = false
  }

  let information: FunctionInformation
  let precision: Precision
  /// Whether the plugin has these calls in this precision itself; otherwise the host converts, and nothing is checked.
  let isOfPlugin: Bool
  /// As the plugin is given them.
  let parameters: [Double]
  /// What is said of the function besides a call's name: its parameters, where they are not the defaults.
  let setting: String
  let calls: [CallPlan]
  let arrays: (CallShape) -> [ArrayPlan]
  /// Takes a description of each call before it is made.
  let calling: (String) -> Void
  /// Where arrays lie for most checks.
  var placement = Placement.ordinary
  /// Whether the last row of an array is followed by a gap like the others.
  var endsWithGap = true
  /// How many weights a neuron has.
  var weightCount: (_ fanIn: Int) throws -> Int = { $0 }
  /// An `nnkit_block` or `nnkit_rows`, as bytes.
  let description: (CallShape, _ weightCount: Int) -> [UInt8]
  /// Puts numbers that belong together into what a call reads; into all arrays where none is named.
  let fill: (CallTrial, _ call: Int?, _ scale: Double, inout RandomSource) throws -> Void

  /// The shapes that checks try.
  let shapes: [CallShape]
  /// What some checks try in place of them.
  var ownShapes: [PluginCheck: [CallShape]] = [:]
  /// Larger ones, that `blocks` tries besides.
  let largeShapes: () throws -> [CallShape]
  /// As large as a layer may be: made of a small one over and over.
  var tiledShapes: [(large: CallShape, small: CallShape)] = []
  /// Those that several threads call at once.
  let threadShapes: [CallShape]
  /// Those that are held against double precision.
  let floatShape: (inout RandomSource) -> CallShape
  /// The ways in which a layer falls into parts.
  let partitions: (CallShape) -> [[LayerPart]]
  /// How large the numbers are that each of a call's results is made of, for its rounding.
  let sizes: (CallTrial, CallPlan, _ results: [Double]) -> (_ index: Int) -> Double
  /// Names a call, with its shape and the first of its numbers.
  let named: (CallTrial, CallPlan) -> String
  /// Names the part of a call that gives one result.
  let namedResult: (CallTrial, CallPlan, _ index: Int) -> String
  /// Brings a number into the range of an array.
  var limited: (Double, _ array: String) -> Double = { number, _ in number }

  /// The shape for measuring speed with so many elements.
  let speedShape: (_ elements: Int) throws -> CallShape

  func shapes(for check: PluginCheck) -> [CallShape] { ownShapes[check] ?? shapes }

  /// Whether some of its results are sums that are added to what is there.
  var addsResults: Bool { calls.contains(where: \.adds) }

  /// As `nnkit/plugin.h` calls it: `evaluate_float`.
  func name(_ plan: CallPlan) -> String { plan.name + precision.suffix }
}

extension PluginCalls {
  /// Block shapes that come up: one element, one row, one column, nothing, vectors' lengths and one more.
  static let blockShapes = [
    (1, 1, 0), (3, 5, 0), (3, 5, 3), (7, 1, 4), (1, 9, 2), (4, 16, 0), (5, 33, 7), (0, 4, 0), (4, 0, 0), (2, 65, 1),
  ].map { CallShape(neurons: $0.0, columns: $0.1, gap: $0.2) }

  /// Checks that are not about a block's shape try what a layer may have.
  static let ownBlockShapes: [PluginCheck: [CallShape]] = [
    .environment: [CallShape(neurons: 8, columns: 40)], .repetition: [CallShape(neurons: 8, columns: 64)],
    .written: [(8, 50), (8, 50), (8, 50), (1, 1), (17, 3)].map { CallShape(neurons: $0.0, columns: $0.1) },
    .nonFinite: [CallShape(neurons: 3, columns: 8)],
  ]

  /// As a layer has them, or a batch.
  static let largeBlockShapes = [(20, 6), (70, 3), (3, 1000), (64, 1024)]
    .map { CallShape(neurons: $0.0, columns: $0.1) }

  static func tiledBlockShapes(isElementwise: Bool) -> [(large: CallShape, small: CallShape)] {
    let sizes = isElementwise ? [(2000, 260), (3, 20_000)] : [(2000, 40), (10_000, 3), (3, 20_000)]
    return sizes.map { neurons, columns in
      (
        CallShape(neurons: neurons, columns: columns),
        CallShape(
          neurons: isElementwise ? min(neurons, 8) : neurons, columns: min(columns, neurons > 100 ? 3 : 64))
      )
    }
  }

  /// Parts of a block that give by themselves what they give within it: elements one by one, or columns; of a large block
  /// rows, or some of its columns.
  static func blockPartitions(_ shape: CallShape, isElementwise: Bool) -> [[LayerPart]] {
    let (neurons, columns) = (shape.neurons, shape.columns)
    if !isElementwise {
      let columns = stride(from: 0, to: columns, by: max(1, columns / 50))
      return [columns.map { LayerPart(neurons: 0..<neurons, columns: $0..<$0 + 1) }]
    }
    let width = max(1, neurons * columns > 1000 ? columns : 1)
    return [
      (0..<neurons).flatMap { row in
        stride(from: 0, to: columns, by: width).map { LayerPart(neurons: row..<row + 1, columns: $0..<$0 + width) }
      }
    ]
  }

  /// The plugin's own function in a precision, or how the host converts where it has none.
  static func entry<Wide, Narrow>(
    _ precision: Precision, _ double: Wide?, _ single: Narrow?, host: @escaping CallPlan.Invoke
  ) -> CallPlan.Invoke {
    let own = precision == .double ? double.map { EntryPoint($0) } : single.map { EntryPoint($0) }
    guard let own else { return host }
    return { own.call($0, $1, $2) }
  }

  static func floats(_ memory: UnsafeMutableRawPointer) -> UnsafeMutablePointer<Float> {
    memory.assumingMemoryBound(to: Float.self)
  }

  /// An `nnkit_block`.
  static func blockDescription(_ shape: CallShape, _: Int) -> [UInt8] {
    let block = nnkit_block(
      struct_size: UInt32(MemoryLayout<nnkit_block>.size), flags: 0, neurons: shape.neurons, columns: shape.columns,
      row_stride: shape.columns + shape.gap)
    return withUnsafeBytes(of: block) { Array($0) }
  }

  /// The largest of the numbers that an element is made of, or its column.
  static func blockSizes(_ trial: CallTrial, _ plan: CallPlan, isElementwise: Bool) -> (Int) -> Double {
    let (arrays, columns) = (plan.reads.map { trial[$0] }, trial.shape.columns)
    return { index in
      0.1
        * arrays.reduce(0) { size, array in
          if isElementwise { return max(size, abs(array[index])) }
          return stride(from: index % columns, to: array.count, by: columns).reduce(size) { max($0, abs(array[$1])) }
        }
    }
  }

  static func blockName(_ trial: CallTrial, _ plan: CallPlan) -> String {
    let shape = trial.shape
    let stride = shape.gap == 0 ? "" : ", row_stride \(shape.columns + shape.gap)"
    let numbers = plan.reads.map { "\($0) = \(trial[$0].text(most: 8))" }.joined(separator: ", ")
    return "\(trial.calls.name(plan))\(trial.calls.setting) with a block of \(shape.neurons) × \(shape.columns)"
      + "\(stride): \(numbers)"
  }

  /// Names a call of one element.
  static func blockResultName(_ trial: CallTrial, _ plan: CallPlan, _ index: Int) -> String {
    let numbers = plan.reads.map { ($0, index < trial[$0].count ? trial[$0][index] : .nan) }
    return called(trial.calls.name(plan), numbers) + trial.calls.setting
      + " in a block of \(trial.shape.neurons) × \(trial.shape.columns)"
  }
}

extension Block {
  /// The block of a description, whose rows touch.
  init(described description: UnsafeRawPointer) {
    let raw = description.load(as: nnkit_block.self)
    self.init(neurons: raw.neurons, columns: raw.columns)
  }
}
