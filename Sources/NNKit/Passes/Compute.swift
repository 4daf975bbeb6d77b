/// What a pass computes with.
package struct Compute {
  let engine: Engine
  let workers: Workers
  let backend: MatrixBackend?

  package init(engine: Engine, workers: Workers, backend: MatrixBackend?) {
    self.engine = engine
    self.workers = workers
    self.backend = backend
  }
}
