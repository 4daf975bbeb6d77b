import CNNKit
import NNKit

/// Activations, checked and timed.
struct ActivationExamination: KindExamination {
  typealias Function = ActivationFunction
  static let checks =
    [.descriptor, .values, .derivative, .range, .formulas, .parameters] + PluginCheck.contract(.written)

  private let function: ActivationFunction
  private let context: ExaminationContext

  init(_ function: ActivationFunction, _ context: ExaminationContext) {
    (self.function, self.context) = (function, context)
  }

  func run(_ check: PluginCheck) throws -> Int {
    let checks = try checks([:])
    switch check {
    case .descriptor: return try checks.descriptor()
    case .values: return try checks.values(CheckPoints.z(10_000, kinks: checks.kinks()))
    case .derivative: return try checks.derivative(10_000)
    case .range: return try checks.range(10_000)
    case .formulas: return try FormulaChecks(calling: context.calling).check(checks.activation)
    case .parameters: return try parameters()
    case .repetition: return try repetition(checks.activation)
    // Before others call it: a rounding mode that it sets stays.
    case .environment: return try checks.describeLeavesNothing() + contract(check, checks.activation)
    case .bounds: return try contract(check, checks.activation) + checks.describeBounds()
    case .threads: return try contract(check, checks.activation) + checks.describeInThreads()
    case .nonFinite: return try contract(check, checks.activation) + checks.nanStays()
    default: return try contract(check, checks.activation)
    }
  }

  private func checks(_ parameters: [String: Double]) throws -> ActivationChecks {
    ActivationChecks(try Activation(unasked: function, parameters: parameters), calling: context.calling)
  }

  private func contract(_ check: PluginCheck, _ activation: Activation, rounds: Int = 20) throws -> Int {
    try Contract { [.calls(of: activation, $0, calling: context.calling)] }.run(check, rounds: rounds)
  }

  private func settings() throws -> [[String: Double]] {
    try ParameterSettings(function.information) {
      try Activation(unasked: function, parameters: $0).isRefused(context.calling)
    }.all()
  }

  private func parameters() throws -> Int {
    try settings().reduce(0) { count, setting in
      let checks = try checks(setting)
      return count + (try checks.values(CheckPoints.z(400, kinks: checks.kinks()))) + (try checks.derivative(400))
        + (try checks.range(400)) + (try contract(.float, checks.activation, rounds: 1))
        + (try contract(.written, checks.activation)) + (try contract(.bounds, checks.activation))
        + (try checks.describeBounds())
        + (try FormulaChecks(calling: context.calling).check(checks.activation))
    }
  }

  /// What it keeps from call to call, in one setting or in several.
  private func repetition(_ activation: Activation) throws -> Int {
    let turns = Turns(
      try ([[:]] + settings()).map { setting in
        {
          let checks = try checks(setting)
          let describe = Turns.Call(name: checks.setting("describe")) {
            let shape = try checks.activation.rawShape()
            return [shape.minimum, shape.maximum, Double(shape.kinkCount)] + shape.kinks
          }
          return try [describe]
            + Turns.blockCalls(Precision.allCases.map { .calls(of: checks.activation, $0, calling: context.calling) })
        }
      }, expectParametersMatter: true)
    return try contract(.repetition, activation) + turns.run()
  }

  static let speeds: Speeds? = { function, counts in
    let activation = try Activation(function)
    return try FunctionSpeed.measure([.single, .double].map { .calls(of: activation, $0) }, counts)
  }
}

extension PluginCalls {
  /// An activation's calls.
  static func calls(
    of activation: Activation, _ precision: Precision, calling: @escaping (String) -> Void = { _ in }
  ) -> PluginCalls {
    let (function, isElementwise) = (activation.function, !activation.isWholeLayer)
    return PluginCalls(
      information: function.information, precision: precision, isOfPlugin: precision == .double || function.hasFloat,
      parameters: activation.parameters, setting: activation.hasDefaultParameters ? "" : " of \(activation)",
      calls: [
        CallPlan(
          name: "evaluate", reads: ["z"], results: ["a"],
          invoke: entry(precision, function.raw.evaluate, function.raw.evaluate_float) { p, block, a in
            function.callEvaluate(p, Block(described: block), floats(a[0]), floats(a[1]))
          }),
        CallPlan(
          name: "backward", reads: ["z", "a", "received"], results: ["delta"],
          invoke: entry(precision, function.raw.backward, function.raw.backward_float) { p, block, a in
            function.callBackward(p, Block(described: block), floats(a[0]), floats(a[1]), floats(a[2]), floats(a[3]))
          }),
      ],
      arrays: { _ in ["z", "a", "received", "delta"].map { ArrayPlan(name: $0, rows: .neurons, columns: .columns) } },
      calling: calling, description: blockDescription,
      fill: { trial, call, _, random in
        let kinks = (try? activation.shape().kinks) ?? []
        trial["z"].fill {
          switch random.uniform() {
          case ..<0.1: (kinks.randomElement(using: &random) ?? 0) + 1e-3 * random.normal()
          case ..<0.2: 40 * random.normal()
          default: 3 * random.normal()
          }
        }
        if call == 0 { return }
        try trial.call(0)
        // In a function of the layer a large one hides the others.
        let large = isElementwise ? 1e4 : 1
        trial["received"].fill { (random.uniform() < 0.05 ? large : 1) * random.normal() }
      },
      shapes: blockShapes, ownShapes: ownBlockShapes, largeShapes: { largeBlockShapes },
      tiledShapes: tiledBlockShapes(isElementwise: isElementwise),
      threadShapes: [CallShape(neurons: 8, columns: 256), CallShape(neurons: 8, columns: 16)],
      floatShape: { _ in CallShape(neurons: 5, columns: 100) },
      partitions: { blockPartitions($0, isElementwise: isElementwise) },
      sizes: { trial, plan, _ in blockSizes(trial, plan, isElementwise: isElementwise) },
      named: blockName, namedResult: blockResultName,
      speedShape: { CallShape(neurons: 8, columns: $0 / 8) })
  }
}
