import NNKit
import RealModule

/// What is asked of activation functions alone.
struct ActivationChecks {
  let activation: Activation
  let calling: (String) -> Void

  init(_ activation: Activation, calling: @escaping (String) -> Void) {
    self.activation = activation
    self.calling = calling
  }

  /// Says which parameters a call had, where they are not the defaults.
  func setting(_ text: String) -> String {
    activation.hasDefaultParameters ? text : "\(text) of \(activation)"
  }

  func kinks() throws -> [Double] {
    calling(setting("describe"))
    return try activation.shape().kinks
  }

  /// The range and the kinks that `describe` gives.
  func descriptor() throws -> Int {
    calling("describe")
    let shape = try activation.rawShape()
    guard shape.minimum <= shape.maximum else {
      throw Finding("describe", found: "the range \(shape.minimum)...\(shape.maximum)", expected: "minimum <= maximum")
    }
    guard shape.kinkCount <= ActivationShape.greatestKinkCount else {
      throw Finding(
        "describe", found: "kink_count = \(shape.kinkCount)",
        expected: "at most NNKIT_MAX_KINKS, \(ActivationShape.greatestKinkCount)")
    }
    if let odd = shape.kinks.first(where: { !$0.isFinite }) {
      throw Finding("describe", found: "a kink at \(odd)", expected: "finite kinks")
    }
    return 2 + shape.kinks.count
  }

  // MARK: Numbers

  /// Points as blocks that a function takes: parts of a row, or for a function of the whole layer all its neurons.
  ///
  /// They are small, so that the line about a call that crashes shows all its inputs.
  func blocks(_ points: [Double]) -> [[Double]] {
    guard activation.isWholeLayer else {
      return stride(from: 0, to: points.count, by: 8).map { Array(points[$0..<min($0 + 8, points.count)]) }
    }
    var random = RandomSource(seed: 9)
    return (0..<points.count / 10).map { index in
      // Moderate columns, and columns that are far from 0 or spread wide, by tens or by hundreds.
      let (shift, size) =
        index % 4 == 0 ? (500 * random.normal(), 1.0) : (0, [2, index % 8 == 1 ? 300 : 50, 2, 2][index % 4])
      let neurons = [10, 10, 10, 3, 10, 2, 23][index % 7]
      return (0..<neurons).map { _ in shift + size * random.normal() }
    }
  }

  private func name<Scalar>(_ call: String, _: Scalar.Type) -> String {
    setting(Scalar.self == Float.self ? "\(call)_float" : call)
  }

  /// Calls `evaluate`; the call is not announced if `announces` is false, since an earlier line covers it.
  func evaluate<Scalar: NetworkScalar>(_ z: [Scalar], announces: Bool = true) throws -> [Scalar] {
    let block = block(z.count)
    if announces {
      calling("\(name("evaluate", Scalar.self)) with a block of \(block.neurons) × \(block.columns): z = \(listed(z))")
    }
    var a = [Scalar](repeating: 0, count: z.count + slackCount)
    try activation.evaluate(block, z, &a)
    return Array(a.prefix(z.count))
  }

  func backward<Scalar: NetworkScalar>(
    _ z: [Scalar], _ a: [Scalar], _ received: [Scalar], announces: Bool = true
  ) throws -> [Scalar] {
    let block = block(z.count)
    if announces {
      calling(
        "\(name("backward", Scalar.self)) with a block of \(block.neurons) × \(block.columns): z = \(listed(z)), "
          + "a = \(listed(a)), received = \(listed(received))")
    }
    var delta = [Scalar](repeating: 0, count: z.count + slackCount)
    try activation.backward(block, z, a, received, &delta)
    return Array(delta.prefix(z.count))
  }

  private func block(_ count: Int) -> Block {
    activation.isWholeLayer ? Block(neurons: count, columns: 1) : Block(neurons: 1, columns: count)
  }

  /// Finite z give no NaN, neither as output nor as slope; unless their powers overflow, or one divided by them.
  func values(_ points: [Double]) throws -> Int {
    let count = try values(points, Double.self)
    guard activation.function.hasFloat else { return count }
    return try count + values(points.map { max(-1e37, min(1e37, $0)) }, Float.self)
  }

  private func values<Scalar: NetworkScalar>(_ points: [Double], _: Scalar.Type) throws -> Int {
    let suffix = Scalar.self == Float.self ? "_float" : ""
    let greatest: Scalar = Scalar.self == Float.self ? 1e5 : 1e30
    func isOrdinary(_ z: Scalar) -> Bool { abs(z) <= greatest && !z.isSubnormal }
    var finite = 0
    for points in blocks(points) {
      let z = points.map { Scalar($0) }
      let a = try evaluate(z)
      if let odd = z.indices.first(where: { a[$0].isNaN && isOrdinary(z[$0]) }) {
        throw Finding(
          setting(called("evaluate\(suffix)", [("z", Double(z[odd]))])), found: "NaN", expected: "a number or ±∞")
      }
      if activation.isWholeLayer { try expectGradualOverflow(z, a) }
      finite += a.count { $0.isFinite }
      let delta = try backward(z, a, z.map { _ in 1 })
      for odd in delta.indices where delta[odd].isNaN && a[odd].isFinite && isOrdinary(z[odd]) {
        throw Finding(
          setting(called("backward\(suffix)", [("z", Double(z[odd])), ("a", Double(a[odd])), ("received", 1)])),
          found: "NaN", expected: "a number or ±∞")
      }
    }
    guard 5 * finite >= points.count else {
      throw Finding(
        setting("evaluate\(suffix)"), found: "finite numbers at \(finite) of \(points.count) points",
        expected: "finite numbers at 1 point of 5 or more")
    }
    return 2 * points.count
  }

