/// How the learning rate changes over the epochs; it is applied batch by batch, so epochs are counted in fractions.
public struct Schedule: Configurable, Codable {
  /// How the learning rate changes after the warm-up.
  public var shape: any Shape {
    get { anyShape.shape }
    set { anyShape.shape = newValue }
  }
  private var anyShape: AnyShape
  /// For how many epochs the learning rate first rises evenly to the optimizer's.
  public var warmup: Double

  /// Its settings, in the order in which they are shown.
  public static let settings: [Setting<Self>] = [
    Setting("warmup", \.warmup, .atLeast(0), "for how many epochs the learning rate first rises evenly")
  ]

  /// A schedule of a shape, with a warm-up.
  public init(_ shape: any Shape = .constant, warmup: Double = 0) {
    anyShape = AnyShape(shape)
    self.warmup = warmup
  }

  /// A way in which the learning rate changes.
  ///
  /// In formulas t is the number of epochs since the warm-up, T how many there are after it, and r the optimizer's
  /// learning rate.
  public protocol Shape: NamedConfigurable {
    /// Whether the learning rate depends on how many epochs there are in all, and not only on those before.
    static var dependsOnEpochs: Bool { get }
    /// The figure that it watches; nil if it watches none.
    var watched: EarlyStopping.Metric? { get }

    func learningRate(at moment: Moment) -> Double
    /// Takes note of an epoch that has ended; `base` is r.
    func endEpoch(_ report: EpochReport, base: Double, _ state: inout State)
    /// The learning rate as a formula, and the same as `nnkit/plugin.h` says formulas are written.
    func formula(at moment: Moment) -> (shown: String, read: String)
    /// What more there is to say about the learning rate in an explanation.
    var words: String? { get }
  }

  /// What the learning rate of a batch depends on.
  public struct Moment: Sendable {
    /// r.
    public let base: Double
    /// t, with fractions of an epoch.
    public let epoch: Double
    /// T.
    public let epochs: Double
    /// What the schedule has seen so far.
    public let state: State
  }

  /// What a shape that watches a figure keeps from epoch to epoch.
  public struct State: Codable, Equatable, Sendable {
    /// The learning rate, once it is another one than the optimizer's.
    public var learningRate: Double?
    /// The figure that is watched.
    public var metric: EarlyStopping.Metric?
    /// The best figure so far; nil before the first.
    public var best: Double?
    /// How many epochs ago that was.
    public var epochsSinceBest = 0
    /// For how many epochs the shape rests.
    public var cooldown = 0

    /// With the default settings.
    public init() {}

    /// A file may claim anything.
    var isPossible: Bool {
      epochsSinceBest >= 0 && cooldown >= 0 && (learningRate ?? 0) >= 0 && (learningRate ?? 0).isFinite
    }
  }

  /// Whether every batch has the optimizer's learning rate.
  package var isConstant: Bool { shape is Constant && warmup == 0 }
  /// What a configuration calls its shape.
  package var name: String { type(of: shape).name }
  package var dependsOnEpochs: Bool { type(of: shape).dependsOnEpochs }

  /// The learning rate of a batch.
  ///
  /// - Parameters:
  ///   - base: The optimizer's learning rate.
  ///   - batch: The batch's number from 0, over all epochs.
  ///   - batchesPerEpoch: How many batches an epoch has.
  ///   - epochs: How many epochs there are in all.
  ///   - state: What the shape has kept of the epochs before.
  /// - Returns: The learning rate.
  public func learningRate(
    base: Double, batch: Int, batchesPerEpoch: Int, epochs: Int, state: State = State()
  ) -> Double {
    let position = Double(batch) / Double(batchesPerEpoch)
    if position < warmup { return base * min(1, Double(batch + 1) / (warmup * Double(batchesPerEpoch))) }
    return shape.learningRate(
      at: moment(base: base, position: position, batchesPerEpoch: batchesPerEpoch, epochs: epochs, state: state))
  }

  /// The moment at which there were `position` epochs before, with fractions.
  package func moment(
    base: Double, position: Double, batchesPerEpoch: Int, epochs: Int, state: State = State()
  ) -> Moment {
    Moment(
      base: base, epoch: position - warmup, epochs: max(Double(epochs) - warmup, 1 / Double(batchesPerEpoch)),
      state: state)
  }

  /// Takes note of an epoch, from 0, that has ended; those of the warm-up do not count.
  func endEpoch(_ report: EpochReport, base: Double, _ state: inout State?) {
    guard shape.watched != nil, Double(report.epoch + 1) > warmup else { return }
    var next = state ?? State()
    shape.endEpoch(report, base: base, &next)
    state = next
  }

  func checkSchedule() throws(NetworkError) {
    try check("schedule.")
    try shape.check("schedule.")
  }

  /// The shapes that a configuration can name.
  public static let shapes: [any Shape.Type] = [Constant.self, Step.self, Exponential.self, Cosine.self, Plateau.self]

  private enum CodingKeys: String, CodingKey {
    case anyShape = "shape"
    case warmup
  }

  /// A shape of whatever type, to compare and to store.
  private struct AnyShape: Hashable, Codable, Sendable {
    var shape: any Shape

    init(_ shape: any Shape) { self.shape = shape }

    static func == (left: AnyShape, right: AnyShape) -> Bool { AnyHashable(left.shape) == AnyHashable(right.shape) }
    func hash(into hasher: inout Hasher) { hasher.combine(AnyHashable(shape)) }
    func encode(to encoder: any Encoder) throws { try NamedSettings.encode(shape, to: encoder) }

    init(from decoder: any Decoder) throws {
      guard let shape = try NamedSettings.decode(from: decoder, among: Schedule.shapes) as? any Shape else {
        throw NetworkError("what is stored is not a schedule", .setting)
      }
      self.shape = shape
    }
  }
}

extension Schedule.Shape {
  /// False, unless a shape says otherwise.
  public static var dependsOnEpochs: Bool { false }
  /// The figure that it watches; nil if it watches none.
  public var watched: EarlyStopping.Metric? { nil }
  /// One sentence on where it stands; nil if there is nothing to say.
  public var words: String? { nil }
  /// Nothing: only schedules that watch a figure count epochs.
  public func endEpoch(_ report: EpochReport, base: Double, _ state: inout Schedule.State) {}
}
