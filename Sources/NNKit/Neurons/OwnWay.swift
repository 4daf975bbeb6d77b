/// What a neuron does in another way than a plain one.
package enum OwnWay: String, CaseIterable, Sendable {
  case combine, respond, computeLocalGradients, accumulateGradients, sendMessages
}

extension Neuron {
  /// What the neuron's class does in its own way, tried out on numbers of no regularity.
  ///
  /// The neuron's layer must have run one sample; what the layer and the neuron hold is overwritten.
  ///
  /// - Throws: What the neuron throws.
  package final func ownWays() throws -> Set<OwnWay> {
    if isPlain || pluginKind != nil { return [] }
    return try trial(seed: 31).union(try trial(seed: 32))
  }

  private func trial(seed: UInt64) throws -> Set<OwnWay> {
    var random = RandomSource(seed: seed)
    func numbers(_ count: Int) -> [Scalar] { (0..<count).map { _ in Scalar(0.5 + random.uniform()) } }
    var own: Set<OwnWay> = []
    func expect(_ found: Scalar, _ expected: Scalar, _ way: OwnWay) {
      let error: Scalar = Scalar.self == Float.self ? 1e-5 : 1e-10
      if !(abs(found - expected) <= error * max(1, abs(expected))) { own.insert(way) }
    }
    weights.assign(numbers(weightCount))
    bias = numbers(1)[0]
    // At several positions of a window the first is looked at; at the others it has nothing to answer for.
    let columns = outputs.count
    let x = try Matrix((0..<fanIn).map { _ in numbers(columns) })
    let (w, b) = (Array(weights), bias)
    receive(Inputs(outputs: x))
    try combine()
    expect(weightedInputs[0], zip(w, x.values).reduce(b) { $0 + $1.0 * $1.1[0] }, .combine)
    if !activation.isWholeLayer {
      try respond()
      let (a, slope) = try activation.values(at: [Double(weightedInputs[0])])
      expect(outputs[0], Scalar(a[0]), .respond)
      received.fill(0)
      received[0] = numbers(1)[0]
      try computeLocalGradients()
      expect(localGradients[0], received[0] * Scalar(slope[0]), .computeLocalGradients)
    }
    localGradients.fill(0)
    localGradients[0] = numbers(1)[0]
    weightGradients.fill(0)
    biasGradient = 0
    try accumulateGradients()
    for i in 0..<weightCount {
      expect(weightGradients[i], i < fanIn ? localGradients[0] * x[i, 0] : 0, .accumulateGradients)
    }
    expect(biasGradient, localGradients[0], .accumulateGradients)
    let sent = Matrix<Scalar>(rows: fanIn, columns: columns)
    try sendMessages(to: Messages(addingTo: sent))
    for i in 0..<fanIn { expect(sent[i, 0], w[i] * localGradients[0], .sendMessages) }
    return own
  }
}
