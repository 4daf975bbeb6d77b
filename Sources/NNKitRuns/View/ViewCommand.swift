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
  /// The neuron that it shows in full; empty for none.
  package var select: [Int]?

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
  /// The plugin folders have changed.
  case plugins
}

/// Settings that a page changes; what is nil stays.
package struct ViewChanges: Decodable, Sendable {
  package struct Layer: Decodable, Equatable, Sendable {
    package var neurons: Int
    package var activation: String
    /// Which layer it was before, from 0; nil for a new one.
    package var was: Int?
  }

  package var rate: Double?
  package var batch: Int?
  package var epochs: Int?
  package var loss: String?
  /// All layers, the last one too.
  package var layers: [Layer]?
  /// Epochs a second at most; 0 for full speed.
  package var pace: Double?
}
