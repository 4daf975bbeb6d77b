/// Which inputs the neurons of a layer have, where not each neuron has all of them.
///
/// A weight without a connection is 0 and stays 0.
public enum Connections: Hashable, Sendable {
  /// A share of all connections, drawn when the weights are: as many for each neuron, within one, and each input with at
  /// least one (S. Nissen, FANN, `fann_create_sparse`).
  case rate(Double)
  /// For each neuron the numbers of its inputs, from 0.
  case lists([[Int]])
}

/// A bit for each weight of a layer: whether there is a connection.
struct ConnectionBits: Hashable, Sendable {
  let neurons: Int
  let inputs: Int
  private var bits: [Bool]

  private init(neurons: Int, inputs: Int) {
    (self.neurons, self.inputs) = (neurons, inputs)
    bits = [Bool](repeating: false, count: neurons * inputs)
  }

  /// - Throws: `NetworkError` for numbers that are no inputs, or are there twice, and for a neuron without any.
  init(_ lists: [[Int]], inputs: Int) throws {
    self.init(neurons: lists.count, inputs: inputs)
    for (neuron, list) in lists.enumerated() {
      guard !list.isEmpty else { throw NetworkError("neuron \(neuron) has no connection; expected at least one") }
      for input in list {
        guard 0..<inputs ~= input else {
          throw NetworkError(
            "neuron \(neuron) is connected with input \(input); the layer has inputs 0 to \(inputs - 1)")
        }
        guard !self[neuron, input] else {
          throw NetworkError("neuron \(neuron) is connected with input \(input) twice")
        }
        self[neuron, input] = true
      }
    }
  }

  init(rate: Double, neurons: Int, inputs: Int, random: inout RandomSource) {
    self.init(neurons: neurons, inputs: inputs)
    let all = neurons * inputs
    let count = min(all, max(neurons, inputs, Int((rate * Double(all)).rounded())))
    var free = (0..<neurons).map { count / neurons + ($0 < count % neurons ? 1 : 0) }
    // Each input has a neuron first; then each neuron takes what it still lacks.
    var open = (0..<neurons).filter { free[$0] > 0 }
    for input in 0..<inputs {
      let place = Int(random.next(upperBound: UInt64(open.count)))
      let neuron = open[place]
      self[neuron, input] = true
      free[neuron] -= 1
      if free[neuron] == 0 { open.swapAt(place, open.count - 1); open.removeLast() }
    }
    for neuron in 0..<neurons where free[neuron] > 0 {
      var others = (0..<inputs).filter { !self[neuron, $0] }
      for number in 0..<free[neuron] {
        let chosen = number + Int(random.next(upperBound: UInt64(others.count - number)))
        others.swapAt(number, chosen)
        self[neuron, others[number]] = true
      }
    }
  }

  subscript(neuron: Int, input: Int) -> Bool {
    get { bits[neuron * inputs + input] }
    set { bits[neuron * inputs + input] = newValue }
  }

  /// How many connections a neuron has.
  func count(of neuron: Int) -> Int { (0..<inputs).reduce(0) { $0 + (self[neuron, $1] ? 1 : 0) } }

  /// For each neuron the numbers of its inputs.
  var lists: [[Int]] { (0..<neurons).map { neuron in (0..<inputs).filter { self[neuron, $0] } } }

  /// Sets the numbers without a connection to 0.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  func clear<Scalar: NetworkScalar>(_ matrix: Matrix<Scalar>) {
    for neuron in 0..<neurons {
      let row = matrix.base + neuron * matrix.columns
      for input in 0..<inputs where !bits[neuron * inputs + input] { row[input] = 0 }
    }
  }
}
