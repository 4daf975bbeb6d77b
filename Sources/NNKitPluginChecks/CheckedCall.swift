import CNNKit
import NNKit

/// One of a function's entry points in one precision, in a form that all the checks of the contract can call.
struct CheckedCall<Scalar: NetworkScalar> {
  /// As it is called in `nnkit/plugin.h`: `evaluate`, `backward_float`.
  let name: String
  let inputs: [String]
  /// It writes one double a column (the value of a loss), not one number an element.
  var givesOnePerColumn = false
  /// Elements do not depend on each other; otherwise columns do not.
  let isElementwise: Bool
  /// Numbers for the inputs, neurons × columns each, that belong together.
  let arguments: (_ neurons: Int, _ columns: Int, _ random: inout RandomSource) throws -> [[Scalar]]
  /// Calls it with p, and gives what it returns.
  let code: (UnsafePointer<Double>?, Block, [UnsafePointer<Scalar>], UnsafeMutableRawPointer) -> Int32
  let information: FunctionInformation
  /// Whether the plugin has it in this precision itself; otherwise the host converts, which is not the plugin's affair.
  var isOfPlugin = true
  /// What is said of the function besides its call's name: its parameters, where they are not the defaults.
  var setting = ""
  /// The values of the function's parameters, as the plugin is given them.
  var parameters: () -> [Double] = { [] }
  /// Told of each call before it is made.
  var calling: (String) -> Void = { _ in }
  /// Brings a number into the range of the input that is called so.
  var limited: (Scalar, _ input: String) -> Scalar = { number, _ in number }

  /// What its results are called where another call reads them.
  var output: String {
    let outputs = ["evaluate": "a", "gradient": "received", "value": "values", "canonical_value": "values"]
    return outputs[name.replacing("_float", with: "")] ?? "delta"
  }

  /// - Throws: `FunctionFailure` if the plugin reports one.
  func invoke(_ block: Block, _ inputs: [UnsafePointer<Scalar>], _ output: UnsafeMutableRawPointer) throws {
    try parameters().withUnsafeBufferPointer { try invoke(block, inputs, output, p: $0.baseAddress) }
  }

  /// Calls it with parameters that lie at p.
  func invoke(
    _ block: Block, _ inputs: [UnsafePointer<Scalar>], _ output: UnsafeMutableRawPointer, p: UnsafePointer<Double>?
  ) throws {
    try check(code(p, block, inputs, output), name.replacing("_float", with: ""), of: information)
  }

  func outputCount(_ block: Block) -> Int { givesOnePerColumn ? block.columns : block.neurons * block.rowStride }
  var outputSize: Int { givesOnePerColumn ? MemoryLayout<Double>.size : MemoryLayout<Scalar>.size }

  /// Calls it with rows that touch, and results that all hold the same number before.
  func results(_ neurons: Int, _ columns: Int, _ arguments: [[Scalar]], over before: Double = 0) throws -> [Double] {
    let block = Block(neurons: neurons, columns: columns)
    let count = outputCount(block)
    calling(described(block, arguments))
    return try withPointers(arguments) { inputs in
      if givesOnePerColumn {
        var values = [Double](repeating: before, count: count + slackCount)
        try values.withUnsafeMutableBytes { if let base = $0.baseAddress { try invoke(block, inputs, base) } }
        return Array(values.prefix(count))
      }
      var values = [Scalar](repeating: Scalar(before), count: count + slackCount)
      try values.withUnsafeMutableBytes { if let base = $0.baseAddress { try invoke(block, inputs, base) } }
      return values.prefix(count).map { Double($0) }
    }
  }

  /// Names a call of element `index` of dense arguments.
  func called(at index: Int, _ arguments: [[Scalar]]) -> String {
    let numbers = zip(inputs, arguments).map { ($0, index < $1.count ? Double($1[index]) : .nan) }
    return NNKitPluginChecks.called(name, numbers) + setting
  }

  /// Names a call with its block, and the first of its numbers.
  func described(_ block: Block, _ arguments: [[Scalar]]) -> String {
    let stride = block.rowStride == block.columns ? "" : ", row_stride \(block.rowStride)"
    let numbers = zip(inputs, arguments).map { "\($0) = \(listed($1))" }.joined(separator: ", ")
    return "\(name)\(setting) with a block of \(block.neurons) × \(block.columns)\(stride): \(numbers)"
  }

  func withPointers<Result>(
    _ arrays: [[Scalar]], _ body: ([UnsafePointer<Scalar>]) throws -> Result
  ) rethrows -> Result {
    func next(_ index: Int, _ pointers: [UnsafePointer<Scalar>]) throws -> Result {
      guard index < arrays.count else { return try body(pointers) }
      // An empty array may have no address.
      let array = arrays[index].isEmpty ? [0] : arrays[index]
      return try array.withUnsafeBufferPointer { buffer in
        try next(index + 1, pointers + [buffer.baseAddress].compactMap { $0 })
      }
    }
    return try next(0, [])
  }
}

extension CheckedCall {
  private func ofPlugin(_ isOfPlugin: Bool) -> CheckedCall {
    var call = self
    call.isOfPlugin = isOfPlugin
    return call
  }

  private static func numbers(_ memory: UnsafeMutableRawPointer) -> UnsafeMutablePointer<Scalar> {
    memory.assumingMemoryBound(to: Scalar.self)
  }

  private static var suffix: String { Scalar.self == Float.self ? "_float" : "" }

