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
    #expect(try bundled().activation("linear_piece", parameters: ["steepness": 4]).shape().kinks == [0, 0.25])
    // The same name stands for an activation and for a kind of neurons.
    #expect(try bundled().neuron("cosine").name == "cosine" && bundled().names(of: .neuron).contains("cosine"))
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
    let none = #expect(throws: ParameterError.self) { try bundled().activation("tanh", parameters: ["slope": 1]) }
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
