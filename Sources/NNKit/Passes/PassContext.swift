// Who runs the neurons of a layer:
//
// | engine | plain neurons | neurons of a kind | classes of their own |
// |---|---|---|---|
// | neuron | each by itself: Neuron.swift | each by itself: PluginNeuron.swift | each by itself |
// | fused, auto | as matrix products: FusedPass.swift | one call of the plugin: KindPass.swift | each by itself |
// | the same, with a sliding window | as matrix products: WindowPass.swift | each by itself: WindowKindPass.swift | each by itself |
//
// Besides, with the engine auto, `OnlineLoop` trains plain neurons one sample at a time in C, and a `Predictor` computes the
// outputs of plain neurons without reading the weights of inputs that are 0. Activations are called in LayerResponse.swift.

/// With what a network runs its layers.
package struct ComputeSettings {
  package var engine = Engine.auto
  /// How many threads share the work: 1 to 1024.
  package var threads = 1
  /// Computes large matrix products; nil for the product that is part of nnkit.
  package var backend: MatrixBackend?

  package init(engine: Engine = .auto, threads: Int = 1, backend: MatrixBackend? = nil) {
    self.engine = engine
    self.threads = threads
    self.backend = backend
  }
}

/// What one pass over the layers needs.
package struct PassContext {
  package enum Mode {
    /// The pass belongs to a training; neurons see it as their `isTraining`.
    case training
    /// The network answers, or is measured.
    case inference
  }

  let mode: Mode
  let engine: Engine
  let workers: Workers
  let backend: MatrixBackend?
  /// Which outputs layers with dropout drop; nil for none.
  let moment: DropoutMoment?

  package init(
    mode: Mode = .inference, engine: Engine = .auto, workers: Workers, backend: MatrixBackend? = nil,
    moment: DropoutMoment? = nil
  ) {
    self.moment = moment
    self.mode = mode
    self.engine = engine
    self.workers = workers
    self.backend = backend
  }
}

/// Where a layer's backward pass starts.
package enum BackwardOrigin {
  /// From `received`, ∂L/∂a: δ is computed by way of the activation.
  case outputGradients
  /// From δ = ∂L/∂z, which a canonical pair of activation and loss gives at once.
  case localGradients
}
