/// How images are changed before a network trains on them, so that it does not learn each one by heart.
///
///     let images = try samples.augmented(by: Augmentation(shift: 1, flip: .horizontal), channels: 1, height: 28, width: 28)
///
/// Each image is changed differently in each epoch. What is drawn follows from the training's seed, the epoch and the
/// sample's number alone. Only trainings change images; whatever measures a network reads them as they are.
public struct Augmentation: Configurable {
  /// Along which axis images are mirrored, half of the time.
  public enum Flip: String, CaseIterable, Sendable {
    case none
    /// Left and right change places.
    case horizontal
    /// Top and bottom change places.
    case vertical
    /// Each of the two, independently.
    case both
  }

  /// By how many pixels at most an image moves down or up, and to the right or left.
  ///
  /// All whole numbers of pixels up to it are equally likely. An image of height 1, a signal, moves along it alone.
  public var shift: Int
  /// How images are mirrored.
  public var flip: Flip
  /// By how many degrees at most an image turns about its centre, in either direction.
  ///
  /// All angles up to it are equally likely; a pixel is interpolated between the four around its place (bilinear).
  public var rotate: Double
  /// Whether shifts are made once, in the place of being drawn.
  ///
  /// There is each image then, and it shifted by `shift` pixels down, up, right and left, which is five times the samples
  /// (expand_mnist.py of Michael Nielsen's "Neural Networks and Deep Learning"). Flips and angles are drawn all the same.
  public var expand: Bool

  /// With what is changed.
  public init(shift: Int = 0, flip: Flip = .none, rotate: Double = 0, expand: Bool = false) {
    (self.shift, self.flip, self.rotate, self.expand) = (shift, flip, rotate, expand)
  }

  /// Its settings, in the order in which they are shown.
  public static let settings: [Setting<Self>] = [
    Setting("shift", \.shift, 0...10_000, "by how many pixels at most images move, up or down and to a side"),
    Setting("flip", \.flip, "how images are mirrored, half of the time"),
    Setting("rotate", \.rotate, .from(0, below: 360), "by how many degrees at most images turn, in either direction"),
    Setting("expand", \.expand, "makes shifts once: each image and four that are shifted, five times the samples"),
  ]

  /// Why the settings cannot be used together; nil if they can.
  public var conflict: String? {
    expand && shift == 0 ? "`expand` adds shifted images, so `shift` has to be at least 1" : nil
  }

  /// Whether something is drawn in each epoch.
  package var draws: Bool { shift > 0 && !expand || flip != .none || rotate > 0 }

  /// Whether it changes anything.
  package var changesAnything: Bool { draws || expand }

  /// What it does, in words: "each epoch: shifted by up to 1 pixel, turned by up to 10 degrees".
  package var words: String {
    let pixels = "\(shift) pixel\(shift == 1 ? "" : "s")"
    let flips: [Flip: String] = [
      .horizontal: "mirrored left to right half of the time", .vertical: "mirrored top to bottom half of the time",
      .both: "mirrored left to right and top to bottom, each half of the time",
    ]
    let drawn = [
      shift > 0 && !expand ? "shifted by up to \(pixels)" : nil, flips[flip],
      rotate > 0 ? "turned by up to \(shortNumber(rotate)) degrees" : nil,
    ].compactMap(\.self)
    let once = expand ? ["each image is there once more for each shift by \(pixels)"] : []
    let all = once + (drawn.isEmpty ? [] : ["differently in each epoch, images are \(drawn.joined(separator: ", "))"])
    return all.isEmpty ? "nothing is changed" : all.joined(separator: "; ")
  }
}

/// Which changes a training draws: they follow from these numbers alone, whatever was drawn before.
package struct AugmentationMoment: Equatable, Sendable {
  package let seed: UInt64
  /// How many epochs came before.
  package let epoch: Int
  /// How many samples other ranks have before the first.
  package let firstSample: Int

  package init(seed: UInt64, epoch: Int, firstSample: Int = 0) {
    (self.seed, self.epoch, self.firstSample) = (seed, epoch, firstSample)
  }
}

