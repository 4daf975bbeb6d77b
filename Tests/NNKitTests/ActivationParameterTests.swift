import Foundation
import NNKit
import Testing

/// Activations with parameters against their formulas.
@Suite struct ActivationParameterTests {
  private let points = Array(stride(from: -6.0, through: 6, by: 0.25))

  private func expect(
    _ name: String, _ parameters: [String: Double], value: (Double) -> Double, slope: (Double) -> Double
  ) throws {
    let activation = try bundled().activation(name, parameters: parameters)
    let (values, derivatives) = try activation.values(at: points)
    for (index, z) in points.enumerated() {
      #expect(isClose(values[index], value(z), relative: 4e-15), "\(activation) at \(z)")
      #expect(isClose(derivatives[index], slope(z), relative: 4e-15), "\(activation)' at \(z)")
    }
  }

  @Test("leaky_relu takes its slope")
  func leakyRelu() throws {
    try expect("leaky_relu", ["slope": 0.25], value: { $0 > 0 ? $0 : 0.25 * $0 }, slope: { $0 > 0 ? 1 : 0.25 })
  }

  @Test("elu takes its alpha, and its range follows")
  func elu() throws {
    try expect(
      "elu", ["alpha": 5], value: { $0 > 0 ? $0 : 5 * expm1($0) }, slope: { $0 > 0 ? 1 : 5 * exp($0) })
    #expect(try bundled().activation("elu", parameters: ["alpha": 5]).shape().range.lowerBound == -5)
    #expect(try bundled().activation("elu").shape().range.lowerBound == -1)
  }

  @Test("celu takes its alpha")
  func celu() throws {
    try expect(
      "celu", ["alpha": 2], value: { $0 > 0 ? $0 : 2 * expm1($0 / 2) }, slope: { $0 > 0 ? 1 : exp($0 / 2) })
    #expect(try bundled().activation("celu", parameters: ["alpha": 2]).shape().range.lowerBound == -2)
  }

  @Test("steepness is that of FANN's functions, their formulas as in its manual")
  func steepness() throws {
    let s = 0.75
    try expect(
      "elliott", ["steepness": s], value: { $0 * s / 2 / (1 + abs($0 * s)) + 0.5 },
      slope: { s / (2 * (1 + abs($0 * s)) * (1 + abs($0 * s))) })
    try expect(
      "elliott_symmetric", ["steepness": s], value: { $0 * s / (1 + abs($0 * s)) },
      slope: { s / ((1 + abs($0 * s)) * (1 + abs($0 * s))) })
    try expect(
      "gaussian_symmetric", ["steepness": s], value: { 2 * exp(-$0 * s * $0 * s) - 1 },
      slope: { -4 * $0 * s * s * exp(-$0 * s * $0 * s) })
    try expect(
      "linear_piece", ["steepness": s], value: { min(max(0, s * $0), 1) }, slope: { 0 < s * $0 && s * $0 < 1 ? s : 0 })
    try expect(
      "linear_piece_symmetric", ["steepness": s], value: { min(max(-1, s * $0), 1) },
      slope: { abs(s * $0) < 1 ? s : 0 })
    try expect("cosine", ["steepness": s], value: { cos(s * $0) }, slope: { -s * sin(s * $0) })
    try expect("sine", ["steepness": s], value: { sin(s * $0) }, slope: { s * cos(s * $0) })
    try expect(
      "sigmoid", ["steepness": s], value: { 1 / (1 + exp(-s * $0)) },
      slope: { s / (2 + 2 * cosh(s * $0)) })
    try expect("tanh", ["steepness": s], value: { tanh(s * $0) }, slope: { s / (cosh(s * $0) * cosh(s * $0)) })
    try expect(
      "gaussian", ["steepness": s], value: { exp(-s * s * $0 * $0) },
      slope: { -2 * s * s * $0 * exp(-s * s * $0 * $0) })
    #expect(try bundled().activation("linear_piece", parameters: ["steepness": 4]).shape().kinks == [0, 0.25])
    // The same name stands for an activation and for a kind of neurons.
    #expect(try bundled().neuron("cosine").name == "cosine" && bundled().names(of: .neuron).contains("cosine"))
  }

