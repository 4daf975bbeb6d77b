import CNNKit
import NNKit

/// Losses, checked and timed.
struct LossExamination: KindExamination {
  typealias Function = LossFunction
  static let checks =
    [.descriptor, .values, .value, .gradient, .canonical, .formulas, .parameters] + PluginCheck.contract(.written)

  private let function: LossFunction
  private let context: ExaminationContext

  init(_ function: LossFunction, _ context: ExaminationContext) {
    (self.function, self.context) = (function, context)
  }

  func run(_ check: PluginCheck) throws -> Int {
    let checks = try checks([:])
    switch check {
    case .descriptor: return 1
    case .values: return try checks.values(10_000)
    case .value: return try checks.sign(10_000)
    case .gradient: return try checks.gradient(10_000)
    case .canonical: return try checks.canonical(10_000, context.plugins)
    case .formulas: return try FormulaChecks(calling: context.calling).check(checks.loss, context.plugins)
    case .parameters: return try parameters()
    case .repetition: return try repetition(checks.loss)
    case .nonFinite: return try contract(check, checks.loss) + checks.nanStays()
    default: return try contract(check, checks.loss)
    }
  }

  private func checks(_ parameters: [String: Double]) throws -> LossChecks {
    LossChecks(try Loss(unasked: function, parameters: parameters), calling: context.calling)
  }

  private func contract(_ check: PluginCheck, _ loss: Loss, rounds: Int = 20) throws -> Int {
    try Contract { PluginCalls.calls(of: loss, $0, calling: context.calling) }.run(check, rounds: rounds)
  }

  private func settings() throws -> [[String: Double]] {
    try ParameterSettings(function.information) {
      try Loss(unasked: function, parameters: $0).isRefused(context.calling)
    }.all()
  }

  private func parameters() throws -> Int {
    try settings().reduce(0) { count, setting in
      let checks = try checks(setting)
      return count + (try checks.values(400)) + (try checks.sign(400)) + (try checks.gradient(400))
        + (try checks.canonical(400, context.plugins)) + (try contract(.float, checks.loss, rounds: 1))
        + (try contract(.written, checks.loss)) + (try contract(.bounds, checks.loss))
        + (try FormulaChecks(calling: context.calling).check(checks.loss, context.plugins))
    }
  }

  /// What it keeps from call to call, in one setting or in several.
  private func repetition(_ loss: Loss) throws -> Int {
    let turns = Turns(
      try ([[:]] + settings()).map { setting in
        {
          let loss = try Loss(unasked: function, parameters: setting)
          return try Turns.blockCalls(
            Precision.allCases.flatMap { PluginCalls.calls(of: loss, $0, calling: context.calling) })
        }
      }, expectParametersMatter: true)
    return try contract(.repetition, loss) + turns.run()
  }

  static let speeds: Speeds? = { function, counts in
    let loss = try Loss(function)
    return try FunctionSpeed.measure([.single, .double].flatMap { PluginCalls.calls(of: loss, $0) }, counts)
  }
}

extension PluginCalls {
  /// A loss's calls: the plain ones, and the canonical ones if there are any.
  static func calls(
    of loss: Loss, _ precision: Precision, calling: @escaping (String) -> Void = { _ in }
  ) -> [PluginCalls] {
    let (function, raw) = (loss.function, loss.function.raw)
    let plain = calls(
      of: loss, precision, hasFloat: raw.value_float != nil, arrays: ["a", "y", "received"], calling,
      [
        CallPlan(
          name: "value", reads: ["a", "y"], results: ["values"],
          invoke: entry(precision, raw.value, raw.value_float) { p, block, a in
            function.callValue(p, Block(described: block), floats(a[0]), floats(a[1]), doubles(a[2]))
          }),
        CallPlan(
          name: "gradient", reads: ["a", "y"], results: ["received"],
          invoke: entry(precision, raw.gradient, raw.gradient_float) { p, block, a in
            function.callGradient(p, Block(described: block), floats(a[0]), floats(a[1]), floats(a[2]))
          }),
      ])
    guard loss.canonicalActivation != nil else { return [plain] }
    let canonical = calls(
      of: loss, precision, hasFloat: raw.canonical_value_float != nil, arrays: ["z", "a", "y", "delta"], calling,
      [
        CallPlan(
          name: "canonical_value", reads: ["z", "y"], results: ["values"],
          invoke: entry(precision, raw.canonical_value, raw.canonical_value_float) { p, block, a in
            function.callCanonicalValue(p, Block(described: block), floats(a[0]), floats(a[1]), doubles(a[2]))
          }),
        CallPlan(
          name: "canonical_delta", reads: ["z", "a", "y"], results: ["delta"],
          invoke: entry(precision, raw.canonical_delta, raw.canonical_delta_float) { p, block, a in
            function.callCanonicalDelta(
              p, Block(described: block), floats(a[0]), floats(a[1]), floats(a[2]), floats(a[3]))
          }),
      ])
    return [plain, canonical]
  }

  private static func doubles(_ memory: UnsafeMutableRawPointer) -> UnsafeMutablePointer<Double> {
    memory.assumingMemoryBound(to: Double.self)
  }

  private static func calls(
    of loss: Loss, _ precision: Precision, hasFloat: Bool, arrays: [String], _ calling: @escaping (String) -> Void,
    _ plans: [CallPlan]
  ) -> PluginCalls {
    PluginCalls(
      information: loss.function.information, precision: precision, isOfPlugin: precision == .double || hasFloat,
      parameters: loss.parameters, setting: loss.givenParameters.isEmpty ? "" : " of \(loss)", calls: plans,
      arrays: { _ in
        arrays.map { ArrayPlan(name: $0, rows: .neurons, columns: .columns) }
          + [ArrayPlan(name: "values", rows: .one, columns: .columns, isDouble: true)]
      },
      calling: calling, description: blockDescription,
      fill: { trial, _, _, random in
        let (neurons, columns) = (trial.shape.neurons, trial.shape.columns)
        if arrays.contains("z") { trial["z"].fill { 3 * random.normal() } }
        let (a, y) = CheckPoints.outputsAndTargets(loss, outputs: max(1, neurons), columns: columns, &random)
        trial["a"].fill(with: Array(a.prefix(neurons * columns)))
        trial["y"].fill(with: Array(y.prefix(neurons * columns)))
      },
      shapes: blockShapes, ownShapes: ownBlockShapes, largeShapes: { largeBlockShapes },
      tiledShapes: tiledBlockShapes(isElementwise: false),
      threadShapes: [CallShape(neurons: 8, columns: 256), CallShape(neurons: 8, columns: 16)],
      floatShape: { _ in CallShape(neurons: 5, columns: 100) },
      partitions: { blockPartitions($0, isElementwise: false) },
      sizes: { trial, plan, _ in blockSizes(trial, plan, isElementwise: false) },
      named: blockName, namedResult: blockResultName,
      limited: { number, array in
        guard let range = ["a": loss.outputRange, "y": loss.targetRange][array] else { return number }
        return min(max(number, range.lowerBound), range.upperBound)
      },
      speedShape: { CallShape(neurons: 8, columns: $0 / 8) })
  }
}
