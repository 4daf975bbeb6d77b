/// Which masks a training pass draws: they follow from these numbers alone, whatever was drawn before.
package struct DropoutMoment: Equatable, Sendable {
  /// What all masks of a training follow from.
  package let seed: UInt64
  /// How many batches came before, in all epochs.
  package let batch: Int
  /// Which of the batch's samples the pass begins with: a rank has a part of a batch.
  package let firstSample: Int

  package init(seed: UInt64, batch: Int, firstSample: Int = 0) {
    (self.seed, self.batch, self.firstSample) = (seed, batch, firstSample)
  }
}

/// Which outputs of a layer are dropped in one pass.
///
/// Sample 4k + i of a batch, for neuron j at position p, has number i of the four that Philox makes of the counter (k, j · positions + p,
/// layer, batch): it is dropped where that number is less than p · 2³².
struct DropoutMask<Scalar: NetworkScalar> {
  private let philox: Philox
  private let (layer, batch): (UInt32, UInt32)
  private let threshold: UInt32
  private let scale: Scalar
  private let (positions, samples, firstSample): (Int, Int, Int)

  init(_ moment: DropoutMoment, layer: Int, rate: Double, positions: Int, samples: Int) {
    var random = RandomSource(seed: moment.seed, stream: RandomSource.dropoutStream)
    philox = Philox(key: random.next())
    // A training of 2³² batches or more has its batches' higher part in the layer's word.
    let high = UInt32(truncatingIfNeeded: moment.batch >> 32) << 16
    (self.layer, batch) = (UInt32(truncatingIfNeeded: layer) ^ high, UInt32(truncatingIfNeeded: moment.batch))
    threshold = UInt32(min(rate * 0x1p32, 0x1p32 - 1))
    scale = Scalar(1 / (1 - rate))
    (self.positions, self.samples, firstSample) = (positions, samples, moment.firstSample)
  }

  /// to = from · mask, for all columns of a neuron; both may be the same.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func apply(neuron: Int, from: UnsafePointer<Scalar>, to: UnsafeMutablePointer<Scalar>) {
    for position in 0..<positions {
      let (from, to) = (from + position * samples, to + position * samples)
      let feature = UInt32(truncatingIfNeeded: neuron * positions + position)
      for four in firstSample / 4..<(firstSample + samples + 3) / 4 {
        let numbers = philox.numbers(SIMD4(UInt32(truncatingIfNeeded: four), feature, layer, batch))
        let first = 4 * four - firstSample
        for index in max(0, -first)..<min(4, samples - first) {
          to[first + index] = numbers[index] < threshold ? 0 : from[first + index] * scale
        }
      }
    }
  }
}
