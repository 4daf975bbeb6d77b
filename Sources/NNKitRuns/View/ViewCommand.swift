#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// What a page asks for.
package struct ViewMessage: Decodable {
  /// A name for the whole thing: `run`, `pause`, `batch`, `epoch`, `reset`, `save`.
  package var act: ViewCommand.Act?
  package var set: ViewChanges?
  /// The page has shown what it got.
  package var ready: Bool?
  /// The neuron that it shows in full, layer and index, and the training sample for which; empty for none.
  package var select: [Int]?
  /// A weight that its reader sets by hand.
  package var weight: ViewWeight?

  /// Reads a message.
  ///
  /// - Throws: `DecodingError` if it is none.
  package init(_ text: String) throws { self = try JSONDecoder().decode(ViewMessage.self, from: Data(text.utf8)) }
}

/// What the training is to do.
package enum ViewCommand: Sendable {
  package enum Act: String, Decodable, Sendable {
    case run, pause, batch, epoch, reset, save
  }

  case act(Act)
  case set(ViewChanges)
  case weight(ViewWeight)
  /// The plugin folders have changed.
  case plugins
}

/// A weight, or a bias, and the number that it is to be.
package struct ViewWeight: Decodable, Sendable {
  package var layer: Int
  package var neuron: Int
  /// Which weight of the neuron; nil for its bias.
  package var index: Int?
  package var value: Double
}

/// Settings that a page changes; what is nil stays.
package struct ViewChanges: Decodable, Sendable {
  package struct Layer: Decodable, Equatable, Sendable {
    package var neurons: Int
    package var activation: String
    /// The kernel of a layer with a window: `3`, `3 × 5` or `all`.
    package var kernel: String?
    /// Which layer it was before, from 0; nil for a new one.
    package var was: Int?
  }

  /// The name of a generator, or `configured` for the configuration's own data.
  package var data: String?
  /// The deviation of the noise that the generator adds.
  package var noise: Double?
  package var optimizer: String?
  package var momentum: Double?
  package var l1: Double?
  package var l2: Double?
  /// For the first weights of all layers; `standard` for the one that suits each layer's activation.
  package var initializer: String?
  package var learningRate: Double?
  package var batch: Int?
  package var epochs: Int?
  package var loss: String?
  /// All layers, the last one too.
  package var layers: [Layer]?
  /// Epochs a second at most; 0 for full speed.
  package var pace: Double?

  private enum CodingKeys: String, CodingKey {
    case data, noise, optimizer, momentum, l1, l2, initializer, batch, epochs, loss, layers, pace
    case learningRate = "learning_rate"
  }
}

extension ViewChanges {
  /// What pages call the setting that is changed; of layers the first part that is another than before.
  func field(before settings: ViewSettings) -> String? {
    let named: [(String, Bool)] = [
      ("data", data != nil), ("noise", noise != nil), ("optimizer", optimizer != nil), ("momentum", momentum != nil),
      ("l1", l1 != nil), ("l2", l2 != nil), ("initializer", initializer != nil), ("learning_rate", learningRate != nil),
      ("batch", batch != nil), ("epochs", epochs != nil), ("loss", loss != nil), ("pace", pace != nil),
    ]
    if let field = named.first(where: { $0.1 })?.0 { return field }
    guard let layers else { return nil }
    let before = settings.configuration.network.layers
    guard layers.count == before.count else { return "layers" }
    for (index, (layer, old)) in zip(layers, before).enumerated() {
      if !old.isPool, layer.neurons != old.neurons { return "layer-\(index)-neurons" }
      if let kernel = layer.kernel, let window = old.window, kernel != window.kernel.words {
        return "layer-\(index)-kernel"
      }
      if old.activations.count == 1, layer.activation != old.activations[0].name { return "layer-\(index)-activation" }
    }
    return "layers"
  }
}
