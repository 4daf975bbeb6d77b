package import NNKit

/// A sample to be explained.
package struct ExplainedSample {
  package let number: Int
  package let input: [Double]
  package let target: [Double]
  /// By what its loss, and so its gradients, are multiplied; nil where all samples count alike.
  package var weight: Double?

  /// As a loss takes it for a batch of this one sample.
  var weights: [Double] { weight.map { [$0] } ?? [] }
}

/// What a neuron held and did at one position of its window.
package struct ExplainedPosition {
  package let row, column: Int
  /// nil where the window lies in the padding and the neuron, having no weights, leaves it out.
  package let inputs: [Double?]
  package let weightedInput: Double
  package let output: Double
  package let received: Double
  package let localGradient: Double
  /// What it sends to each of its inputs there, also to those in the padding, which no neuron receives.
  package let messages: [Double]
  /// Whether each of its inputs lies in the image; the others are padding.
  package let isInside: [Bool]
}

/// What one neuron held and did in both passes over one sample; of a neuron that fires at several positions, at the one that
/// is shown.
package struct ExplainedNeuron {
  package let index: Int
  /// What it is called beside plain neurons: the kind, or the class.
  package let typeName: String
  /// How a plugin combines for it, if one does.
  package let kind: NeuronKind?
  package let activation: Activation
  package let isPlain: Bool
  package let respondsByActivation: Bool
  /// How it computes, as it states it; and what its class does in its own way.
  package let formulas: NeuronFormulas
  package internal(set) var ownWays: Set<OwnWay> = []
  package internal(set) var inputs: [Double]
  package let weights: [Double]
  package let bias: Double
  package internal(set) var weightedInput: Double
  package internal(set) var output: Double
  /// f′(z); nil where the function is of the whole layer, or the neuron responds in its own way.
  package internal(set) var derivative: Double?
  package internal(set) var received: Double
  package internal(set) var localGradient: Double
  package let weightGradient: [Double]
  package let biasGradient: Double
  package internal(set) var messages: [Double]
  package internal(set) var updatedWeights: [Double]
  package internal(set) var updatedBias: Double
  /// False of a neuron that pools: it has no weights and no bias.
  package let hasBias: Bool
  /// What it did at each position, rows first; empty in a layer without a window.
  package let positions: [ExplainedPosition]
  /// Which of them is shown.
  package internal(set) var shownPosition: Int

  /// The same neuron, shown at another of its positions.
  ///
  /// - Throws: `FunctionFailure` if the activation reports one.
  func showing(_ index: Int) throws -> ExplainedNeuron {
    let position = positions[index]
    var other = self
    other.shownPosition = index
    other.inputs = position.inputs.map { $0 ?? 0 }
    (other.weightedInput, other.output) = (position.weightedInput, position.output)
    (other.received, other.localGradient) = (position.received, position.localGradient)
    other.messages = position.messages
    if derivative != nil { other.derivative = try activation.values(at: [position.weightedInput]).derivatives[0] + 0 }
    return other
  }
}

/// What the neurons of one layer held and did.
package struct ExplainedLayer {
  package let index: Int
  /// The activation that all neurons share, or one each.
  package let activations: [Activation]
  package let frozen: FrozenParameters
  /// What its neurons are called, if any is not plain.
  package let kindNames: [String]
  package internal(set) var neurons: [ExplainedNeuron]
  /// The window at whose positions its neurons fire; nil where each has all inputs once.
  package let window: SlidingWindow?
  /// Where its inputs come from, and whether these are added up.
  package let sources: [Source]
  package let addsSources: Bool
  /// The numbers of each neuron's inputs; nil where each has all.
  package let connections: [[Int]]?
  package let dropout: Double
}

/// Both passes over one sample.
package struct ExplainedPass {
  package let sample: Int
  package let input: [Double]
  package let target: [Double]
  /// By what the loss of the sample is multiplied; nil where all samples count alike.
  package let weight: Double?
  /// With the weight in it.
  package let loss: Double
  package internal(set) var layers: [ExplainedLayer]

  /// The same passes, with the neurons of each layer that has such a position shown at it.
  func showing(_ position: ImageSize) throws -> ExplainedPass {
    var other = self
    for (index, layer) in layers.enumerated() {
      guard let number = layer.window?.number(of: position) else { continue }
      other.layers[index].neurons = try layer.neurons.map { try $0.showing(number) }
    }
    return other
  }
}

extension SlidingWindow {
  /// The number of a position, counted row by row; nil if there is no such position.
  func number(of position: ImageSize) -> Int? {
    guard 0..<positions.height ~= position.height, 0..<positions.width ~= position.width else { return nil }
    return position.height * positions.width + position.width
  }
}

/// How steps are taken: what changes the gradients, and what moves the parameters by them.
struct StepRules {
  /// What changes the gradients before a step, one after the other.
  let transforms: [any GradientTransform]
  let optimizer: any Optimizer
  let regularization: Regularization
}

/// Both passes over each sample of a batch, and the step that follows.
package struct ExplainedStep {
  package let learningRate: Double
  package internal(set) var passes: [ExplainedPass]
  /// What each transform leaves of the mean gradients, by layer, neuron and parameter, the bias last.
  package let transformed: [[[[Double]]]]
  /// How each neuron's weights moved, its bias last; by layer and neuron.
  package let moves: [[[ParameterMove]]]
  /// The loss of each sample after the step.
  package let lossesAfter: [Double]
}

/// How one number was moved by a step.
package struct ParameterMove {
  package let before: Double
  package let after: Double
  /// What the optimizer remembered of it before and after.
  package let statesBefore: [Double]
  package let statesAfter: [Double]
  /// The random number that the step had for it, whether the optimizer took it or not.
  package let random: Double
}
