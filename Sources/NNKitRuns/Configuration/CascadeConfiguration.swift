package import NNKit

/// How a configuration has a network grow: `training: {cascade: …}`.
package struct CascadeConfiguration: Equatable {
  package var settings = CascadeSettings()
  /// The functions that candidates respond by; those that have a steepness, once with each of `steepnesses`.
  package var activations: [FunctionConfiguration]
  package var steepnesses: [Double]
  package var place: Place

  /// FANN's, but for two that are others' halves.
  static let usualActivations = [
    "sigmoid", "tanh", "gaussian", "gaussian_symmetric", "elliott", "elliott_symmetric", "sine", "cosine",
  ]
  static let usualSteepnesses = [0.25, 0.5, 0.75, 1]

  /// The activations of the candidates.
  ///
  /// - Throws: `ConfigurationError` with the place of a function that no plugin offers.
  func candidates(_ plugins: Plugins) throws -> [Activation] {
    try activations.flatMap { function in
      try function.placing {
        let activation = try plugins.activation(function.name, parameters: function.parameters)
        let names = activation.function.information.parameters.map(\.name)
        guard names.contains("steepness"), function.parameters["steepness"] == nil else { return [activation] }
        return try steepnesses.map { steepness in
          try plugins.activation(
            function.name, parameters: function.parameters.merging(["steepness": steepness]) { $1 })
        }
      }
    }
  }
}

extension TrainingConfiguration {
  /// What `--set` takes for another number of epochs; of a cascade each round is one, the first without a neuron.
  package func override(epochs: Int) -> String {
    cascade == nil ? "training.epochs=\(epochs)" : "training.cascade.neurons=\(max(0, epochs - 1))"
  }
}

extension ConfigurationReader {
  func cascade(_ node: ConfigurationNode) throws -> CascadeConfiguration {
    let keys = try node.mapping(
      CascadeSettings.settingNames + ["output", "candidate", "activations", "steepnesses"])
    var cascade = CascadeConfiguration(
      activations: CascadeConfiguration.usualActivations.map { FunctionConfiguration(name: $0, place: place(node)) },
      steepnesses: CascadeConfiguration.usualSteepnesses, place: place(node))
    cascade.settings = try settings(of: cascade.settings, node, keys)
    if let node = keys["output"] { cascade.settings.output = try settings(of: cascade.settings.output, in: node) }
    if let node = keys["candidate"] {
      cascade.settings.candidate = try settings(of: cascade.settings.candidate, in: node)
    }
    if let node = keys["activations"] {
      cascade.activations = try node.list("a list of activations").map { try function($0) }
      if cascade.activations.isEmpty { throw node.expected("at least one activation") }
    }
    if let node = keys["steepnesses"] {
      cascade.steepnesses = try node.list("a list of numbers > 0").map { try $0.positiveDouble() }
      if cascade.steepnesses.isEmpty { throw node.expected("at least one number > 0") }
    }
    return cascade
  }
}
