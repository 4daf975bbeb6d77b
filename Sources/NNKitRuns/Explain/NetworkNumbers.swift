internal import NNKit

/// A network's parameters as an explanation prints them, by layer and neuron.
struct NetworkNumbers {
  struct Neuron {
    let weights: [PrintedNumber]
    let bias: PrintedNumber
  }

  let layers: [[Neuron]]

  init(_ pass: ExplainedPass) {
    layers = pass.layers.map { layer in
      layer.neurons.map { Neuron(weights: $0.weights.map(PrintedNumber.init), bias: PrintedNumber($0.bias)) }
    }
  }

  init(layers: [[Neuron]]) { self.layers = layers }
}

/// What the neurons of one layer held in a pass, as an explanation prints it.
struct LayerNumbers {
  struct Neuron {
    let z, a, received, delta, biasGradient: PrintedNumber
    let derivative: PrintedNumber?
    let weightGradients, messages: [PrintedNumber]

    init(_ neuron: ExplainedNeuron) {
      z = PrintedNumber(neuron.weightedInput)
      a = PrintedNumber(neuron.output)
      received = PrintedNumber(neuron.received)
      delta = PrintedNumber(neuron.localGradient)
      derivative = neuron.derivative.map(PrintedNumber.init)
      biasGradient = neuron.biasGradient == neuron.localGradient ? delta : PrintedNumber(neuron.biasGradient)
      weightGradients = neuron.weightGradient.map(PrintedNumber.init)
      messages = neuron.messages.map(PrintedNumber.init)
    }
  }

  let neurons: [Neuron]
  /// What the layers behind hear: of each neuron, at each position, its output.
  let outputs: [PrintedNumber]
  /// δ of each neuron at each position.
  let deltas: [[PrintedNumber]]

  init(_ layer: ExplainedLayer) {
    let neurons = layer.neurons.map(Neuron.init)
    self.neurons = neurons
    func all(
      _ shown: KeyPath<Neuron, PrintedNumber>, _ number: KeyPath<ExplainedPosition, Double>
    ) -> [[PrintedNumber]] {
      zip(layer.neurons, neurons).map { neuron, numbers in
        if neuron.positions.isEmpty { return [numbers[keyPath: shown]] }
        return neuron.positions.enumerated().map { index, position in
          index == neuron.shownPosition ? numbers[keyPath: shown] : PrintedNumber(position[keyPath: number])
        }
      }
    }
    outputs = all(\.a, \.output).flatMap(\.self)
    deltas = all(\.delta, \.localGradient)
  }
}
