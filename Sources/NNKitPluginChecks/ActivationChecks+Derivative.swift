import NNKit

// Whether `backward` is the derivative of `evaluate`.

extension ActivationChecks {
  func derivative(_ count: Int) throws -> Int {
    let kinks = try kinks()
    let points = CheckPoints.z(count, kinks: kinks)
    if activation.isWholeLayer {
      return try wholeLayerDerivative(points) + (count >= 10_000 ? largeLayerDerivative() : 0) + linearity(points)
    }
    return try derivative(points, kinks) + linearity(points) + otherKinks(kinks, cells: count / 2)
  }

  private func derivative(_ points: [Double], _ kinks: [Double]) throws -> Int {
    var random = RandomSource(seed: 10)
    var tally = VerdictTally()
    // Where a function fades away, 1 + tanh z, it is as rough as what it is made of.
    let usual = points.filter { abs($0) <= 12 }
    let size = try min(1, evaluate(usual).reduce(0) { $1.isFinite ? max($0, abs($1)) : $0 })
    let spacing = zip(kinks.sorted().dropFirst(), kinks.sorted()).map { $0 - $1 }.filter { $0 > 0 }.min()
    for z in blocks(points) {
      let received = z.map { _ in (random.uniform() < 0.5 ? -1 : 1) * (0.5 + 1.5 * random.uniform()) }
      let a = try evaluate(z)
      let delta = try backward(z, a, received)
      for index in z.indices where a[index].isFinite {
        var differences = CentralDifference(kinks: kinks)
        // One that has named as many kinks as there can be may have more of the same beyond.
        if kinks.count >= ActivationShape.greatestKinkCount, let low = kinks.min(), let high = kinks.max(),
          z[index] < low || z[index] > high, let spacing
        {
          differences.greatestStep = spacing / 8
          differences.mayHaveOtherKinks = true
        }
        calling(setting("evaluate at and around z = \(z[index])"))
        let noise = size * min(1, abs(z[index]))
        let verdict = try differences.verdict(delta[index], at: z[index], noise: noise) { z in
          try evaluate(z, announces: false).map { received[index] * $0 }
        }
        try tally.take(verdict) { difference in
          Finding(
            setting(called("backward", [("z", z[index]), ("a", a[index]), ("received", received[index])])),
            found: "\(delta[index])",
            expected: "\(difference), a central difference of evaluate there (a kink is to be named by describe)")
        }
      }
    }
    try tally.expectMostKnown(called: setting("evaluate"), smooth: "a function smooth between the kinks it names,")
    return points.count
  }

  /// δ = Jᵀ · received is the derivative of Σ received · a.
  private func wholeLayerDerivative(_ points: [Double]) throws -> Int {
    var random = RandomSource(seed: 10)
    var tally = VerdictTally()
    for z in blocks(points) {
      try compare(z, z.map { _ in random.normal() }, Array(z.indices), &tally)
    }
    try tally.expectMostKnown(allowance: 2, called: setting("evaluate"), smooth: "a smooth function")
    return tally.count
  }

  /// Layers as large as they may be: the first neuron, the last, some between and the greatest.
  private func largeLayerDerivative() throws -> Int {
    var random = RandomSource(seed: 27)
    var tally = VerdictTally()
    for neurons in [2000, 10_000] {
      let z = (0..<neurons).map { _ in 2 * random.normal() }
      let greatest = z.indices.max { z[$0] < z[$1] } ?? 0
      let some = [0, 1, neurons / 3, neurons / 2, neurons - 2, neurons - 1, greatest]
      try compare(z, z.map { _ in random.normal() }, some, &tally)
    }
    return tally.count
  }

  private func compare(
    _ z: [Double], _ received: [Double], _ indices: [Int], _ tally: inout VerdictTally
  ) throws {
    let a = try evaluate(z)
    let delta = try backward(z, a, received)
    let noise = zip(received, a).reduce(0) { max($0, abs($1.0 * $1.1)) }
    for index in indices {
      calling(setting("evaluate with z[\(index)] moved from z = \(listed(z))"))
      // A function of a layer cannot name its kinks, which lie between its neurons.
      let differences = CentralDifference(mayHaveOtherKinks: true)
      let verdict = try differences.verdict(delta[index], at: z[index], noise: noise) { moved in
        try moved.map { value in
          var z = z
          z[index] = value
          return zip(received, try evaluate(z, announces: false)).reduce(0) { $0 + $1.0 * $1.1 }
        }
      }
      try tally.take(verdict) { difference in
        Finding(
          setting("backward(z: \(listed(z)), received: \(listed(received)))"), found: "δ[\(index)] = \(delta[index])",
          expected: "\(difference), a central difference of Σ received·a")
      }
    }
  }

  /// What comes back is in proportion to what was received, whatever its sign and size.
  private func linearity(_ points: [Double]) throws -> Int {
    var count = 0
    let factors = [-1, 1e4, -1e10, 1e-8, 0]
    for (number, z) in blocks(points).enumerated() {
      let factor = factors[number % factors.count]
      let a = try evaluate(z)
      let ones = z.indices.map { activation.isWholeLayer && $0 % 3 == 1 ? -0.5 : 1.0 }
      let (one, more) = (try backward(z, a, ones), try backward(z, a, ones.map { $0 * factor }))
      let rounding = 1e-10 * abs(factor) * one.filter(\.isFinite).reduce(1) { max($0, abs($1)) }
      for index in z.indices where one[index].isFinite && (one[index] * factor).isFinite {
        let expected = one[index] * factor
        guard abs(more[index] - expected) <= 1e-9 * abs(expected) + rounding else {
          throw Finding(
            setting(
              called("backward", [("z", z[index]), ("a", a[index]), ("received", ones[index] * factor)])),
            found: "\(more[index])",
            expected: "\(expected), \(factor) times what it gives for received: \(ones[index])")
        }
      }
      count += z.count
    }
    return count
  }

  private func otherKinks(_ kinks: [Double], cells: Int) throws -> Int {
    var count = 0
    let search = KinkSearch(kinks: kinks) { z in
      count += z.count
      let a = try evaluate(z)
      return (a, try backward(z, a, z.map { _ in 1 }))
    }
    if let place = try search.places(cells: cells).first {
      let what = place.isJump ? "evaluate" : "backward (received: 1)"
      throw Finding(
        setting("\(what) on both sides of z = \(place.z)"), found: "\(place.left) and \(place.right)",
        expected: "no jump where describe names no kink (it names \(kinks.isEmpty ? "none" : "\(kinks)"))")
    }
    return count
  }
}
