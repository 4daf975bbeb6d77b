// Dropout: in training each neuron is silent with a probability p, and says a / (1 − p) otherwise. It is the layer's act,
// after all its neurons have responded: the same whatever runs them.

/// Which masks a training pass draws: they follow from these numbers alone, whatever was drawn before.
package struct DropoutMoment: Equatable, Sendable {
  /// What all masks of a training follow from.
  package let seed: UInt64
  /// How many batches came before, in all epochs.
  package let batch: Int

  package init(seed: UInt64, batch: Int) { (self.seed, self.batch) = (seed, batch) }
}

extension Network {
  /// Holds the rates of dropout to what they can be.
  package func checkDropout() throws {
    for (index, layer) in layers.enumerated() where layer.dropout != 0 {
      guard layer.dropout > 0, layer.dropout < 1 else {
        throw NetworkError(
          "layer \(index): the dropout is \(layer.dropout), expected 0 or more and less than 1", .setting)
      }
      guard layer !== output else {
        throw NetworkError(
          "layer \(index): the last layer has dropout, but its outputs are the network's answer; give it to the layer"
            + " before", .setting)
      }
    }
  }
}

extension Layer {
  /// What the layers behind hear: the outputs, in training without those that are dropped.
  var signal: Inputs<Scalar> {
    Inputs(outputs: storage.moment == nil ? storage.outputs : storage.dropped ?? storage.outputs, positions: positions)
  }

  /// Makes what the layers behind hear, where this pass drops outputs.
  func dropOutputs(_ pass: PassContext) {
    storage.moment = dropout > 0 ? pass.moment : nil
    guard let moment = storage.moment else { return }
    let columns = storage.outputs.columns
    let dropped = PatchRoom.sized(&storage.dropped, rows: neurons.count, columns: columns)
    let (mask, from, to) = (mask(moment), storage.outputs.base, dropped.base)
    pass.workers.share(neurons.count, atLeast: 4096 / max(1, columns), multiple: 1) { rows in
      for row in rows { mask.apply(neuron: row, from: from + row * columns, to: to + row * columns) }
    }
  }

  /// Takes what silent neurons received back out, before δ is computed from it.
  func dropReceived(_ pass: PassContext) {
    guard let moment = storage.moment else { return }
    let (columns, received) = (storage.received.columns, storage.received.base)
    let mask = mask(moment)
    pass.workers.share(neurons.count, atLeast: 4096 / max(1, columns), multiple: 1) { rows in
      for row in rows { mask.apply(neuron: row, from: received + row * columns, to: received + row * columns) }
    }
  }

  private func mask(_ moment: DropoutMoment) -> DropoutMask<Scalar> {
    DropoutMask(
      moment, layer: parameters[0].layer, rate: dropout, positions: positions,
      samples: storage.outputs.columns / positions)
  }
}

/// Which outputs of a layer are dropped in one pass.
///
/// Sample 4k + i of neuron j at position p has number i of the four that Philox makes of the counter (k, j · positions + p,
/// layer, batch): it is dropped where that number is less than p · 2³².
struct DropoutMask<Scalar: NetworkScalar> {
  private let philox: Philox
  private let (layer, batch): (UInt32, UInt32)
  private let threshold: UInt32
  private let scale: Scalar
  private let (positions, samples): (Int, Int)

  init(_ moment: DropoutMoment, layer: Int, rate: Double, positions: Int, samples: Int) {
    var random = RandomSource(seed: moment.seed, stream: RandomSource.dropoutStream)
    philox = Philox(key: random.next())
    // A training of 2³² batches or more has its batches' higher part in the layer's word.
    let high = UInt32(truncatingIfNeeded: moment.batch >> 32) << 16
    (self.layer, batch) = (UInt32(truncatingIfNeeded: layer) ^ high, UInt32(truncatingIfNeeded: moment.batch))
    threshold = UInt32(min(rate * 0x1p32, 0x1p32 - 1))
    scale = Scalar(1 / (1 - rate))
    (self.positions, self.samples) = (positions, samples)
  }

  /// to = from · mask, for all columns of a neuron; both may be the same.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func apply(neuron: Int, from: UnsafePointer<Scalar>, to: UnsafeMutablePointer<Scalar>) {
    for position in 0..<positions {
      let (from, to) = (from + position * samples, to + position * samples)
      let feature = UInt32(truncatingIfNeeded: neuron * positions + position)
      for first in Swift.stride(from: 0, to: samples, by: 4) {
        let numbers = philox.numbers(SIMD4(UInt32(truncatingIfNeeded: first / 4), feature, layer, batch))
        for index in 0..<min(4, samples - first) {
          to[first + index] = numbers[index] < threshold ? 0 : from[first + index] * scale
        }
      }
    }
  }
}

/// Random numbers from a counter: the same counter gives the same numbers, in any order and on any thread.
///
/// Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
package struct Philox {
  private let key: SIMD2<UInt32>

  package init(key: UInt64) {
    self.key = SIMD2(UInt32(truncatingIfNeeded: key), UInt32(truncatingIfNeeded: key >> 32))
  }

  /// Four numbers of 32 bits.
  @inline(__always)
  package func numbers(_ counter: SIMD4<UInt32>) -> SIMD4<UInt32> {
    var (c0, c1, c2, c3) = (counter[0], counter[1], counter[2], counter[3])
    var (k0, k1) = (key[0], key[1])
    for _ in 0..<10 {
      let (a, b) = (UInt64(0xD251_1F53) * UInt64(c0), UInt64(0xCD9E_8D57) * UInt64(c2))
      (c0, c1, c2, c3) = (
        UInt32(truncatingIfNeeded: b >> 32) ^ c1 ^ k0, UInt32(truncatingIfNeeded: b),
        UInt32(truncatingIfNeeded: a >> 32) ^ c3 ^ k1, UInt32(truncatingIfNeeded: a)
      )
      (k0, k1) = (k0 &+ 0x9E37_79B9, k1 &+ 0xBB67_AE85)
    }
    return SIMD4(c0, c1, c2, c3)
  }
}
