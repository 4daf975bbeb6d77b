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
  let threadPool: ThreadPool
  let backend: MatrixBackend?
  /// Which outputs layers with dropout drop; nil for none.
  let moment: DropoutMoment?

  package init(
    mode: Mode = .inference, engine: Engine = .auto, threadPool: ThreadPool, backend: MatrixBackend? = nil,
    moment: DropoutMoment? = nil
  ) {
    self.moment = moment
    self.mode = mode
    self.engine = engine
    self.threadPool = threadPool
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