/// The augmentation of samples that are images of one shape.
package struct ImageAugmentation: Hashable, Sendable {
  package let settings: Augmentation
  let channels: Int
  let size: ImageSize

  /// - Throws: `NetworkError` that says which setting does not fit the images.
  package init(_ settings: Augmentation, channels: Int, size: ImageSize) throws {
    try settings.check("augmentation.")
    guard channels > 0, size.height > 0, size.width > 0 else {
      throw NetworkError("augmented samples are \(channels) × \(size), expected at least 1 × 1 × 1", .setting)
    }
    let least = size.height == 1 ? size.width : min(size.height, size.width)
    guard settings.shift < least else {
      throw NetworkError(
        "`shift` is \(settings.shift), but the images are \(size), and nothing would be left of them; expected less than"
          + " \(least)", .setting)
    }
    if size.height == 1, settings.rotate > 0 || settings.flip == .vertical || settings.flip == .both {
      let name = settings.rotate > 0 ? "rotate" : "flip"
      throw NetworkError(
        "`\(name)` needs images of more than one row, but a sample is \(channels) × \(size); a signal can be shifted, or"
          + " mirrored by `flip: horizontal`", .setting)
    }
    (self.settings, self.channels, self.size) = (settings, channels, size)
  }

  /// The shifts that `expand` adds: down, up, right and left; of a signal right and left.
  var addedShifts: [ImageChange] {
    guard settings.expand else { return [] }
    let steps = (size.height > 1 ? [(1, 0), (-1, 0)] : []) + [(0, 1), (0, -1)]
    return steps.map { ImageChange(down: $0.0 * settings.shift, right: $0.1 * settings.shift) }
  }

  /// What is drawn for a sample.
  ///
  /// Philox makes four numbers of the counter (sample, sample's higher half, epoch, 0): they are the shift down, the shift to
  /// the right, the two flips, and the angle.
  func change(_ philox: Philox, epoch: Int, sample: Int) -> ImageChange {
    let numbers = philox.numbers(
      SIMD4(
        UInt32(truncatingIfNeeded: sample), UInt32(truncatingIfNeeded: sample >> 32),
        UInt32(truncatingIfNeeded: epoch), 0))
    /// A whole number in -most…most.
    func step(_ number: UInt32, most: Int) -> Int {
      Int((UInt64(number) * UInt64(2 * most + 1)) >> 32) - most
    }
    let most = settings.expand ? 0 : settings.shift
    let (flip, angle) = (settings.flip, 2 * Double(numbers[3]) * 0x1p-32 - 1)
    return ImageChange(
      mirrorsColumns: (flip == .horizontal || flip == .both) && numbers[2] & 1 == 1,
      mirrorsRows: (flip == .vertical || flip == .both) && numbers[2] & 2 == 2,
      degrees: settings.rotate * angle, down: size.height == 1 ? 0 : step(numbers[0], most: most),
      right: step(numbers[1], most: most))
  }

  /// Copies samples with the given numbers, in that order, to `place`: as the moment changes them, and scaled.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func copyRows<Scalar: NetworkScalar>(
    of source: SampleInputs<Scalar>, _ order: UnsafeBufferPointer<Int>, _ moment: AugmentationMoment,
    to place: UnsafeMutablePointer<Scalar>
  ) {
    var random = RandomSource(seed: moment.seed, stream: RandomSource.augmentationStream)
    let philox = Philox(key: random.next())
    let (columns, area) = (source.columns, size.count)
    var raw = [Double](repeating: 0, count: columns)
    var changed = [Double](repeating: 0, count: columns)
    for (number, sample) in order.enumerated() {
      let change = change(philox, epoch: moment.epoch, sample: moment.firstSample + sample)
      source.copyRaw(row: sample, to: &raw)
      for channel in 0..<channels {
        raw.withUnsafeBufferPointer { from in
          changed.withUnsafeMutableBufferPointer { to in
            change.apply(
              from: .init(rebasing: from[channel * area..<(channel + 1) * area]),
              to: .init(rebasing: to[channel * area..<(channel + 1) * area]), size)
          }
        }
      }
      source.scale(changed, to: place + number * columns)
    }
  }
}
