import CNNKit
import NNKit

/// Kinds of neurons, checked and timed.
struct NeuronExamination: KindExamination {
  typealias Function = NeuronFunction
  static let checks = [.descriptor, .values, .slopes, .formulas, .parameters] + PluginCheck.contract(.addition)

  private let function: NeuronFunction
  private let context: ExaminationContext

  init(_ function: NeuronFunction, _ context: ExaminationContext) {
    (self.function, self.context) = (function, context)
  }

  func run(_ check: PluginCheck) throws -> Int {
    let checks = try checks([:])
    switch check {
    case .descriptor: return try checks.descriptor()
    case .values: return try checks.values(10_000)
    case .slopes: return try checks.slopes(10_000)
    case .formulas: return try FormulaChecks(calling: context.calling).check(checks.kind)
    case .bounds: return try checks.contract(check) + checks.weightCountBounds()
    case .nonFinite: return try checks.contract(check) + checks.nanStays()
    case .parameters: return try parameters()
    case .repetition: return try repetition(checks)
    case .environment: return try checks.weightCountLeavesNothing() + checks.contract(check)
    default: return try checks.contract(check)
    }
  }

  private func checks(_ parameters: [String: Double]) throws -> NeuronChecks {
    NeuronChecks(kind: try NeuronKind(unasked: function, parameters: parameters), calling: context.calling)
  }

  private func settings() throws -> [[String: Double]] {
    try ParameterSettings(function.information) {
      try NeuronKind(unasked: function, parameters: $0).isRefused(context.calling)
    }.all()
  }

  private func parameters() throws -> Int {
    try settings().reduce(0) { count, setting in
      let checks = try checks(setting)
      return count + (try checks.descriptor()) + (try checks.values(400)) + (try checks.slopes(400))
        + (try checks.contract(.float, rounds: 2)) + (try checks.contract(.addition)) + (try checks.contract(.bounds))
        + (try checks.weightCountBounds())
        + (try FormulaChecks(calling: context.calling).check(checks.kind))
    }
  }

  /// What it keeps from call to call, in several settings and with several fan-ins.
  private func repetition(_ checks: NeuronChecks) throws -> Int {
    let settings = try [[:]] + settings()
    let variants = settings.map { ($0, 3) } + [(settings.last ?? [:], 5), ([:], 1)]
    let turns = Turns(
      variants.map { setting, fanIn in
        {
          let kind = try NeuronKind(unasked: function, parameters: setting)
          return try Precision.allCases.map { PluginCalls.calls(of: kind, $0, calling: context.calling) }
            .filter(\.isOfPlugin).flatMap { calls in
              var random = RandomSource(seed: 22)
              let trial = try CallTrial(calls, CallShape(neurons: 2, columns: 3, fanIn: fanIn), &random)
              let count = Turns.Call(name: "weight_count(fan_in: \(fanIn)) of \(kind)") {
                [Double(try calls.weightCount(fanIn))]
              }
              return [count] + Turns.calls(trial)
            }
        }
      }, expectParametersMatter: false)
    return try checks.contract(.repetition) + turns.run()
  }

  static let speeds: Speeds? = { function, counts in
    let kind = try NeuronKind(function)
    return try FunctionSpeed.measure([.single, .double].map { .calls(of: kind, $0) }, counts)
  }
}

extension PluginCalls {
  /// Layers that come up: one of each, nothing, rows with gaps, inputs as samples, vectors' lengths and one more.
  private static let rowShapes: [CallShape] = [
    .init(neurons: 1, columns: 1, fanIn: 1), .init(neurons: 3, columns: 5, fanIn: 2),
    .init(neurons: 3, columns: 5, fanIn: 4, gap: 3), .init(neurons: 7, columns: 1, fanIn: 3, areSamples: true),
    .init(neurons: 2, columns: 9, fanIn: 6, gap: 2, areSamples: true), .init(neurons: 4, columns: 16, fanIn: 1),
    .init(neurons: 2, columns: 33, fanIn: 17, gap: 1), .init(neurons: 0, columns: 4, fanIn: 3),
    .init(neurons: 4, columns: 0, fanIn: 3), .init(neurons: 2, columns: 70, fanIn: 3, areSamples: true),
  ]

  /// As layers may have them: many neurons, columns or inputs, as far as the weights fit into a moderate memory.
  private static func largeRowShapes(_ fanIn: Int?) -> [CallShape] {
    var shapes: [CallShape] = [
      .init(neurons: 20, columns: 100, fanIn: 30), .init(neurons: 2000, columns: 3, fanIn: 4),
      .init(neurons: 2, columns: 5000, fanIn: 3), .init(neurons: 2, columns: 5000, fanIn: 3, areSamples: true),
    ]
    if let fanIn {
      shapes += [
        .init(neurons: 2, columns: 3, fanIn: fanIn), .init(neurons: 2, columns: 3, fanIn: fanIn, areSamples: true),
      ]
    }
    return shapes
  }