  @Test(
    "a steepness of 1 is no other function: the same description, formula, canonical pair and bytes",
    arguments: ["sigmoid", "tanh", "gaussian", "sine"])
  func steepnessOfOne(name: String) throws {
    let (plain, given) = (
      try bundled().activation(name), try bundled().activation(name, parameters: ["steepness": 1])
    )
    #expect(plain == given && given.description == name && given.hasDefaultParameters)
    let formulas = [
      "sigmoid": ("a = 1 / (1 + exp(-z))", "f'(z) = a (1 - a)"), "tanh": ("a = tanh(z)", "f'(z) = 1 - a²"),
      "gaussian": ("a = exp(-z²)", "f'(z) = -2 z a"), "sine": ("a = sin(z)", "f'(z) = cos(z)"),
    ]
    #expect(plain.formula == formulas[name]?.0 && plain.derivativeFormula == formulas[name]?.1)
    let steep = try bundled().activation(name, parameters: ["steepness": 2])
    #expect(steep.formula == steep.function.information.formula && steep.formula.contains("steepness"))
    // f(2z) by the steepness is f at 2z, to the byte, since doubling rounds nothing.
    let (half, whole) = (try steep.values(at: points), try plain.values(at: points.map { 2 * $0 }))
    #expect(half.outputs == whole.outputs)
    #expect(zip(half.derivatives, whole.derivatives).allSatisfy { isClose($0, 2 * $1, relative: 4e-15) })
  }

  @Test("sigmoid with another steepness is composed plainly with its loss, and its gradients are right")
  func steepPair() throws {
    let steep = try bundled().activation("sigmoid", parameters: ["steepness": 2.5])
    let network: Network<Double> = try network([3, 2], [steep])
    let stage = try LossStage(bundled().loss("binary_cross_entropy"), behind: network.output)
    #expect(!stage.isCanonical && stage.note?.contains("other parameters than its defaults") == true)
    let samples = try Samples<Double>(inputs: [[0.5, -1, 2], [1, 0.25, 0]], targets: [[0, 1], [1, 1]])
    #expect(try network.checkGradients(bundled().loss("binary_cross_entropy"), on: samples).worstRelativeError < 1e-6)
  }

  @Test("given parameters are told apart from defaults, in words and in comparisons")
  func description() throws {
    let plain = try bundled().activation("leaky_relu")
    let steep = try bundled().activation("leaky_relu", parameters: ["slope": 0.5])
    #expect(plain.parameters == [0.01] && plain.givenParameters.isEmpty && plain.hasDefaultParameters)
    #expect(steep.givenParameters == ["slope": 0.5] && !steep.hasDefaultParameters && plain != steep)
    #expect(try plain == bundled().activation("leaky_relu", parameters: ["slope": 0.01]))
    #expect(steep.description == "leaky_relu(slope: 0.5)")
  }

  @Test("an unknown parameter and a value out of range are errors that name both")
  func refused() throws {
    let unknown = #expect(throws: ParameterError.self) {
      try bundled().activation("leaky_relu", parameters: ["slop": 1])
    }
    #expect(unknown?.description.contains("slop") == true && unknown?.description.contains("`slope`") == true)
    let none = #expect(throws: ParameterError.self) { try bundled().activation("softplus", parameters: ["slope": 1]) }
    #expect(none?.description.contains("it has none") == true)
    for value in [Double.nan, .infinity] {
      let error = #expect(throws: ParameterError.self) {
        try bundled().activation("elu", parameters: ["alpha": value])
      }
      #expect(error?.parameter == "alpha")
    }
  }

  @Test("functions tell summary, formula, file and version", arguments: Names.activations + Names.losses)
  func information(_ name: String) throws {
    let function = try #require(bundled().functions[name])
    // A kind of neurons has the file's name that the cosine would have.
    let file = name == "cosine" ? "cosine_wave" : name
    #expect(!function.information.summary.isEmpty && !function.information.formula.isEmpty)
    #expect(function.information.file.hasSuffix("/libnnkit-\(file).so"))
    #expect(function.information.version.first?.isNumber == true)
  }
}