  static func calls(of activation: Activation, calling: @escaping (String) -> Void = { _ in }) -> [CheckedCall] {
    let (function, setting) = (activation.function, activation.hasDefaultParameters ? "" : " of \(activation)")
    func z(_ neurons: Int, _ columns: Int, _ random: inout RandomSource) -> [Scalar] {
      let kinks = (try? activation.shape().kinks) ?? []
      return (0..<neurons * columns).map { _ in
        switch random.uniform() {
        case ..<0.1: Scalar((kinks.randomElement(using: &random) ?? 0) + 1e-3 * random.normal())
        case ..<0.2: Scalar(40 * random.normal())
        default: Scalar(3 * random.normal())
        }
      }
    }
    let evaluate = CheckedCall(
      name: "evaluate" + suffix, inputs: ["z"], isElementwise: !activation.isWholeLayer,
      arguments: { [z($0, $1, &$2)] },
      code: { Scalar._evaluate(function, $0, $1, $2[0], numbers($3)) },
      information: function.information, setting: setting,
      parameters: { activation.parameters }, calling: calling)
    let backward = CheckedCall(
      name: "backward" + suffix, inputs: ["z", "a", "received"], isElementwise: !activation.isWholeLayer,
      arguments: { neurons, columns, random in
        let z = z(neurons, columns, &random)
        let a = try evaluate.results(neurons, columns, [z]).map { Scalar($0) }
        // In a function of the layer a large one hides the others.
        let large = activation.isWholeLayer ? 1 : 1e4
        return [z, a, z.map { _ in Scalar((random.uniform() < 0.05 ? large : 1) * random.normal()) }]
      },
      code: { Scalar._backward(function, $0, $1, $2[0], $2[1], $2[2], numbers($3)) },
      information: function.information, setting: setting, parameters: { activation.parameters }, calling: calling)
    let isOfPlugin = Scalar.self == Double.self || function.hasFloat
    return [evaluate, backward].map { $0.ofPlugin(isOfPlugin) }
  }

  static func calls(of loss: Loss, calling: @escaping (String) -> Void = { _ in }) -> [CheckedCall] {
    let (function, setting) = (loss.function, loss.givenParameters.isEmpty ? "" : " of \(loss)")
    func outputsAndTargets(_ neurons: Int, _ columns: Int, _ random: inout RandomSource) -> [[Scalar]] {
      let (a, y) = CheckPoints.outputsAndTargets(loss, outputs: max(1, neurons), columns: columns, &random)
      return [a.prefix(neurons * columns).map { Scalar($0) }, y.prefix(neurons * columns).map { Scalar($0) }]
    }
    func limited(_ number: Scalar, _ input: String) -> Scalar {
      let ranges = ["a": loss.outputRange, "y": loss.targetRange]
      guard let range = ranges[input] else { return number }
      return Scalar(min(max(Double(number), range.lowerBound), range.upperBound))
    }
    let value = CheckedCall(
      name: "value" + suffix, inputs: ["a", "y"], givesOnePerColumn: true, isElementwise: false,
      arguments: outputsAndTargets,
      code: { Scalar._lossValue(function, $0, $1, $2[0], $2[1], $3.assumingMemoryBound(to: Double.self)) },
      information: function.information, setting: setting, parameters: { loss.parameters }, calling: calling,
      limited: limited)
    let gradient = CheckedCall(
      name: "gradient" + suffix, inputs: ["a", "y"], isElementwise: false, arguments: outputsAndTargets,
      code: { Scalar._lossGradient(function, $0, $1, $2[0], $2[1], numbers($3)) },
      information: function.information, setting: setting, parameters: { loss.parameters }, calling: calling,
      limited: limited)
    let raw = function.raw
    let plain = [value, gradient].map { $0.ofPlugin(Scalar.self == Double.self || raw.value_float != nil) }
    guard loss.canonicalActivation != nil else { return plain }
    func weightedInputs(_ neurons: Int, _ columns: Int, _ random: inout RandomSource) -> [[Scalar]] {
      [
        (0..<neurons * columns).map { _ in Scalar(3 * random.normal()) },
        outputsAndTargets(neurons, columns, &random)[1],
      ]
    }
    let canonicalValue = CheckedCall(
      name: "canonical_value" + suffix, inputs: ["z", "y"], givesOnePerColumn: true, isElementwise: false,
      arguments: weightedInputs,
      code: { Scalar._canonicalValue(function, $0, $1, $2[0], $2[1], $3.assumingMemoryBound(to: Double.self)) },
      information: function.information, setting: setting, parameters: { loss.parameters }, calling: calling,
      limited: limited)
    let canonicalDelta = CheckedCall(
      name: "canonical_delta" + suffix, inputs: ["z", "a", "y"], isElementwise: false,
      arguments: { neurons, columns, random in
        let (z, a) = (weightedInputs(neurons, columns, &random), outputsAndTargets(neurons, columns, &random))
        return [z[0], a[0], z[1]]
      },
      code: { Scalar._canonicalDelta(function, $0, $1, $2[0], $2[1], $2[2], numbers($3)) },
      information: function.information, setting: setting, parameters: { loss.parameters }, calling: calling,
      limited: limited)
    let isOfPlugin = Scalar.self == Double.self || raw.canonical_value_float != nil
    return plain + [canonicalValue, canonicalDelta].map { $0.ofPlugin(isOfPlugin) }
  }
}
