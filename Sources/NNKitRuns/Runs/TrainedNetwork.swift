package import NNKit

/// A trained network with its loss, and the samples that it is judged by.
package struct TrainedNetwork<Scalar: NetworkScalar> {
  package let configuration: Configuration
  package let network: Network<Scalar>
  package let loss: Loss
  package let data: MeasuredData<Scalar>
  /// Who computes the network's matrix products.
  package let backend: BackendChoice

  /// The model of a run, with the samples that its configuration names; no others are read.
  ///
  /// - Parameters:
  ///   - model: The run's model.
  ///   - configuration: What the run did.
  ///   - plugins: Where its functions come from.
  ///   - threads: How many threads share the network's work.
  /// - Throws: `ConfigurationError` with the place of whatever does not fit; the errors of files and plugins.
  package init(_ model: Model<Scalar>, of configuration: Configuration, plugins: Plugins, threads: Int) throws {
    self.configuration = configuration
    network = model.network
    loss = try configuration.loss.placing {
      try plugins.loss(configuration.loss.name, parameters: configuration.loss.parameters)
    }
    backend = try configuration.setUp(network, plugins, threads: threads)
    data = try DataReading(
      configuration, loss: loss, outputs: network.outputCount, model: model, isStart: false
    ).measuredData()
  }

  fileprivate init(_ experiment: Experiment<Scalar>) {
    configuration = experiment.configuration
    network = experiment.network
    loss = experiment.loss
    backend = experiment.backend
    data = MeasuredData(measured: experiment.data.measured, description: experiment.data.description)
  }
}

extension Experiment {
  /// The network as it is now, to be measured.
  package var trained: TrainedNetwork<Scalar> { TrainedNetwork(self) }
}
