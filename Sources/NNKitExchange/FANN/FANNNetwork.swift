package import NNKit

/// A network in a file of FANN (https://github.com/libfann/fann), `FANN_FLO_2.1`: lines `key=value`.
///
/// A neuron's steepness is taken into its weights, what FANN adds to an activation's output into those of the next layer.
package struct FANNNetwork {
  private struct Neuron {
    let inputCount: Int
    let activation: Int
    let steepness: Double
    /// Where its line says so, for errors.
    let number: Int
  }

  private let path: String
  private var lines: [String: (text: Substring, number: Int)] = [:]
  /// Of layers without all connections, by their numbers: which inputs each neuron has.
  private var sparse: [String: [[Int]]] = [:]
  /// What the file's user should know, a line each.
  package private(set) var notes: [String] = []

  /// Reads a file's bytes.
  ///
  /// - Throws: `FileError` if it is no file of FANN's, or of a version that is not read.
  package init(_ bytes: [UInt8], path: String) throws {
    self.path = path
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw FileError(path, "is not a network of FANN: it is not text")
    }
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let line = line.last == "\r" ? line.dropLast() : line
      if index == 0 {
        guard ["FANN_FLO_2.1", "FANN_FLO_2.0"].contains(line) else {
          throw FileError(
            "\(path):1",
            "found `\(line.prefix(30))`, expected FANN_FLO_2.1: a network that `fann_save` of floating-point"
              + " FANN 2 wrote")
        }
      } else if let sign = line.firstIndex(of: "=") {
        lines[String(line[..<sign])] = (line[line.index(after: sign)...], index + 1)
      }
    }
  }

  private func fault(_ key: String, _ what: String) -> FileError {
    FileError(lines[key].map { "\(path):\($0.number)" } ?? path, "\(key.prefix { $0 != " " }): \(what)")
  }

  private func value(_ key: String) throws -> Substring {
    guard let line = lines[key] else { throw FileError(path, "has no line `\(key)=`; it may be truncated") }
    return line.text
  }

  private func numbers(_ key: String) throws -> [Double] {
    try value(key).split(separator: " ").map { word in
      guard let number = Double(word), number.isFinite else {
        throw fault(key, "found `\(word.prefix(30))`, expected a number")
      }
      return number
    }
  }

  /// `(a, b, c) (d, e, f)`: groups of as many numbers.
  private func groups(_ key: String, of size: Int) throws -> [[Double]] {
    guard try value(key).last(where: { !$0.isWhitespace }) ?? ")" == ")" else {
      throw fault(key, "its last entry does not end; the file is truncated")
    }
    return try value(key).split(separator: ")").filter { !$0.allSatisfy(\.isWhitespace) }.enumerated().map {
      index, group in
      let words = group.drop(while: \.isWhitespace)
      guard words.first == "(" else { throw fault(key, "entry \(index): found `\(words.prefix(30))`, expected `(`") }
      let values = words.dropFirst().split(separator: ",").map { Double($0.trimmingPrefix { $0 == " " }) }
      guard values.count == size, values.allSatisfy({ $0?.isFinite == true }) else {
        throw fault(key, "entry \(index): found `\(words.prefix(60)))`, expected \(size) numbers")
      }
      return values.compactMap(\.self)
    }
  }

  private func whole(_ value: Double, _ range: Range<Int>, _ key: String, _ what: String) throws -> Int {
    guard let number = Int(exactly: value), range.contains(number) else {
      throw fault(
        key, "\(what) is \(value), expected a whole number from \(range.lowerBound) to \(range.upperBound - 1)")
    }
    return number
  }

  // MARK: The network

  /// The model, in the precision `Scalar`.
  ///
  /// - Throws: `FileError` with the line for what is not sound or what nnkit does not have.
  package mutating func model<Scalar: NetworkScalar>(_: Scalar.Type, plugins: Plugins) throws -> Model<Scalar> {
    let sizesKey = "layer_sizes"
    let sizes = try numbers(sizesKey).map { try whole($0, 1..<1 << 31, sizesKey, "a layer's size") }
    guard sizes.count >= 2 else { throw fault(sizesKey, "found \(sizes.count) layers, expected 2 or more") }
    let neurons = try self.neurons(of: sizes)
    let connections = try self.connections(neurons, count: neurons.reduce(0) { $0 + $1.inputCount })
    let type = try numbers("network_type")
    guard type == [0] || type == [1] else {
      throw fault("network_type", "found \(type), expected 0 (layer by layer) or 1 (shortcuts)")
    }
    guard sizes[0] > 1 else { throw fault(sizesKey, "the first layer has a bias alone, expected inputs") }
    do {
      var draft = NetworkDraft(inputs: sizes[0] - 1)
      if let scales = try scales("in", count: sizes[0] - 1) {
        // ((x − mean) / deviation + 1) · factor + minimum
        try draft.add(scales.mean.map { -$0 })
        try draft.divide(scales.deviation)
        try draft.add(scales.mean.map { _ in 1 })
        try draft.multiply(scales.factor)
        try draft.add(scales.minimum)
      }
      if type == [1] {
        try addShortcutLayers(sizes, neurons, connections, to: &draft)
      } else {
        try addLayers(sizes, neurons, connections, to: &draft)
      }
      if let scales = try scales("out", count: draft.width) {
        // ((a − minimum) / factor − 1) · deviation + mean
        try draft.add(scales.minimum.map { -$0 })
        try draft.divide(scales.factor)
        try draft.add(scales.mean.map { _ in -1 })
        try draft.multiply(scales.deviation)
        try draft.add(scales.mean)
      }
      return try draft.model(Scalar.self, plugins: plugins, connections: sparse)
    } catch let error as NetworkError {
      throw FileError(path, "\(error)")
    } catch let error as ImportFault {
      throw FileError(path, "\(error)")
    }
  }

  private typealias Connection = (source: Int, weight: Double)

  /// Layers of which each has a bias at its end, and the layer before as its source.
  private mutating func addLayers(
    _ sizes: [Int], _ neurons: [Neuron], _ connections: [Connection], to draft: inout NetworkDraft
  ) throws {
    var (start, before, first) = (sizes[0], 0, 0)
    for (index, size) in sizes.enumerated().dropFirst() {
      let own = neurons[start..<start + size - 1]
      guard !own.isEmpty, neurons[start + size - 1].inputCount == 0 else {
        throw fault("layer_sizes", "layer \(index) does not end with a bias")
      }
      let count = own.reduce(0) { $0 + $1.inputCount }
      let place = { (source: Int) in before..<start ~= source ? source - before : nil }
      try add(own, connections[first..<first + count], bias: start - 1 - before, place, index, to: &draft)
      first += count
      (before, start) = (start, start + size)
    }
  }

  /// Layers whose sources are the inputs and all layers before, with one bias behind the inputs.
  private mutating func addShortcutLayers(
    _ sizes: [Int], _ neurons: [Neuron], _ connections: [Connection], to draft: inout NetworkDraft
  ) throws {
    var (start, first) = (sizes[0], 0)
    try draft.settle()
    var heads = [draft.head]
    for (index, size) in sizes.enumerated().dropFirst() {
      let own = neurons[start..<start + size]
      let count = own.reduce(0) { $0 + $1.inputCount }
      let place = { (source: Int) in 0..<start ~= source ? source : nil }
      if heads.count > 1 { try draft.join(heads, isSum: false) }
      try add(own, connections[first..<first + count], bias: sizes[0] - 1, place, index, to: &draft)
      if index < sizes.count - 1 {
        try draft.settle()
        heads.append(draft.head)
      }
      first += count
      start += size
    }
  }

  private func neurons(of sizes: [Int]) throws -> [Neuron] {
    let key = "neurons (num_inputs, activation_function, activation_steepness)"
    let total = sizes.reduce(0) { $0.addingReportingOverflow($1).partialValue }
    let groups = try groups(key, of: 3)
    guard groups.count == total else { throw fault(key, "found \(groups.count) neurons, layer_sizes says \(total)") }
    return try groups.enumerated().map { index, values in
      Neuron(
        inputCount: try whole(values[0], 0..<total, key, "the number of inputs of neuron \(index)"),
        activation: try whole(values[1], 0..<256, key, "the activation of neuron \(index)"), steepness: values[2],
        number: index)
    }
  }

  private func connections(_ neurons: [Neuron], count: Int) throws -> [(source: Int, weight: Double)] {
    let key = "connections (connected_to_neuron, weight)"
    let groups = try groups(key, of: 2)
    guard groups.count == count else {
      throw fault(key, "found \(groups.count) connections, the neurons have \(count); the file may be truncated")
    }
    return try groups.map { (try whole($0[0], 0..<neurons.count, key, "a connection's neuron"), $0[1]) }
  }

  private func scales(
    _ side: String, count: Int
  ) throws -> (mean: [Double], deviation: [Double], minimum: [Double], factor: [Double])? {
    guard lines["scale_included"] != nil, try numbers("scale_included") == [1] else { return nil }
    func values(_ name: String) throws -> [Double] {
      let key = "scale_\(name)_\(side)"
      let values = try numbers(key)
      guard values.count == count else { throw fault(key, "found \(values.count) numbers, expected \(count)") }
      return values
    }
    return (try values("mean"), try values("deviation"), try values("new_min"), try values("factor"))
  }

  // MARK: A layer

  private mutating func add(
    _ neurons: ArraySlice<Neuron>, _ connections: ArraySlice<Connection>, bias: Int, _ place: (Int) -> Int?,
    _ index: Int, to draft: inout NetworkDraft
  ) throws {
    let key = "connections (connected_to_neuron, weight)"
    let fanIn = draft.width
    let (size, overflow) = neurons.count.multipliedReportingOverflow(by: 8 * fanIn)
    guard !overflow, size < WholeFile.memory / 4 else {
      throw fault("layer_sizes", "layer \(index) has more weights than fit into memory")
    }
    var layer = NetworkDraft.Layer(
      fanIn: fanIn, weights: Array(repeating: 0, count: neurons.count * fanIn),
      biases: Array(repeating: 0, count: neurons.count), kinds: Array(repeating: nil, count: neurons.count))
    var activations: [FANNActivation] = []
    var functions: [NetworkDraft.Function] = []
    var lists = Array(repeating: Set<Int>(), count: neurons.count)
    var next = connections.startIndex
    for (row, neuron) in neurons.enumerated() {
      for (source, weight) in connections[next..<next + neuron.inputCount] {
        guard let input = place(source) else {
          throw fault(
            key, "neuron \(neuron.number) has a connection to neuron \(source), which is not in a layer that it follows"
          )
        }
        if input == bias {
          layer.biases[row] += weight
        } else {
          let input = input > bias ? input - 1 : input
          lists[row].insert(input)
          layer.weights[row * fanIn + input] += weight
        }
      }
      next += neuron.inputCount
      let activation = try activation(of: neuron)
      activations.append(activation)
      let (steepness, scale) = activation.parts(ofSteepness: neuron.steepness)
      functions.append(
        .init(name: activation.function, parameters: steepness == 1 ? [:] : ["steepness": steepness]))
      for weight in row * fanIn..<(row + 1) * fanIn { layer.weights[weight] *= scale }
      layer.biases[row] = layer.biases[row] * scale + activation.shift
    }
    if lists.contains(where: { $0.count < fanIn }) {
      if lists.allSatisfy({ !$0.isEmpty }) {
        sparse["\(draft.layers.count)"] = lists.map { $0.sorted() }
      } else {
        note("connections that the network does not have are weights of 0, which a training changes like all others")
      }
    }
    note(activations)
    try draft.combine(layer)
    try draft.respond(functions)
    try draft.multiply(activations.map(\.output))
    try draft.add(activations.map(\.move))
  }

  private func activation(of neuron: Neuron) throws -> FANNActivation {
    if let activation = FANNActivation.all.first(where: { $0.code == neuron.activation }) { return activation }
    let name = FANNActivation.unsupported[neuron.activation].map { "\($0), which has straight pieces" }
    throw fault(
      "neurons (num_inputs, activation_function, activation_steepness)",
      "neuron \(neuron.number) has the activation \(neuron.activation)\(name.map { " (\($0))" } ?? ""), which nnkit does"
        + " not have; train with \(FANNActivation.all.map(\.name).joined(separator: ", "))")
  }

  private mutating func note(_ note: String) {
    if !notes.contains(note) { notes.append(note) }
  }

  private mutating func note(_ activations: [FANNActivation]) {
    if activations.contains(where: { ["step", "threshold_symmetric"].contains($0.function) }) {
      note("at exactly z = 0 FANN's thresholds give 1, nnkit's step 0 and its threshold_symmetric -1")
    }
    if activations.contains(where: { $0.function == "identity" }) {
      note("FANN keeps what a linear neuron gives within ±150 divided by its steepness; nnkit does not")
    }
  }
}
