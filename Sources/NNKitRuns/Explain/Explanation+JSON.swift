internal import NNKit

extension Explanation {
  /// The explanation as JSON, all numbers with all their digits.
  public var jsonText: String { json.text(indent: 0) + "\n" }

  private var json: JSONText {
    .object([
      ("sample", .integer(sample)), ("input", .numbers(input)), ("target", .numbers(target)), ("loss", .number(loss)),
      ("layers", .list(layers.map(Self.json))),
    ])
  }

  private static func json(_ layer: LayerActs) -> JSONText {
    let names = layer.activations.map { JSONText.text($0.description) }
    return .object([
      ("index", .integer(layer.index)), ("activation", names.count == 1 ? names[0] : .list(names)),
      ("neurons", .list(layer.neurons.map(json))),
    ])
  }

  private static func json(_ neuron: NeuronAct) -> JSONText {
    var about: [(String, JSONText)] = [("index", .integer(neuron.index))]
    if !neuron.isPlain { about.append(("type", .text(neuron.typeName))) }
    if let kind = neuron.kind { about.append(("formula", .text(kind.function.information.formula))) }
    return .object(
      about + [
        ("inputs", .numbers(neuron.inputs)), ("weights", .numbers(neuron.weights)), ("bias", .number(neuron.bias)),
        ("weighted_input", .number(neuron.weightedInput)), ("output", .number(neuron.output)),
        ("received", .number(neuron.received)), ("local_gradient", .number(neuron.localGradient)),
        ("weight_gradient", .numbers(neuron.weightGradient)), ("bias_gradient", .number(neuron.biasGradient)),
        ("messages", .numbers(neuron.messages)), ("updated_weights", .numbers(neuron.updatedWeights)),
        ("updated_bias", .number(neuron.updatedBias)),
      ])
  }
}
