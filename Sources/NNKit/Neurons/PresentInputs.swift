// A neuron without weights has no number that padding could stand for: at the border of an image it leaves the padding out,
// as if it had fewer inputs there. A maximum is then that of the image's numbers, an average is divided by how many there are.

extension PluginNeuron {
  /// Whether some of its windows reach beyond the image, and it has no weights.
  var leavesOutPadding: Bool { weightCount == 0 && !(storage.wiring.window?.padding.isNone ?? true) }

  /// z at each position, of the inputs that are there.
  func combinePresent() throws {
    let (x, z) = (inputs, weightedInputs.base)
    try forEachPosition(x) { rows, present, gathered, first in
      try withBias { try kind.combine(rows, weights.base, $0, gathered, z + first) }
    }
  }

  /// The messages to the inputs that are there.
  func sendToPresent(_ messages: Messages<Scalar>) throws {
    let (x, z, delta) = (inputs, weightedInputs.base, localGradients.base)
    try forEachPosition(x) { rows, present, gathered, first in
      let sums = Matrix<Scalar>(rows: present.count, columns: rows.columns)
      try withBias { try kind.send(rows, weights.base, $0, gathered, z + first, delta + first, sums.base) }
      for (row, input) in present.enumerated() {
        for column in 0..<rows.columns { messages[input, first + column] += sums.base[row * rows.columns + column] }
      }
    }
  }

  /// Calls `body` for each position with the inputs that are in the image there, gathered in rows of a sample each column,
  /// and the position's first column.
  private func forEachPosition(
    _ x: Inputs<Scalar>,
    _ body: (_ rows: Rows, _ present: [Int], _ gathered: UnsafePointer<Scalar>, _ first: Int) throws -> Void
  ) throws {
    guard let window = storage.wiring.window else { return }
    let samples = x.columns / window.positions.count
    let gathered = Matrix<Scalar>(rows: fanIn, columns: samples)
    for index in 0..<window.positions.count {
      let (inside, first) = (window.isInside(at: window.position(index)), index * samples)
      let present = (0..<fanIn).filter { inside[$0 % window.kernel.count] }
      for (row, input) in present.enumerated() {
        for column in 0..<samples { gathered.base[row * samples + column] = x[input, first + column] }
      }
      let rows = Rows(
        neurons: 1, columns: samples, fanIn: present.count, weightCount: 0, weightRow: 0, inputStride: samples,
        columnStride: 1, rowStride: samples)
      try body(rows, present, gathered.base, first)
    }
    withExtendedLifetime(gathered) {}
  }
}
