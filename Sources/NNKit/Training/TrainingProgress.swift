/// Where a training stands, beside the numbers of its network and its optimizer.
package struct TrainingProgress: Codable, Sendable {
  /// The epoch that is being trained, from 0, and how many of its batches are done: none means that the one before has
  /// ended and was reported.
  package internal(set) var epoch = 0
  package internal(set) var batch = 0
  /// How many batches are done in all epochs.
  package internal(set) var batches = 0
  /// How many samples an epoch has.
  package internal(set) var samples = 0
  /// As it was at the start of the epoch: the order of the epoch's samples follows from it.
  var random: RandomSource
  /// Of the epoch's batches that are done.
  var sums = TallySums()
  var seconds = 0.0
  var optimizerSteps = 0
  /// Early stopping: the best score so far, and how many epochs in a row have not come up to it.
  var bestScore: Double?
  var epochsSinceBest = 0
  /// The rule that has ended the training, if one has.
  var stop: TrainingStop.Reason?
  /// What a schedule that watches a figure keeps; nil for all others.
  var schedule: Schedule.State?

  init(random: RandomSource) { self.random = random }

  /// Whether a training with so many epochs can stand there.
  func isPossible(epochs: Int) -> Bool {
    0...epochs ~= epoch && 0...samples ~= batch && (epoch < epochs || batch == 0)
      && batch...Int.max / 2 ~= batches && 0...Int.max / 2 ~= samples
      && 0...samples ~= sums.samples && 0...samples ~= sums.hits && 0...1e12 ~= seconds && 0...batches ~= optimizerSteps
      && 0...epochs ~= epochsSinceBest && schedule?.isPossible ?? true
  }

  mutating func startEpoch(_ epoch: Int) {
    self.epoch = epoch
    (batch, sums, seconds) = (0, TallySums(), 0)
  }
}
