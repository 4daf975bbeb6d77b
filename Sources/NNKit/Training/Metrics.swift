/// How well a network does on some samples.
public struct Metrics: Codable, Equatable, Sendable {
  /// The mean over the samples, without regularization.
  public let loss: Double
  /// The share of samples whose class is found, in 0...1; nil where targets are not classes.
  public let accuracy: Double?
  /// How many outputs are off by the limit of `TrainingStop` or more; nil where that is not counted.
  public let bitFail: Int?

  package init(loss: Double, accuracy: Double?, bitFail: Int? = nil) {
    self.loss = loss
    self.accuracy = accuracy
    self.bitFail = bitFail
  }
}

/// What is known while an epoch runs.
public struct BatchProgress: Sendable {
  /// The epoch and the batch that just ended, from 0, and how many batches an epoch has.
  public let epoch: Int
  /// The batch that has ended, from 1.
  public let batch: Int
  /// How many batches an epoch has.
  public let batches: Int
  /// Running means over the epoch's samples so far.
  public let metrics: Metrics
}

/// What an epoch gave.
public struct EpochReport: Sendable {
  /// From 0.
  public let epoch: Int
  /// Running means over the epoch's samples, each seen before its batch's step.
  public let train: Metrics
  /// Measured after the epoch.
  public package(set) var validation: Metrics?
  /// The figures on the test data, if they were measured.
  public package(set) var test: Metrics?
  /// The learning rate of the epoch's last step.
  public let learningRate: Double
  /// How long the training took, without the measuring after it.
  public let duration: Duration
  /// On how many samples it trained.
  public let samples: Int

  package init(
    epoch: Int, train: Metrics, validation: Metrics? = nil, test: Metrics? = nil, learningRate: Double,
    duration: Duration, samples: Int
  ) {
    self.epoch = epoch
    self.train = train
    self.validation = validation
    self.test = test
    self.learningRate = learningRate
    self.duration = duration
    self.samples = samples
  }

  /// The former name of `learningRate`.
  @available(*, deprecated, renamed: "learningRate")
  public var rate: Double { learningRate }
  /// How long the epoch took.
  public var seconds: Double { duration / .seconds(1) }
  /// Samples trained on in a second.
  public var samplesPerSecond: Double { seconds > 0 ? Double(samples) / seconds : 0 }
}

/// Losses, hits and samples so far.
struct TallySums: Codable, Equatable, Sendable {
  var loss = 0.0
  var hits = 0
  var samples = 0
  /// Nil in checkpoints of earlier versions.
  var bitFails: Int?
}

/// Adds up losses and hits.
struct Tally<Scalar: NetworkScalar> {
  private let rule: HitRule
  let countsHits: Bool
  /// How far off an output is that counts as a bit fail; nil if they are not counted.
  private let bitFailLimit: Double?
  private(set) var sums: TallySums

  init(loss: Loss, countsHits: Bool, bitFailLimit: Double? = nil, sums: TallySums = TallySums()) {
    rule = HitRule(loss)
    self.bitFailLimit = bitFailLimit
    self.countsHits = countsHits
    self.sums = sums
  }

  var metrics: Metrics {
    let count = Double(max(1, sums.samples))
    return Metrics(
      loss: sums.loss / count, accuracy: countsHits ? Double(sums.hits) / count : nil,
      bitFail: bitFailLimit == nil ? nil : sums.bitFails ?? 0)
  }

  mutating func add(loss: Double, outputs: Matrix<Scalar>, targets: Matrix<Scalar>) {
    sums.loss += loss
    sums.samples += outputs.columns
    if countsHits { sums.hits += rule.hits(outputs, targets) }
    if let bitFailLimit {
      sums.bitFails = (sums.bitFails ?? 0) + Self.bitFails(outputs, targets, limit: bitFailLimit)
    }
  }

  /// The same rules, before the first sample.
  var emptied: Tally { Tally(copying: self) }

  private init(copying other: Tally) {
    (rule, bitFailLimit, countsHits, sums) = (other.rule, other.bitFailLimit, other.countsHits, TallySums())
  }

  /// Adds what all ranks have.
  mutating func add(_ more: TallySums) {
    sums.loss += more.loss
    sums.samples += more.samples
    if countsHits { sums.hits += more.hits }
    if bitFailLimit != nil { sums.bitFails = (sums.bitFails ?? 0) + (more.bitFails ?? 0) }
  }

  /// How many outputs are not nearer to their targets than `limit`; one that is not a number is not.
  private static func bitFails(_ outputs: Matrix<Scalar>, _ targets: Matrix<Scalar>, limit: Double) -> Int {
    (0..<outputs.count).count { !(abs(Double(outputs.base[$0]) - Double(targets.base[$0])) < limit) }
  }

  /// The losses of single samples; their hits are counted apart.
  mutating func add(losses: Row<Double>) {
    for index in losses.indices { sums.loss += losses.base[index] }
    sums.samples += losses.count
  }

  /// Counts the answer to one sample if it is right.
  mutating func count(_ answer: Row<Scalar>, target: Row<Scalar>) {
    if rule.classIndex(answer) == rule.classIndex(target) { sums.hits += 1 }
  }
}

/// When an answer counts as right: several outputs, if the largest is that of the largest target; a single one, if it is
/// nearer to the right one of the loss's off and on values.
package struct HitRule {
  private let middle: Double
  /// Whether a greater output speaks for the class.
  package let onIsGreater: Bool

  package init(_ loss: Loss) {
    middle = (loss.targetOff + loss.targetOn) / 2
    onIsGreater = loss.targetOn > loss.targetOff
  }

  /// The class that column `c` of an outputs × columns matrix stands for.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  package func classIndex<Scalar: NetworkScalar>(_ matrix: Matrix<Scalar>, column: Int) -> Int {
    classIndex(matrix.base + column, count: matrix.rows, stride: matrix.columns)
  }

  /// The class that one sample's outputs or targets stand for.
  package func classIndex<Scalar: NetworkScalar>(_ row: Row<Scalar>) -> Int {
    classIndex(row.base, count: row.count, stride: 1)
  }

  /// Whether an output or a target is nearer to "of this class" than to "not of this class".
  package func isOn<Scalar: NetworkScalar>(_ value: Scalar) -> Bool { (Double(value) > middle) == onIsGreater }

  private func classIndex<Scalar: NetworkScalar>(_ values: UnsafePointer<Scalar>, count: Int, stride: Int) -> Int {
    if count == 1 { return isOn(values[0]) ? 1 : 0 }
    var best = 0
    for index in 1..<count where values[index * stride] > values[best * stride] { best = index }
    return best
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func hits<Scalar: NetworkScalar>(_ outputs: Matrix<Scalar>, _ targets: Matrix<Scalar>) -> Int {
    (0..<outputs.columns).count { classIndex(outputs, column: $0) == classIndex(targets, column: $0) }
  }
}
