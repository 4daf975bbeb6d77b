import Foundation
import NNKit
import Testing

/// Plugins that a user writes: compiled here, dropped into a folder, used by name.
@Suite struct FreshPluginTests {
  private let folder = Result { try TemporaryFolder() }

  private func plugins(_ source: String, flags: [String]? = nil) throws -> Plugins {
    let file = try folder.get().file("fresh.so")
    if let flags {
      try CCompiler.compile(source, to: file, flags: flags)
    } else {
      try CCompiler.compile(source, to: file)
    }
    return try Plugins(searching: SearchPath([folder.get().path], environment: [:]))
  }

  private func samples<Scalar: NetworkScalar>(as type: Scalar.Type = Scalar.self) throws -> Samples<Scalar> {
    var random = RandomSource(seed: 31)
    return try Samples(inputs: random.table(6, 2), targets: random.table(6, 2, in: 0.1...0.9))
  }

  @Test("an activation in under 20 lines of C works in both precisions, is checked and trained")
  func activation() throws {
    #expect(PluginSource.square.split(separator: "\n", omittingEmptySubsequences: false).count < 20)
    let plugins = try plugins(PluginSource.square)
    let square = try plugins.activation("square")
    #expect(try square.values(at: [-3, 0, 2]) == ([9, 0, 4], [-6, 0, 4]))
    #expect(try !square.shape().isDeclared && square.shape().range == -.infinity ... .infinity)
    let doubles: Network<Double> = try network([2, 4, 2], [square, bundled().activation("sigmoid")])
    #expect(try doubles.checkGradients(bundled().loss("squared_error"), on: samples()).worstRelativeError < 1e-7)
    // The plugin has no float functions: the host converts.
    let floats: Network<Float> = try network([2, 4, 2], [square, bundled().activation("sigmoid")])
    let answers = (try floats.outputs(for: [[0.5, -1]]), try doubles.outputs(for: [[0.5, -1]]))
    for (left, right) in zip(answers.0[0], answers.1[0]) { #expect(isClose(Double(left), right, relative: 1e-6)) }
    let reports = try floats.train(
      on: samples(), loss: bundled().loss("squared_error"),
      settings: TrainingSettings(epochs: 50, batch: 3, optimizer: .sgd(learningRate: 0.1)))
    #expect(try #require(reports.last).train.loss < reports[0].train.loss)
  }

  @Test("a loss in C works in both precisions, is checked and trained")
  func loss() throws {
    let quartic = try plugins(PluginSource.quartic).loss("quartic")
    let functions = [try bundled().activation("tanh"), try bundled().activation("sigmoid")]
    let doubles: Network<Double> = try network([2, 4, 2], functions)
    #expect(try doubles.checkGradients(quartic, on: samples()).worstRelativeError < 1e-7)
    let floats: Network<Float> = try network([2, 4, 2], functions)
    #expect(
      try isClose(
        floats.measure(quartic, on: samples()).loss, doubles.measure(quartic, on: samples()).loss, relative: 1e-5))
    let reports = try floats.train(
      on: samples(), loss: quartic,
      settings: TrainingSettings(epochs: 50, batch: 3, optimizer: .adam(learningRate: 0.05)))
    #expect(try #require(reports.last).train.loss < 0.9 * reports[0].train.loss)
  }

  @Test("a saved model that uses it needs it again, and says so")
  func savedModel() throws {
    let square = try plugins(PluginSource.square).activation("square")
    let network: Network<Float> = try network([2, 1], [square])
    let file = try folder.get().file("model.safetensors")
    try network.write(to: file)
    let again = try Plugins(searching: SearchPath([folder.get().path], environment: [:]))
    #expect(try Network<Float>(contentsOf: file, plugins: again).outputs(for: [1, 2]) == network.outputs(for: [1, 2]))
    let error = #expect(throws: UnknownFunctionError.self) { try Network<Float>(contentsOf: file, plugins: bundled()) }
    #expect(error?.name == "square")
  }

  @Test("a number other than 0 stops the run and names function, plugin, layer, batch and the number")
  func failure() throws {
    var plugin = PluginSource.Activation()
    plugin.code = "block->columns > 0 && z[0] > 100 ? 7 : 0"
    let odd = try plugins(plugin.source).activation("odd")
    let network = try Network<Double>(keepingWeightsOf: [
      layer([[1.0]], bundled().activation("identity")), layer([[1.0]], odd),
    ])
    let samples = try Samples<Double>(inputs: [[0], [1], [500], [0]], targets: [[0], [1], [500], [0]])
    let error = #expect(throws: FunctionFailure.self) {
      try network.train(
        on: samples, loss: bundled().loss("squared_error"),
        settings: TrainingSettings(epochs: 1, batch: 1, shuffle: false, optimizer: .sgd()))
    }
    #expect(error?.function == "odd" && error?.layer == 1 && error?.batch == 2 && error?.code == 7)
    #expect(error?.call == "evaluate")
    for word in ["odd", try folder.get().file("fresh.so").path, "layer 1", "batch 3", "7"] {
      #expect(error?.description.contains(word) == true, "\(word)")
    }
  }

  @Test("a wrong derivative is found by the gradient check")
  func wrongDerivative() throws {
    var plugin = PluginSource.Activation()
    (plugin.value, plugin.slope) = ("tanh(z[i])", "1 - a[i]")
    let odd = try plugins(plugin.source).activation("odd")
    let network: Network<Double> = try network([2, 3, 2], [bundled().activation("tanh"), odd])
    #expect(try network.checkGradients(bundled().loss("squared_error"), on: samples()).worstRelativeError > 0.01)
  }

  @Test("a canonical form that disagrees with the plain one is not used, and a note says so")
  func wrongCanonicalForm() throws {
    let source = PluginSource.quartic
      .replacingOccurrences(
        of: ".gradient = gradient",
        with: """
          .gradient = gradient, .canonical_activation = "tanh", .canonical_value = value, .canonical_delta = wrong
          """
      )
      .replacingOccurrences(
        of: "static const nnkit_loss",
        with: """
          static int wrong(const double *p, const nnkit_block *b, const double *z, const double *a, const double *y,
                           double *delta) {
            NNKIT_EACH(b, i) delta[i] = a[i] - y[i];
            return 0;
          }
          static const nnkit_loss
          """)
    let quartic = try plugins(source).loss("quartic")
    let network: Network<Double> = try network([2, 2], [bundled().activation("tanh")])
    let stage = try LossStage(quartic, behind: network.output)
    #expect(!stage.isCanonical && stage.note?.contains("disagrees") == true && stage.note?.contains("fresh.so") == true)
    #expect(try network.checkGradients(quartic, on: samples()).worstRelativeError < 1e-7)
  }

  @Test("without the recipe's flags a plugin works as well")
  func plainFlags() throws {
    #expect(try plugins(PluginSource.square, flags: []).activation("square").values(at: [3]).outputs == [9])
  }
}
