internal import CKernels

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
/// Sample 4k + i of a batch, for neuron j at position p, has number i of the four that Philox makes of the counter
/// (k, j · positions + p, layer, batch): it is dropped where that number is less than p · 2³².
struct DropoutMask<Scalar: NetworkScalar> {
  private let drawing: nnk_dropout
  private let positions: Int

  init(_ moment: DropoutMoment, layer: Int, rate: Double, positions: Int, samples: Int) {
    var random = RandomSource(seed: moment.seed, stream: RandomSource.dropoutStream)
    // A training of 2³² batches or more has its batches' higher part in the layer's word.
    let high = UInt32(truncatingIfNeeded: moment.batch >> 32) << 16
    drawing = nnk_dropout(
      key: random.next(), layer: UInt32(truncatingIfNeeded: layer) ^ high,
      batch: UInt32(truncatingIfNeeded: moment.batch), first_row: 0, threshold: UInt32(min(rate * 0x1p32, 0x1p32 - 1)),
      scale: 1 / (1 - rate), first_sample: moment.firstSample, samples: samples)
    self.positions = positions
  }

  /// to = from · mask, for all columns of some neurons; both may be the same.
  func apply(_ neurons: Range<Int>, from: UnsafePointer<Scalar>, to: UnsafeMutablePointer<Scalar>) {
    var drawing = drawing
    let (first, rows) = (neurons.lowerBound * positions, neurons.count * positions)
    drawing.first_row = UInt32(truncatingIfNeeded: first)
    Scalar._kernels.drop(drawing, rows, from + first * drawing.samples, to + first * drawing.samples)
  }
}
