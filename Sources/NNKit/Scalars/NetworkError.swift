/// Something that does not fit in a network, or in what it is asked to do.
public struct NetworkError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What does not fit.
  public enum Kind: Sendable, Equatable {
    /// How neurons, layers or matrices are put together.
    case structure
    /// What an extended neuron does, or leaves out.
    case neuron
    /// A setting of a training, or of the network.
    case setting
    /// A number or the width of samples.
    case samples
    /// Gradients that are not there.
    case gradients
    /// A model that is saved or loaded.
    case model
  }

  /// What does not fit.
  public let kind: Kind
  /// What was expected and what was found.
  public let description: String

  package init(_ description: String, _ kind: Kind = .structure) {
    self.kind = kind
    self.description = description
  }
}
