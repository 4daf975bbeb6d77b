internal import NNKit

#if canImport(Glibc)
  internal import Glibc
#endif

extension Explanation {
  /// The explanation in words and numbers, to follow with a pencil.
  ///
  /// Long sums are shortened; the JSON has all numbers.
  public var text: String {
    var lines = ["Sample \(sample): input \(list(input)), target \(list(target))", ""]
    lines.append("FORWARD: each neuron combines its inputs, z = Σ w·x + b, and responds, a = f(z).")
    for layer in layers {
      lines += ["", "Layer \(layer.index): \(title(layer))"]
      for neuron in layer.neurons { lines += forward(neuron) }
    }
    lines += ["", "LOSS: \(lossFunction): \(lossFunction.function.information.formula)", "  L = \(short(loss))", ""]
    lines.append("BACKWARD: each neuron hears ∂L/∂a, works out its local gradient δ = ∂L/∂z, and from it its")
    lines.append("  gradients ∂L/∂w = δ·x, ∂L/∂b = δ and its messages w·δ to the neurons it hears.")
    for layer in layers.reversed() {
      lines += ["", "Layer \(layer.index): \(title(layer))"]
      for neuron in layer.neurons { lines += backward(neuron, of: layer) }
    }
    lines += ["", "STEP: \(stepWords)"]
    for layer in layers {
      lines += ["", "Layer \(layer.index)"]
      for neuron in layer.neurons { lines += step(neuron) }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func title(_ layer: LayerActs) -> String {
    let count = layer.neurons.count
    let names = (layer.kindNames + layer.activations.map(\.description)).joined(separator: ", ")
    return "\(count) neuron\(count == 1 ? "" : "s"), \(names)"
  }

  // MARK: Forward

  private func forward(_ neuron: NeuronAct) -> [String] {
    var lines = ["  neuron \(neuron.index)\(neuron.isPlain ? "" : ", a \(neuron.typeName)")"]
    if let kind = neuron.kind {
      lines.append("    hears \(list(neuron.inputs)); weights \(list(neuron.weights)), bias \(short(neuron.bias))")
      lines.append("    \(kind.function.information.formula)")
      lines.append("    z = \(short(neuron.weightedInput))")
    } else if neuron.isPlain {
      let terms = zip(neuron.weights, neuron.inputs).map { (text: "\(short($0))·\(short($1))", value: $0 * $1) }
      let bias = (text: short(neuron.bias), value: neuron.bias)
      lines.append("    z = \(sum(terms, and: bias)) = \(short(neuron.weightedInput))")
    } else {
      lines.append("    hears \(list(neuron.inputs)); weights \(list(neuron.weights)), bias \(short(neuron.bias))")
      lines.append("    combines them in its own way: z = \(short(neuron.weightedInput))")
    }
    let name = neuron.activation.description
    let whole = neuron.activation.isWholeLayer
    lines.append(
      "    a = \(whole ? "\(name) over the whole layer" : "\(name)(\(short(neuron.weightedInput)))") = \(short(neuron.output))"
    )
    return lines
  }

  // MARK: Backward

  private func backward(_ neuron: NeuronAct, of layer: LayerActs) -> [String] {
    let isLast = layer.index == layers.count - 1
    var lines = ["  neuron \(neuron.index)"]
    lines.append("    received ∂L/∂a = \(received(neuron, of: layer))")
    lines.append("    δ = \(localGradient(neuron, isLast)) = \(short(neuron.localGradient))")
    if neuron.isPlain {
      let gradients = zip(neuron.inputs, neuron.weightGradient).enumerated().map { i, pair in
        "∂L/∂w\(i) = δ·\(short(pair.0)) = \(short(pair.1))"
      }
      lines += shortened(gradients).map { "    \($0)" }
    } else {
      let gradients = neuron.weightGradient.enumerated().map { "∂L/∂w\($0) = \(short($1))" }
      lines += shortened(gradients).map { "    \($0)" }
    }
    lines.append("    ∂L/∂b = \(neuron.isPlain ? "δ = " : "")\(short(neuron.biasGradient))")
    let listener = layer.index == 0 ? "input" : "layer \(layer.index - 1), neuron"
    let messages = neuron.messages.enumerated().map { i, message in
      let how = neuron.isPlain ? "\(short(neuron.weights[i]))·δ = " : ""
      return "tells \(listener) \(i): \(how)\(short(message))"
    }
    return lines + shortened(messages).map { "    \($0)" }
  }

  private func received(_ neuron: NeuronAct, of layer: LayerActs) -> String {
    let isLast = layer.index == layers.count - 1
    if isLast && !neuron.received.isFinite {
      return "not finite (the loss is infinitely steep here; the canonical pair does not need it)"
    }
    if isLast { return "\(short(neuron.received)), from the loss" }
    let messages = layers[layer.index + 1].neurons.map { $0.messages[neuron.index] }
    if messages.count == 1 { return short(neuron.received) }
    return "\(sum(messages.map { (short($0), $0) })) = \(short(neuron.received))"
  }

  private func localGradient(_ neuron: NeuronAct, _ isLast: Bool) -> String {
    let name = neuron.activation.name
    if isLast && isCanonical { return "the canonical pair \(name) with \(lossFunction.name)" }
    if neuron.activation.isWholeLayer { return "Σ over the layer of ∂L/∂a·∂a/∂z (\(name))" }
    guard neuron.respondsByActivation,
      let slope = try? neuron.activation.values(at: [Double(neuron.weightedInput)]).derivatives[0]
    else { return "∂L/∂a·∂a/∂z" }
    return "∂L/∂a·f′(z) = \(short(neuron.received))·\(short(slope))"
  }

  // MARK: Step

  var stepWords: String { isScheduled ? "\(stepFormula) The rate is that of the schedule's first batch." : stepFormula }

  private var stepFormula: String {
    var terms = ""
    if regularization.l1 != 0 { terms += " + \(short(regularization.l1))·sign w" }
    if regularization.l2 != 0 { terms += " + \(short(regularization.l2))·w" }
    let g = terms.isEmpty ? "∂L/∂w" : "g"
    let squared = terms.isEmpty ? "(\(g))²" : "g²"
    let regularized = terms.isEmpty ? "." : ", with g = ∂L/∂w\(terms) for weights and ∂L/∂b for biases."
    switch optimizer {
    case .sgd(let rate, 0, _):
      return "each number moves against its gradient, w ← w − \(short(rate))·\(g)\(regularized)"
    case .sgd(let rate, let momentum, let nesterov):
      return "sgd's first step, w ← w − \(short(rate))·\(nesterov ? "\(short(1 + momentum))·" : "")\(g)"
        + (nesterov ? " (Nesterov looks ahead by the momentum \(short(momentum)))" : " (no momentum yet)") + regularized
    case .rmsprop(let rate, let decay, let epsilon):
      return
        "rmsprop's first step, w ← w − \(short(rate))·\(g) / (√(\(short(1 - decay))·\(squared)) + \(short(epsilon)))"
        + regularized
    case .adagrad(let rate, let epsilon):
      return "adagrad's first step, w ← w − \(short(rate))·\(g) / (|\(g)| + \(short(epsilon)))\(regularized)"
    case .adam(let rate, _, _, let epsilon, let decay):
      let kept = decay == 0 ? "w" : "(1 − \(short(rate))·\(short(decay)))·w"
      return
        "\(optimizer.name)'s first step, w ← \(kept) − \(short(rate))·\(g) / (|\(g)| + \(short(epsilon)))"
        + regularized
    case .rprop(let rate, _, _, _, _):
      return "rprop's first step, w ← w − \(short(rate))·sign \(g)\(regularized)"
    }
  }

  private func step(_ neuron: NeuronAct) -> [String] {
    let weights = zip(neuron.weights, neuron.updatedWeights).enumerated().map { i, pair in
      "w\(i): \(short(pair.0)) → \(short(pair.1))"
    }
    let bias = "b: \(short(neuron.bias)) → \(short(neuron.updatedBias))"
    return ["  neuron \(neuron.index)"] + (shortened(weights) + [bias]).map { "    \($0)" }
  }

  // MARK: Numbers

  private static var limit: Int { 8 }

  /// A sum; of many terms the greatest, in their order.
  private func sum(_ terms: [(text: String, value: Scalar)], and last: (text: String, value: Scalar)? = nil) -> String {
    let greatest = terms.indices.sorted { abs(terms[$0].value) > abs(terms[$1].value) }.prefix(Self.limit).sorted()
    let isWhole = terms.count <= Self.limit
    var shown = (isWhole ? Array(terms.indices) : greatest).map { terms[$0].text }
    if !isWhole { shown.append("… (\(terms.count - Self.limit) smaller)") }
    if let last { shown.append(last.text) }
    let first = shown.removeFirst()
    return shown.reduce(first) { $0 + ($1.hasPrefix("-") ? " - \($1.dropFirst())" : " + \($1)") }
  }

  private func list(_ values: [Scalar]) -> String {
    let shown = values.prefix(Self.limit).map { short($0) }.joined(separator: ", ")
    return values.count <= Self.limit ? shown : "\(shown), … (\(values.count - Self.limit) more)"
  }

  private func shortened(_ lines: [String]) -> [String] {
    if lines.count <= Self.limit { return lines }
    return lines.prefix(Self.limit) + ["… (\(lines.count - Self.limit) more)"]
  }

  private func short(_ value: some BinaryFloatingPoint) -> String { shortNumber(Double(value)) }
}

/// A number with at most nine significant digits.
package func shortNumber(_ value: Double) -> String {
  var buffer = [CChar](repeating: 0, count: 32)
  let length = withVaList([value]) { vsnprintf(&buffer, buffer.count, "%.9g", $0) }
  return String(decoding: buffer.prefix(Int(max(0, length))).map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