  /// The calls of a kind of neuron.
  static func calls(
    of kind: NeuronKind, _ precision: Precision, calling: @escaping (String) -> Void = { _ in }
  ) -> PluginCalls {
    let function = kind.function
    return PluginCalls(
      information: function.information, precision: precision, isOfPlugin: precision == .double || function.hasFloat,
      parameters: kind.parameters, setting: kind.givenParameters.isEmpty ? "" : " of \(kind)",
      calls: plans(function, precision), arrays: rowArrays, calling: calling, placement: .beforeGuard,
      endsWithGap: false,
      weightCount: { try NeuronChecks(kind: kind, calling: calling).weightCount($0) }, description: rowsDescription,
      fill: { trial, call, scale, random in
        trial["w"].fill { 0.7 * min(scale, 10) * random.normal() }
        trial["b"].fill { 0.5 * random.normal() }
        trial["x"].fill { scale * random.normal() }
        trial["delta"].fill { random.normal() }
        if call != 0 && !trial.isEmpty { try trial.call(0) }
      },
      shapes: rowShapes,
      largeShapes: { largeRowShapes(try NeuronChecks(kind: kind, calling: calling).largestFanIn()) },
      threadShapes: [
        CallShape(neurons: 8, columns: 64, fanIn: 16), CallShape(neurons: 2, columns: 70, fanIn: 3, areSamples: true),
      ],
      floatShape: { random in
        var shape = NeuronChecks.shape(&random)
        (shape.neurons, shape.columns) = (4, 20 * shape.columns)
        return shape
      },
      partitions: { shape in
        [
          parts(shape.neurons).map { LayerPart(neurons: $0, columns: 0..<shape.columns) },
          parts(shape.columns).map { LayerPart(neurons: 0..<shape.neurons, columns: $0) },
        ]
      },
      // Sums of terms that cancel each other.
      sizes: { _, _, results in
        let size = results.reduce(10) { $1.isFinite ? max($0, abs($1)) : $0 }
        return { _ in size }
      },
      named: rowsName, namedResult: { trial, plan, _ in rowsName(trial, plan) },
      speedShape: { count in
        // 8 neurons, with as many weights in all of a column as there are columns.
        let side = max(1, Int((Double(count) / 8).squareRoot()))
        let fanIn = max(1, side * side / max(1, try kind.weightCount(fanIn: side)))
        return CallShape(neurons: 8, columns: side, fanIn: fanIn)
      })
  }

  /// One by one, or in a few parts where there are many.
  private static func parts(_ count: Int) -> [Range<Int>] {
    let step = count > 100 ? (count + 4) / 5 : 1
    return stride(from: 0, to: count, by: step).map { $0..<min($0 + step, count) }
  }

  private static func rowArrays(_ shape: CallShape) -> [ArrayPlan] {
    [
      ArrayPlan(name: "w", rows: .neurons, columns: .weights), ArrayPlan(name: "b", rows: .one, columns: .neurons),
      shape.areSamples
        ? ArrayPlan(name: "x", rows: .columns, columns: .inputs)
        : ArrayPlan(name: "x", rows: .inputs, columns: .columns),
      ArrayPlan(name: "z", rows: .neurons, columns: .columns),
      ArrayPlan(name: "delta", rows: .neurons, columns: .columns),
      ArrayPlan(name: "dw", rows: .neurons, columns: .weights), ArrayPlan(name: "db", rows: .one, columns: .neurons),
      ArrayPlan(name: "messages", rows: .inputs, columns: .columns),
    ]
  }

  /// An `nnkit_rows`.
  private static func rowsDescription(_ shape: CallShape, weightCount: Int) -> [UInt8] {
    let (columns, gap) = (shape.columns, shape.gap)
    let rows = Rows(
      neurons: shape.neurons, columns: columns, fanIn: shape.fanIn, weightCount: weightCount,
      weightRow: weightCount + gap, inputStride: shape.areSamples ? 1 : columns + gap,
      columnStride: shape.areSamples ? shape.fanIn + gap : 1, rowStride: columns + gap)
    return withUnsafeBytes(of: rows.raw) { Array($0) }
  }

  private static func plans(_ function: NeuronFunction, _ precision: Precision) -> [CallPlan] {
    let raw = function.raw
    return [
      CallPlan(
        name: "combine", reads: ["w", "b", "x"], results: ["z"],
        invoke: entry(precision, raw.combine, raw.combine_float) { p, rows, arrays in
          let a = arrays.map { floats($0) }
          return function.callCombine(p, Rows(described: rows), a[0], a[1], a[2], a[3])
        }),
      CallPlan(
        name: "accumulate", reads: ["w", "b", "x", "z", "delta"], results: ["dw", "db"], adds: true,
        invoke: entry(precision, raw.accumulate, raw.accumulate_float) { p, rows, arrays in
          let a = arrays.map { floats($0) }
          return function.callAccumulate(p, Rows(described: rows), a[0], a[1], a[2], a[3], a[4], a[5], a[6])
        }),
      CallPlan(
        name: "send", reads: ["w", "b", "x", "z", "delta"], results: ["messages"], adds: true,
        invoke: entry(precision, raw.send, raw.send_float) { p, rows, arrays in
          let a = arrays.map { floats($0) }
          return function.callSend(p, Rows(described: rows), a[0], a[1], a[2], a[3], a[4], a[5])
        }),
    ]
  }

  /// Names a call, with the first of its numbers; z is what `combine` gives.
  private static func rowsName(_ trial: CallTrial, _ plan: CallPlan) -> String {
    let shape = trial.shape
    let numbers = plan.reads.filter { $0 != "z" }.map { ", \($0) = \(trial[$0].text(most: 3))" }.joined()
    let size =
      "\(shape.neurons) \(shape.neurons == 1 ? "neuron" : "neurons") × \(shape.columns)"
      + " \(shape.columns == 1 ? "column" : "columns")"
    return "\(trial.calls.name(plan))\(trial.calls.setting) for \(size), fan-in \(shape.fanIn)"
      + "\(shape.areSamples ? ", x as samples" : "")\(shape.gap > 0 ? ", rows \(shape.gap) apart" : "")\(numbers)"
  }
}

extension Rows {
  init(described description: UnsafeRawPointer) {
    let raw = description.load(as: nnkit_rows.self)
    self.init(
      neurons: raw.neurons, columns: raw.columns, fanIn: raw.fan_in, weightCount: raw.weight_count,
      weightRow: raw.weight_row, inputStride: raw.input_stride, columnStride: raw.column_stride,
      rowStride: raw.row_stride)
  }
}
