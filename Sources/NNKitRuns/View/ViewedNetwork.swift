package import NNKit

/// Which networks the live page shows.
package enum ViewedNetwork {
  /// - Throws: `ConfigurationError` for layers with windows or with other sources than the layer before.
  package static func check<Scalar: NetworkScalar>(_ experiment: Experiment<Scalar>) throws {
    for (index, layer) in experiment.network.layers.enumerated() {
      let hasWindow = layer.wiring.window != nil
      guard hasWindow || layer.sources.resolved(of: index) != Sources.previous.resolved(of: index) else { continue }
      throw ConfigurationError(
        experiment.configuration.network.place.description,
        "the live page shows layers whose neurons have all outputs of the layer before as inputs, and layer \(index) has"
          + (hasWindow ? " a sliding window" : " other sources")
          + "; `nnkit run` trains the network, and its report shows it")
    }
  }
}
