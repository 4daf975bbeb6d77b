internal import NNKit

extension Explanation {
  /// The explanation in words and numbers, to follow with a pencil.
  ///
  /// Each line is a formula, the formula with its numbers, and its result; the printed numbers give the printed result to
  /// the last digit. Of networks with more than 1,000 parameters long sums and lists are shortened, and lines say what is left
  /// out; the JSON has all numbers.
  public var text: String {
    let all = ExplanationLines(self)
    var lines = all.shorteningWords.map { [$0, ""] } ?? []
    for (number, step) in all.steps.enumerated() {
      if all.steps.count > 1 { lines += [number == 0 ? "" : "\n", "STEP \(number + 1) OF \(all.steps.count)", ""] }
      for (index, pass) in step.passes.enumerated() {
        lines += (index > 0 ? [""] : []) + text(of: pass, steps[number].passes[index], isFirst: number == 0)
      }
      lines += moves(step, number)
    }
    return lines.drop { $0.isEmpty }.joined(separator: "\n") + "\n"
  }

  private func text(of pass: PassLines, _ explained: ExplainedPass, isFirst: Bool) -> [String] {
    var lines = ["Sample \(explained.sample): input \(pass.inputText()), target \(pass.targetText())"]
    if let named = namedInputs(explained.sample, explained.input) { lines.append(named) }
    if let weight = pass.weightText { lines.append(weight) }
    if let choice, isFirst { lines.append(choice) }
    lines += ["", "FORWARD: each neuron combines its inputs, z = Σ w·x + b, and responds, a = f(z)."]
    for layer in shown {
      lines += ["", "Layer \(layer.index): \(title(layer))"]
      for neuron in part.neurons(of: layer) {
        lines.append(
          "  neuron \(neuron.index)\(neuron.isPlain ? "" : ", \(article(neuron.typeName)) \(neuron.typeName)")")
        lines += pass.forward[layer.index][neuron.index].map { "    \($0.text)" }
      }
    }
    lines += ["", "LOSS: \(lossFunction): \(lossFunction.function.information.formula)"]
    lines += lossLines(pass).map { "  \($0.text)" }
    lines += [
      "", "BACKWARD: each neuron hears ∂L/∂a, works out its local gradient δ = ∂L/∂z, and from it its",
      "  gradients ∂L/∂w = δ·∂z/∂w, ∂L/∂b = δ·∂z/∂b and its messages δ·∂z/∂x to the neurons it hears.",
    ]
    for layer in shown.reversed() {
      lines += ["", "Layer \(layer.index): \(title(layer))"]
      for neuron in part.neurons(of: layer) {
        lines += ["  neuron \(neuron.index)"] + pass.backward[layer.index][neuron.index].map { "    \($0.text)" }
      }
    }
    return lines
  }

  /// The inputs beside their names; of many only those that are not 0.
  private func namedInputs(_ sample: Int, _ input: [Double]) -> String? {
    guard let inputNames, inputNames.count == input.count else { return nil }
    let pairs = zip(inputNames, input).filter { inputNames.count <= 40 || $0.1 != 0 }
    let rest = pairs.count < input.count ? "; the others are 0" : ""
    return "Its inputs are " + pairs.map { "\($0) \(shortNumber($1))" }.joined(separator: ", ") + rest + "."
  }

  private func article(_ name: String) -> String {
    name.lowercased().first.map { "aeiou".contains($0) } == true ? "an" : "a"
  }

  private var shown: [ExplainedLayer] { part.layers(of: steps[0].passes[0]) }

  /// The loss, and ∂L/∂a of the outputs that are shown.
  func lossLines(_ pass: PassLines) -> [ExplanationLine] {
    guard let output = layers.last else { return pass.loss }
    return pass.lossValue + part.neurons(of: output).flatMap { pass.lossGradients[$0.index] }
  }

  private func moves(_ step: ExplanationLines.Step, _ number: Int) -> [String] {
    var lines = ["", "STEP: \(words(ofStep: number))"]
    if step.passes.count > 1 {
      lines.append("  The gradients of the batch's \(step.passes.count) samples are averaged.")
    }
    lines += transformWords.map { "  \($0)" }
    lines += (step.moves.learningRate + step.moves.gradients).map { "  \($0.text)" }
    for layer in shown {
      lines += ["", "Layer \(layer.index)"]
      for neuron in part.neurons(of: layer) {
        lines += ["  neuron \(neuron.index)"] + step.moves.moves[layer.index][neuron.index].map { "    \($0.text)" }
      }
    }
    return lines + [""] + again(step, number)
  }

  /// The loss of each sample before and after a step.
  func again(_ step: ExplanationLines.Step, _ number: Int) -> [String] {
    zip(step.passes, zip(steps[number].passes, step.lossesAfter)).map { pass, numbers in
      let which = step.passes.count == 1 ? "The same sample again" : "Sample \(numbers.0.sample) again"
      return "\(which): L = \(pass.lossNumber.text) → \(numbers.1.text)"
    }
  }

  /// What happens to the gradients before the step.
  var transformWords: [String] {
    rules.transforms.map { transform in
      (transform as? any ExplainedTransform)?.summary
        ?? "`\(type(of: transform))` changes the gradients before the step."
    }
  }

  func words(ofStep number: Int) -> String {
    number == 0 && steps.count == 1 ? stepWords : laterStepWords(number)
  }

  private func title(_ layer: ExplainedLayer) -> String {
    let count = layer.neurons.count
    let names = (layer.kindNames + layer.activations.map(\.description)).joined(separator: ", ")
    return "\(count) neuron\(count == 1 ? "" : "s"), \(names)"
  }

  // MARK: The step in words

  private var stepWords: String {
    guard let schedule else { return stepFormula }
    let more = schedule.schedule.shape.words.map { "; \($0)" } ?? ""
    return "\(stepFormula) The learning rate is that of the schedule's first batch\(more)."
  }

  private func laterStepWords(_ number: Int) -> String {
    let learningRate = schedule != nil ? ", the learning rate that of the schedule's batch \(number + 1)" : ""
    let name = type(of: rules.optimizer).name
    return "\(name)'s step \(number + 1) moves each number against its gradient\(learningRate)."
  }

  private var stepFormula: String {
    var terms = ""
    if rules.regularization.l1 != 0 { terms += " + \(shortNumber(rules.regularization.l1))·sign w" }
    if rules.regularization.l2 != 0 { terms += " + \(shortNumber(rules.regularization.l2))·w" }
    let g = terms.isEmpty ? "∂L/∂w" : "g"
    let regularized = terms.isEmpty ? "." : ", with g = ∂L/∂w\(terms) for weights and ∂L/∂b for biases."
    let name = "\(type(of: rules.optimizer).name)'s first step"
    guard let formula = rules.optimizer.firstStep(g) else {
      return "\(name) moves each number against its gradient\(regularized)"
    }
    let move = rules.optimizer.memory.isEmpty ? "each number moves against its gradient" : name
    return "\(move), \(formula)\(regularized)"
  }
}
