// The explained network as the page's data have it: neurons with what they held in both passes.

import { unpack } from "nnkit/numbers";

export function explainedNetwork(data) {
  const input = unpack(data.input);
  const layers = [];
  for (const layer of data.layers) layers.push(new ExplainedLayer(layer, layers[layers.length - 1], input));
  return { input, target: unpack(data.target), layers };
}

class ExplainedLayer {
  constructor(data, before, input) {
    this.index = data.index;
    this.before = before;
    this.inputs = before ? before.outputs : input;
    this.activations = data.activations;
    this.activationOf = data.activation_of;
    this.lines = data.lines;
    this.columns = data.weight_columns;
    for (const name of ["weights", "updated_weights", "biases", "updated_biases", "z", "a", "received", "delta",
      "bias_gradients"]) this[name] = unpack(data[name]);
    this.outputs = this.a;
    this.extended = new Map(data.extended.map((one) => [one.index, {
      ...one, gradients: unpack(one.gradients), messages: unpack(one.messages),
    }]));
    this.neurons = [...this.a.keys()].map((index) => new ExplainedNeuron(this, index));
  }

  /** The neurons that matter most here: a·∂L/∂a, what the loss would change by without them, to first order. */
  get importance() {
    return this.neurons.map((neuron) => {
      const value = Math.abs(neuron.a * neuron.received);
      return Number.isFinite(value) ? value : Math.abs(neuron.delta);
    });
  }
}

class ExplainedNeuron {
  constructor(layer, index) {
    this.layer = layer;
    this.index = index;
    this.key = `${layer.index}.${index}`;
    this.extension = layer.extended.get(index);
  }

  get isPlain() { return this.extension === undefined; }
  get type() { return this.extension?.type ?? "Neuron"; }
  /** How a plugin combines for it; undefined where none does. */
  get formula() { return this.extension?.formula ?? undefined; }
  /** Whether its class does this in its own way: combine, respond, … */
  owns(way) { return this.extension?.own.includes(way) ?? false; }
  get inputs() { return this.layer.inputs; }
  get weightCount() { return this.extension?.weight_count ?? this.inputs.length; }
  get weights() { return this.#row(this.layer.weights); }
  get updatedWeights() { return this.#row(this.layer.updated_weights); }
  get bias() { return this.layer.biases[this.index]; }
  get updatedBias() { return this.layer.updated_biases[this.index]; }
  get z() { return this.layer.z[this.index]; }
  get a() { return this.layer.a[this.index]; }
  get received() { return this.layer.received[this.index]; }
  get delta() { return this.layer.delta[this.index]; }
  /** What explains each of its acts: {combine: [text], …}. */
  get lines() { return this.layer.lines[this.index]; }
  get biasGradient() { return this.layer.bias_gradients[this.index]; }
  get activation() { return this.layer.activations[this.layer.activationOf[this.index] ?? 0]; }
  get curve() { return this.activation.curves[this.activation.curves.length > 1 ? this.index : 0]; }

  /** ∂L/∂wᵢ: a plain neuron's is δ·xᵢ; another reports its own. */
  gradient(i) { return this.isPlain ? this.delta * this.inputs[i] : this.extension.gradients[i]; }

  /** The message to input i: a plain neuron's is wᵢ·δ; another reports its own. */
  message(i) { return this.isPlain ? this.weights[i] * this.delta : this.extension.messages[i]; }

  #row(matrix) {
    const start = this.index * this.layer.columns;
    return matrix.subarray(start, start + this.weightCount);
  }
}

/** How much each input matters: the loss's change without it, to first order. */
export function inputImportance(network) {
  return [...network.input.keys()].map((i) =>
    Math.abs(network.input[i] * network.layers[0].neurons.reduce((sum, neuron) => sum + neuron.message(i), 0)));
}

/** The indices of the `count` greatest values, in their order. */
export const greatest = (values, count) =>
  [...values.keys()].sort((one, other) => values[other] - values[one]).slice(0, count).sort((one, other) => one - other);
