import NNKit

/// Looks for places where an elementwise function jumps, or its derivative, that are not declared.
///
/// The stretches between points close together are halved over and over, each time keeping the half in which more happens:
/// where a function is smooth less and less does, at a kink as much as before.
struct KinkSearch {
  struct Place {
    let z: Double
    /// Whether it is f that jumps there, not its derivative alone.
    let isJump: Bool
    let left: Double
    let right: Double
  }

  /// Named kinks.
  let kinks: [Double]
  /// Values and derivatives at many points.
  let function: ([Double]) throws -> (values: [Double], slopes: [Double])

  private struct End {
    var z, value, slope: Double
    var isFinite: Bool { value.isFinite && slope.isFinite }
  }

  private struct Stretch {
    var left, right: End
    /// What happened in it at the beginning.
    var first = 0.0

    /// How far the value is from where slopes lead it; or how far the slopes are apart.
    func change(isOfValue: Bool) -> Double {
      guard isOfValue else { return abs(right.slope - left.slope) }
      return abs(right.value - left.value - (right.z - left.z) * (left.slope / 2 + right.slope / 2))
    }

    /// What is no more than rounding, and what follows from that.
    var least: Double {
      let size = max(abs(left.value), abs(right.value), max(abs(left.slope), abs(right.slope)) * min(1, abs(left.z)))
      return 1e-7 * size + 64 * .ulpOfOne * max(1, abs(left.z))
    }
  }

  /// The kinks and jumps found between −10⁵ and 10⁵.
  ///
  /// - Parameter cells: Into how many stretches −12…12 is cut; those far out grow with their distance.
  /// - Returns: Where they are, jumps of f first.
  /// - Throws: What the function throws.
  func places(cells: Int) throws -> [Place] {
    let stretches = try stretches(cells: cells)
    return try places(stretches, isOfValue: true) + places(stretches, isOfValue: false)
  }

  private func ends(_ z: [Double]) throws -> [End] {
    let (values, slopes) = try function(z)
    return z.indices.map { End(z: z[$0], value: values[$0], slope: slopes[$0]) }
  }

  private func stretches(cells: Int) throws -> [Stretch] {
    // Kinks are round numbers: points that are none lie on either side of them.
    var points = (0...cells).map { -12 + 24 * (Double($0) + 0.382) / Double(cells) }
    var far = 12.7
    while far < 1e5 {
      points += [-far, far]
      far *= 1.09
    }
    for kink in kinks {
      let near = 1e-9 * max(1, abs(kink))
      points += [kink - near, kink + near]
    }
    let ends = try ends(points.sorted())
    // One that has named as many as there can be may have more of the same beyond.
    let named =
      kinks.count < ActivationShape.greatestKinkCount
      ? nil : kinks.min().flatMap { low in kinks.max().map { low...$0 } }
    return zip(ends, ends.dropFirst()).compactMap { left, right in
      if kinks.contains(where: { $0 >= left.z && $0 <= right.z }) || !left.isFinite || !right.isFinite { return nil }
      if let named, left.z < named.lowerBound || right.z > named.upperBound { return nil }
      return Stretch(left: left, right: right)
    }
  }

  private func places(_ all: [Stretch], isOfValue: Bool) throws -> [Place] {
    var stretches = all.compactMap { stretch in
      var stretch = stretch
      stretch.first = stretch.change(isOfValue: isOfValue)
      return stretch.first > stretch.least ? stretch : nil
    }
    for _ in 0..<60 where !stretches.isEmpty {
      let middles = try ends(stretches.map { $0.left.z / 2 + $0.right.z / 2 })
      stretches = zip(stretches, middles).compactMap { stretch, middle in
        guard middle.isFinite else { return nil }
        guard middle.z > stretch.left.z, middle.z < stretch.right.z else { return stretch }
        let low = Stretch(left: stretch.left, right: middle, first: stretch.first)
        let high = Stretch(left: middle, right: stretch.right, first: stretch.first)
        let half = low.change(isOfValue: isOfValue) > high.change(isOfValue: isOfValue) ? low : high
        // Much less than at first, and ever less: smooth.
        return half.change(isOfValue: isOfValue) > max(half.least, 1e-3 * half.first) ? half : nil
      }
    }
    return stretches.map {
      Place(
        z: $0.left.z / 2 + $0.right.z / 2, isJump: isOfValue, left: isOfValue ? $0.left.value : $0.left.slope,
        right: isOfValue ? $0.right.value : $0.right.slope)
    }
  }
}
