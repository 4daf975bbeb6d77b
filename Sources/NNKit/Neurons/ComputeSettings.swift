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

/// How a layer runs its neurons.
///
/// Both ways give the same numbers.
public enum Engine: String, Sendable, CaseIterable {
  /// Fused where neurons are plain.
  case auto
  /// Every neuron does its own forward and backward pass, message by message: the definition.
  case neuron
  /// Plain neurons' rows at once, as matrix products; extended neurons do their own.
  case fused
}