  /// A function of the whole layer is infinite only where its values have grown beyond all numbers: the logarithm of a
  /// share that is rounded to 0 jumps there from -700.
  private func expectGradualOverflow<Scalar: NetworkScalar>(_ z: [Scalar], _ a: [Scalar]) throws {
    guard let odd = a.firstIndex(where: { $0.isInfinite }) else { return }
    // Between nothing and the whole of z, as close as can be to where it begins.
    var (low, high) = (Scalar(0), Scalar(1))
    var last: Scalar?
    for _ in 0..<30 {
      let middle = (low + high) / 2
      let value = try evaluate(z.map { $0 * middle }, announces: false)[odd]
      if value.isInfinite { high = middle } else { (low, last) = (middle, value.isNaN ? last : value) }
    }
    let greatest: Scalar = Scalar.self == Float.self ? 1e15 : 1e100
    guard let last, abs(last) < greatest else { return }
    throw Finding(
      setting("evaluate\(Scalar.self == Float.self ? "_float" : "")(z: \(listed(z)))"), found: "a[\(odd)] = \(a[odd])",
      expected: "a finite number: for \(low) of these z it is still \(last)")
  }

  func range(_ count: Int) throws -> Int {
    let points = try CheckPoints.z(count, kinks: kinks())
    let range = try activation.shape().range
    let floats = points.map { max(-1e37, min(1e37, $0)) }.map { Float($0) }
    for part in blocks(points) { try expect(range, part, evaluate(part), "evaluate", 1e-12) }
    guard activation.function.hasFloat else { return points.count }
    for part in blocks(floats.map { Double($0) }) {
      try expect(range, part, evaluate(part.map { Float($0) }).map { Double($0) }, "evaluate_float", 1e-6)
    }
    return 2 * points.count
  }

  private func expect(
    _ range: ClosedRange<Double>, _ z: [Double], _ a: [Double], _ name: String, _ tolerance: Double
  ) throws {
    let below = range.lowerBound - tolerance * max(1, abs(range.lowerBound))
    let above = range.upperBound + tolerance * max(1, abs(range.upperBound))
    for index in a.indices where !(a[index] >= below && a[index] <= above) && !a[index].isNaN {
      throw Finding(
        setting(called(name, [("z", z[index])])), found: "\(a[index])",
        expected: "a number in the declared range \(range.lowerBound)...\(range.upperBound)")
    }
  }

  // MARK: NaN

  /// Whether NaN in gives NaN out: without that the host, which watches the loss alone, would not see it.
  ///
  /// - Returns: How many numbers were compared.
  /// - Throws: `Finding`; `FunctionFailure` if the plugin reports one.
  func nanStays() throws -> Int {
    return try nanStays(Double.self) + (activation.function.hasFloat ? nanStays(Float.self) : 0)
  }

  private func nanStays<Scalar: NetworkScalar>(_: Scalar.Type) throws -> Int {
    let given = [Scalar](repeating: .nan, count: 8)
    let a = try evaluate(given)
    guard let odd = a.first(where: { !$0.isNaN }), try !isConstantSomewhere(odd) else { return a.count }
    throw Finding(
      setting(called("evaluate\(Scalar.self == Float.self ? "_float" : "")", [("z", .nan)])), found: "\(odd)",
      expected: "NaN, or what it gives on a stretch where z does not matter")
  }

  /// Whether a number is what the function gives on a whole stretch, into which comparisons with NaN may lead.
  private func isConstantSomewhere<Scalar: NetworkScalar>(_ value: Scalar) throws -> Bool {
    if activation.isWholeLayer { return try isConstantInLayer(value) }
    let near = (-600...600).map { Scalar(0.0213 * Double($0) + 0.004) }
    let far = (2...30).map { Scalar(Double.pow(2, Double($0))) }
    for stretch in [near, far, far.map { -$0 }] {
      let isValue = try blocks(stretch.map { Double($0) }).flatMap { try evaluate($0.map { Scalar($0) }) }
        .map { $0 == value }
      if zip(isValue, isValue.dropFirst()).contains(where: { $0 && $1 }) { return true }
    }
    return false
  }

  /// Whether a number comes out again and again for ordinary layers, as the 0 of neurons that are not the greatest.
  private func isConstantInLayer<Scalar: NetworkScalar>(_ value: Scalar) throws -> Bool {
    var random = RandomSource(seed: 26)
    var count = 0
    for _ in 0..<100 {
      count += try evaluate((0..<8).map { _ in Scalar(2 * random.normal()) }).count { $0 == value }
    }
    return count > 1
  }
}
