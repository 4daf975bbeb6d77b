/// What a pass computes with.
package struct Compute {
  let engine: Engine
  let workers: Workers
  let backend: MatrixBackend?
  /// Whether the pass belongs to a training, as neurons see it.
  let isTraining: Bool

  package init(engine: Engine, workers: Workers, backend: MatrixBackend?, isTraining: Bool = false) {
    self.isTraining = isTraining
    self.engine = engine
    self.workers = workers
    self.backend = backend
  }
}
