package import NNKit

/// A trained network as one C99 file that needs nothing but the C library: constant weights and plain loops.
///
/// `void net_predict(const float *input, float *output)` takes a raw sample and gives raw outputs: inputs are scaled and
/// outputs brought back inside. It allocates nothing and keeps no state, so that any number of threads may call it.
package struct CProgram {
  private let model: Model<Double>
  private let name: String
  private let plugins: Plugins
  /// The C type of the weights: that in which the model was saved.
  private let number: String

  /// - Parameters:
  ///   - model: What to write.
  ///   - name: What the file's heading calls it.
  ///   - isSinglePrecision: Whether the model was saved in single precision; its weights then are `float`.
  ///   - plugins: Those that the model was loaded with.
  package init(_ model: Model<Double>, name: String, isSinglePrecision: Bool, plugins: Plugins) {
    self.model = model
    self.name = name
    self.plugins = plugins
    number = isSinglePrecision ? "float" : "double"
  }

  /// The file's text.
  ///
  /// - Throws: `ExportError` for a function that is not bundled and for an extended neuron.
  package func text() throws -> String {
    var parts = [try heading(), declarations]
    parts += try definitions()
    parts += model.network.layers.enumerated().map { numbers(of: $1, $0) }
    parts += scalings
    parts += try model.network.layers.enumerated().map { try function(of: $1, $0) }
    parts.append(prediction)
    return parts.joined(separator: "\n\n") + "\n"
  }

  // MARK: What stands before the layers

  private func heading() throws -> String {
    let network = model.network
    let widths = ([network.inputCount] + network.layers.map(\.outputCount)).map(String.init).joined(separator: "-")
    var lines = ["/* \(comment(name)): a network \(widths), written by nnkit \(nnkitVersion)."]
    if let names = model.inputNames { lines.append("   Inputs: \(comment(names.joined(separator: ", "))).") }
    if let classes = model.classes { lines.append("   Classes: \(comment(classes.joined(separator: ", "))).") }
    lines.append("   Compile it as C99 or later; link with -lm. */")
    return lines.joined(separator: "\n")
  }

  private var declarations: String {
    var lines = [
      "#include <math.h>", "",
      "/* What a program that calls this file needs: copy it there. */",
      "#define NET_INPUTS \(model.network.inputCount)", "#define NET_OUTPUTS \(model.network.outputCount)",
      "void net_predict(const float *input, float *output);",
    ]
    if let classes = model.classes {
      lines.append("extern const char *const net_classes[\(classes.count)];")
      lines += ["", "const char *const net_classes[\(classes.count)] = {"]
      lines += classes.map { "  \"\(literal($0))\"," } + ["};"]
    }
    lines += [
      "", "/* What is computed between the layers. With float, outputs may differ by about 1e-6. */",
      "typedef double real;",
    ]
    return lines.joined(separator: "\n")
  }

  /// The C functions that the layers call, each once.
  private func definitions() throws -> [String] {
    var kinds: Set<String> = []
    var activations: Set<String> = []
    for (index, layer) in model.network.layers.enumerated() {
      for neuron in layer.neurons {
        kinds.insert(try combination(of: neuron, layer: index))
        activations.insert(try activation(of: neuron, layer: index).name)
      }
    }
    let windows = model.network.layers.contains { $0.wiring.window != nil } ? [CWindow.definition] : []
    return windows + kinds.sorted().compactMap { CCombination.definition(named: $0, number: number) }
      + activations.sorted().compactMap { CActivation.bundled[$0]?.definition(named: Self.cName($0)) }
  }

  /// The C function for an activation; some names are taken by the C library.
  private static func cName(_ activation: String) -> String { "net_\(activation)" }

  // MARK: Neurons

  private func combination(of neuron: Neuron<Double>, layer: Int) throws -> String {
    if let kind = neuron.pluginKind {
      guard plugins.isBundled(kind.function.information), CCombination.bundled[kind.name] != nil else {
        throw refusal("the neuron kind `\(kind.name)`", of: neuron, layer)
      }
      return kind.name
    }
    guard neuron.isPlain else { throw refusal("the neuron class `\(type(of: neuron).typeName)`", of: neuron, layer) }
    return NeuronKind.plainName
  }

  private func activation(of neuron: Neuron<Double>, layer: Int) throws -> Activation {
    let activation = neuron.activation
    guard plugins.isBundled(activation.function.information), CActivation.bundled[activation.name] != nil else {
      throw refusal("the activation `\(activation.name)`", of: neuron, layer)
    }
    return activation
  }

  private func refusal(_ what: String, of neuron: Neuron<Double>, _ layer: Int) -> ExportError {
    ExportError(
      "layer \(layer), neuron \(neuron.index): \(what) is not bundled with nnkit, and a C file can have only bundled"
        + " functions")
  }

  // MARK: Layers

  private func numbers(of layer: Layer<Double>, _ index: Int) -> String {
    // C has no array of no numbers.
    let width = max(1, layer.neurons.map(\.weightCount).max() ?? 0)
    var lines = ["static const \(number) weights_\(index)[\(layer.neurons.count)][\(width)] = {"]
    for neuron in layer.neurons { lines.append("  {\(neuron.weightCount == 0 ? "0" : list(Array(neuron.weights)))},") }
    lines.append("};")
    lines.append(
      "static const \(number) biases_\(index)[\(layer.neurons.count)] = {\(list(layer.neurons.map(\.bias)))};")
    return lines.joined(separator: "\n")
  }

  /// Neighbours of one kind and one activation: their numbers, and the C expression for z and a of neuron j.
  private struct Run {
    let neurons: Range<Int>
    let z: String
    let activation: Activation
    let parameters: String
    /// Of an activation of the whole layer, z.
    var a: String {
      activation.isWholeLayer ? z : "\(CProgram.cName(activation.name))(\(z)\(parameters))"
    }
    /// The call that turns z of all neurons into a, for an activation of the whole layer.
    func response(_ array: String) -> String? {
      activation.isWholeLayer
        ? "\(CProgram.cName(activation.name))(\(array), \(neurons.upperBound)\(parameters));" : nil
    }
  }

  private func runs(of layer: Layer<Double>, _ index: Int, inputs: String, count: String) throws -> [Run] {
    var runs: [Run] = []
    var start = 0
    while start < layer.neurons.count {
      let first = layer.neurons[start]
      let combination = try combination(of: first, layer: index)
      let activation = try activation(of: first, layer: index)
      var end = start + 1
      while end < layer.neurons.count, layer.neurons[end].activation == first.activation,
        try self.combination(of: layer.neurons[end], layer: index) == combination
      {
        end += 1
      }
      runs.append(
        Run(
          neurons: start..<end, z: "\(combination)(\(inputs), weights_\(index)[j], biases_\(index)[j], \(count))",
          activation: activation, parameters: activation.parameters.map { ", \(cNumber($0))" }.joined()))
      start = end
    }
    return runs
  }

  private func function(of layer: Layer<Double>, _ index: Int) throws -> String {
    var lines = ["static void layer_\(index)(const real *x, real *a) {"]
    if let window = layer.wiring.window {
      lines += try body(of: layer, index, window)
    } else {
      let runs = try runs(of: layer, index, inputs: "x", count: "\(layer.fanIn)")
      lines += runs.map {
        "  for (int j = \($0.neurons.lowerBound); j < \($0.neurons.upperBound); ++j) a[j] = \($0.a);"
      }
      lines += runs.last?.response("a").map { ["  \($0)"] } ?? []
    }
    return (lines + ["}"]).joined(separator: "\n")
  }

  /// At each position: the window's numbers, the neurons of its groups, and their places in the outputs.
  private func body(of layer: Layer<Double>, _ index: Int, _ window: SlidingWindow) throws -> [String] {
    let (count, positions) = (layer.neurons.count, window.positions)
    let runs = try runs(of: layer, index, inputs: "window", count: "n")
    var lines = [
      "  real window[\(window.fanIn)], here[\(count)];", "  int n = 0;",
      "  for (int row = 0; row < \(positions.height); ++row)",
      "    for (int column = 0; column < \(positions.width); ++column) {",
    ]
    for run in runs {
      // The neurons of a group have the same window.
      lines += [
        "      for (int j = \(run.neurons.lowerBound); j < \(run.neurons.upperBound); ++j) {",
        "        if (j == \(run.neurons.lowerBound) || j % \(count / window.groups) == 0)",
        "          n = \(CWindow.call(window, perGroup: count / window.groups, leavesPaddingOut: leavesPaddingOut(layer, run.neurons)));",
        "        here[j] = \(run.a);", "      }",
      ]
    }
    lines += runs.last?.response("here").map { ["      \($0)"] } ?? []
    return lines + [
      "      for (int j = 0; j < \(count); ++j) a[(j * \(positions.height) + row) * \(positions.width) + column] = here[j];",
      "    }",
    ]
  }

  private func leavesPaddingOut(_ layer: Layer<Double>, _ neurons: Range<Int>) -> Bool {
    layer.neurons[neurons.lowerBound].weightCount == 0
  }

  // MARK: Scaling, prediction

  private var scalings: [String] {
    var parts: [String] = []
    func add(_ scaling: Scaling?, _ name: String, _ width: Int) {
      guard let scaling else { return }
      for (suffix, numbers) in [("offset", scaling.offset), ("factor", scaling.factor)] {
        let all = numbers.count == 1 ? Array(repeating: numbers[0], count: width) : numbers
        let text = all.map(cNumber).joined(separator: ", ")
        parts.append("static const double \(name)_\(suffix)[\(width)] = {\(text)};")
      }
    }
    add(model.inputScaling, "input", model.network.inputCount)
    add(model.targetScaling, "target", model.network.outputCount)
    return parts
  }

  private var prediction: String {
    let scaled = model.inputScaling == nil ? "input[i]" : "(input[i] - input_offset[i]) * input_factor[i]"
    let network = model.network
    let isChain = network.layers.enumerated().allSatisfy { index, layer in
      layer.sources.resolved(of: index) == Sources.previous.resolved(of: index)
    }
    let (body, last) = isChain ? chain(scaled) : joins(scaled)
    let raw = model.targetScaling == nil ? "\(last)[k]" : "\(last)[k] / target_factor[k] + target_offset[k]"
    return
      (["void net_predict(const float *input, float *output) {"] + body
      + ["  for (int k = 0; k < NET_OUTPUTS; ++k) output[k] = (float)(\(raw));", "}"]).joined(separator: "\n")
  }

  /// Layer after layer, with two arrays by turns.
  private func chain(_ scaled: String) -> (lines: [String], last: String) {
    let layers = model.network.layers
    let width = max(model.network.inputCount, layers.map(\.outputCount).max() ?? 0)
    var lines = [
      "  real first[\(width)], second[\(width)];", "  for (int i = 0; i < NET_INPUTS; ++i) first[i] = \(scaled);",
    ]
    for index in layers.indices {
      lines.append("  layer_\(index)(\(index % 2 == 0 ? "first, second" : "second, first"));")
    }
    return (lines, layers.count % 2 == 0 ? "first" : "second")
  }

  /// An array for each layer's outputs, and one in which a layer's sources are joined.
  private func joins(_ scaled: String) -> (lines: [String], last: String) {
    let layers = model.network.layers
    let width = layers.map(\.inputCount).max() ?? 0
    var lines = ["  real inputs[NET_INPUTS], joined[\(width)];"]
    lines += layers.enumerated().map { "  real outputs_\($0)[\($1.outputCount)];" }
    lines.append("  for (int i = 0; i < NET_INPUTS; ++i) inputs[i] = \(scaled);")
    for (index, layer) in layers.enumerated() {
      let sources = layer.sources.resolved(of: index).map { source in
        if case .layer(let number) = source { return ("outputs_\(number)", layers[number].outputCount) }
        return ("inputs", model.network.inputCount)
      }
      if sources.count == 1 {
        lines.append("  layer_\(index)(\(sources[0].0), outputs_\(index));")
        continue
      }
      var start = 0
      for (number, (name, count)) in sources.enumerated() {
        let target = start == 0 ? "joined[i]" : "joined[\(start) + i]"
        let sign = layer.sources.isSum && number > 0 ? "+=" : "="
        lines.append("  for (int i = 0; i < \(count); ++i) \(target) \(sign) \(name)[i];")
        if !layer.sources.isSum { start += count }
      }
      lines.append("  layer_\(index)(joined, outputs_\(index));")
    }
    return (lines, "outputs_\(layers.count - 1)")
  }

  // MARK: Text

  private func list(_ values: [Double]) -> String { values.map(weight).joined(separator: ", ") }

  /// A weight as a constant of its type that is read back to the same bits.
  private func weight(_ value: Double) -> String { number == "float" ? "\(Float(value))f" : cNumber(value) }

  private func cNumber(_ value: Double) -> String { value == 0 ? "0.0" : "\(value)" }

  /// Text that can neither end a comment nor begin another, nor break its line.
  private func comment(_ text: String) -> String {
    String(text.map { $0.isNewline ? " " : $0 }).split(separator: "/", omittingEmptySubsequences: false)
      .joined(separator: "∕")
  }

  /// The inside of a C string constant; bytes beyond ASCII, and `?` (of trigraphs), are written in octal.
  private func literal(_ text: String) -> String {
    text.utf8.map { byte in
      let isPlain =
        (0x20...0x7e).contains(byte) && ![UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "?")].contains(byte)
      if isPlain { return String(UnicodeScalar(byte)) }
      let digits = String(byte, radix: 8)
      return "\\" + String(repeating: "0", count: 3 - digits.count) + digits
    }.joined()
  }
}
