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
  /// - Throws: `ConfigurationError` with the place of whatever does not fit; the errors of files and plugins.
  package init(_ model: Model<Scalar>, of configuration: Configuration, plugins: Plugins) throws {
    self.configuration = configuration
    network = model.network
    loss = try configuration.loss.place.placing {
      try plugins.loss(configuration.loss.name, parameters: configuration.loss.parameters)
    }
    network.engine = configuration.engine
    backend = try configuration.chooseBackend(plugins, for: network)
    network.backend = backend.backend
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
