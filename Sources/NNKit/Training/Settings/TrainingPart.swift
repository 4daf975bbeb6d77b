/// A part of a training's settings that has a key of its own in a configuration: `regularization: {l2: 0.01}`.
///
/// Reader, writer and checks work from the list `TrainingSettings.parts`.
package struct TrainingPart: Sendable {
  /// The key.
  package let name: String
  /// With the default of every setting.
  package let start: any Configurable
  private let get: @Sendable (TrainingSettings) -> (any Configurable)?
  private let set: @Sendable (inout TrainingSettings, any Configurable) -> Void

  init<Part: Configurable>(
    _ name: String, _ place: any WritableKeyPath<TrainingSettings, Part> & Sendable, _ start: Part
  ) {
    (self.name, self.start) = (name, start)
    get = { $0[keyPath: place] }
    set = { if let part = $1 as? Part { $0[keyPath: place] = part } }
  }

  /// A part that a training may be without.
  init<Part: Configurable>(
    _ name: String, _ place: any WritableKeyPath<TrainingSettings, Part?> & Sendable, _ start: Part
  ) {
    (self.name, self.start) = (name, start)
    get = { $0[keyPath: place] }
    set = { if let part = $1 as? Part { $0[keyPath: place] = part } }
  }

  /// The part of some settings; nil if they are without it.
  package func value(in settings: TrainingSettings) -> (any Configurable)? { get(settings) }

  /// Puts a part, of the type of `start`, into some settings.
  package func put(_ part: any Configurable, into settings: inout TrainingSettings) { set(&settings, part) }
}

extension TrainingSettings {
  /// The parts, in the order in which a configuration is written.
  package static let parts = [
    TrainingPart("regularization", \.regularization, Regularization()),
    TrainingPart("clip", \.clip, GradientClipping.unset),
    TrainingPart("stop", \.stop, TrainingStop()),
  ]

  /// What these settings do to the gradients of each step, in their order.
  public var transforms: [any GradientTransform] {
    Self.parts.compactMap { $0.value(in: self) as? any GradientTransform }
  }
}
