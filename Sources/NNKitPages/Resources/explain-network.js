// The explained network as the page's data have it: neurons with what they held in both passes.

import { unpack } from "nnkit/numbers";

export function explainedNetwork(data) {
  const network = { input: unpack(data.input), target: unpack(data.target), layers: [] };
  const reader = data.layers.find((layer) => layer.window && layer.sources.includes(-1))?.window;
  /** So many numbers of the sample have one node in the drawing: those of a channel, where a window lies over them. */
  network.inputArea = reader ? reader.height * reader.width : 1;
  for (const layer of data.layers) network.layers.push(new ExplainedLayer(layer, network));
  return network;
}

class ExplainedLayer {
  constructor(data, network) {
    this.network = network;
    this.index = data.index;
    /** Where its inputs come from: the numbers of layers, −1 for the sample; and whether they are added up. */
    this.sources = data.sources;
    this.addsSources = data.adds;
    this.connections = data.connections;
    this.activations = data.activations;
    this.activationOf = data.activation_of;
    this.lines = data.lines;
    this.columns = data.weight_columns;
    this.hasBias = data.has_bias;
    for (const name of ["weights", "updated_weights", "biases", "updated_biases", "z", "a", "received", "delta",
      "bias_gradients"]) this[name] = unpack(data[name]);
    /** The window at whose positions its neurons fire; null where each has all inputs once. */
    this.window = data.window;
    this.positions = data.window ? data.window.rows * data.window.columns : 1;
    if (data.window) {
      this.maps = Object.fromEntries(Object.entries(data.maps).map(([name, map]) => [name, unpack(map)]));
      this.shown = data.shown;
      this.positionLines = data.position_lines;
      this.weightGradients = unpack(data.weight_gradients);
    }
    /** What the layers behind have as inputs: of each neuron, at each position, its output. */
    this.outputs = this.maps?.a ?? this.a;
    this.parts = this.sources.map((source) => source < 0
      ? { key: "in", numbers: network.input, area: network.inputArea }
      : { key: source, numbers: network.layers[source].outputs, area: network.layers[source].positions });
    this.arriving = this.#arriving();
    this.extended = new Map(data.extended.map((one) => [one.index, {
      ...one, gradients: unpack(one.gradients), messages: unpack(one.messages),
    }]));
    this.neurons = [...this.a.keys()].map((index) => new ExplainedNeuron(this, index));
  }

  get readsSample() { return this.sources.length === 1 && this.sources[0] < 0; }
  /** Whether all its inputs are the outputs of the layer before it. */
  get readsLayerBefore() { return this.sources.length === 1 && this.sources[0] === this.index - 1 && this.index > 0; }

  #arriving() {
    const parts = this.parts.map((part) => part.numbers);
    if (parts.length === 1) return parts[0];
    if (this.addsSources) return parts[0].map((_, i) => parts.reduce((sum, part) => sum + part[i], 0));
    return Float64Array.from(parts.flatMap((part) => [...part]));
  }

  /** The drawn nodes from which number `place` of what arrives comes. */
  nodesOf(place) {
    if (this.addsSources) return this.parts.map((part) => `${part.key}.${Math.floor(place / part.area)}`);
    let rest = place;
    for (const part of this.parts) {
      if (rest < part.numbers.length) return [`${part.key}.${Math.floor(rest / part.area)}`];
      rest -= part.numbers.length;
    }
    return [];
  }

  /** Where the outputs of layer `source`, or the sample for −1, begin among what arrives: one place for each time it is a source. */
  startsOf(source) {
    let start = 0;
    return this.sources.flatMap((one, i) => {
      const here = start;
      if (!this.addsSources) start += this.parts[i].numbers.length;
      return one === source ? [here] : [];
    });
  }

  /** The neurons that matter most here: a·∂L/∂a, what the loss would change by without them, to first order. */
  get importance() {
    return this.neurons.map((neuron) => {
      const value = this.maps
        ? sumOf(this.positions, (at) => Math.abs(this.#at("a", neuron, at) * this.#at("received", neuron, at)))
        : Math.abs(neuron.a * neuron.received);
      return Number.isFinite(value) ? value : Math.abs(neuron.delta);
    });
  }

  #at(name, neuron, position) { return this.maps[name][neuron.index * this.positions + position]; }
}

/** What stands for the lines of a position that the page does not have. */
const elsewhere = (layer, neuron, { row, column }) => [
  `The page has the lines of the first position; those of this one: nnkit explain … --layer ${layer} --neuron ${neuron} --position ${row},${column}`,
];
const actsOfPosition = ["hear", "combine", "respond", "receive", "local", "send"];

class ExplainedNeuron {
  constructor(layer, index) {
    this.layer = layer;
    this.index = index;
    this.key = `${layer.index}.${index}`;
    this.extension = layer.extended.get(index);
    /** The number of the position that is shown, counted row by row. */
    this.position = layer.shown?.[index] ?? 0;
  }

  get isPlain() { return this.extension === undefined; }
  get type() { return this.extension?.type ?? "Neuron"; }
  /** How a plugin combines for it; undefined where none does. */
  get formula() { return this.extension?.formula ?? undefined; }
  /** Whether its class does this in its own way: combine, respond, … */
  owns(way) { return this.extension?.own.includes(way) ?? false; }
  /** Whether it has weights and a bias. */
  get hasBias() { return this.layer.hasBias[this.index]; }
  get weightCount() { return this.extension?.weight_count ?? this.fanIn; }
  get weights() { return this.#row(this.layer.weights); }
  get updatedWeights() { return this.#row(this.layer.updated_weights); }
  get bias() { return this.layer.biases[this.index]; }
  get updatedBias() { return this.layer.updated_biases[this.index]; }
  get z() { return this.#shown("z"); }
  get a() { return this.#shown("a"); }
  get received() { return this.#shown("received"); }
  get delta() { return this.#shown("delta"); }
  get biasGradient() { return this.layer.bias_gradients[this.index]; }
  get activation() { return this.layer.activations[this.layer.activationOf[this.index] ?? 0]; }
  get curve() { return this.activation.curves[this.activation.curves.length > 1 ? this.index : 0]; }

  /** A number of the neuron at the shown position. */
  #shown(name) {
    const { maps, positions } = this.layer;
    return maps ? maps[name][this.index * positions + this.position] : this.layer[name][this.index];
  }

  /** A number of the neuron at each position: z, a, received or delta. */
  map(name) {
    const { maps, positions } = this.layer;
    return maps[name].subarray(this.index * positions, (this.index + 1) * positions);
  }

  /** What explains each of its acts, at the shown position: {combine: [text], …}. */
  get lines() {
    const { layer, index, position } = this;
    const lines = layer.lines[index];
    if (!layer.window || position === layer.shown[index]) return lines;
    const there = layer.positionLines?.[index]?.[position];
    const words = elsewhere(layer.index, index, this.place);
    return { ...lines, ...(there ?? Object.fromEntries(actsOfPosition.map((act) => [act, words]))) };
  }

  // MARK: Inputs

  /** How many inputs it has. */
  get fanIn() {
    const { window, arriving } = this.layer;
    return window ? (window.channels / window.groups) * window.kernel[0] * window.kernel[1] : arriving.length;
  }

  /** The row and the column of the shown position. */
  get place() {
    const { columns } = this.layer.window;
    return { row: Math.floor(this.position / columns), column: this.position % columns };
  }

  /** The first channel of its group, and how many there are. */
  get channels() {
    const { channels, groups } = this.layer.window;
    const count = channels / groups;
    return { first: Math.floor(this.index / (this.layer.neurons.length / groups)) * count, count };
  }

  /** Of input `i`: its channel, its row and column in the kernel, and in the image; the padding lies outside of that. */
  tap(i) {
    const { kernel, stride, padding, dilation } = this.layer.window;
    const size = kernel[0] * kernel[1];
    const [row, column] = [Math.floor((i % size) / kernel[1]), i % kernel[1]];
    return {
      channel: this.channels.first + Math.floor(i / size), row, column,
      imageRow: this.place.row * stride[0] + row * dilation[0] - padding[0],
      imageColumn: this.place.column * stride[1] + column * dilation[1] - padding[1],
    };
  }

  /** Which of the numbers that arrive is input `i` at the shown position; null in the padding. */
  #source(i) {
    const { window } = this.layer;
    if (!window) return i;
    const { channel, imageRow, imageColumn } = this.tap(i);
    const isInside = imageRow >= 0 && imageRow < window.height && imageColumn >= 0 && imageColumn < window.width;
    return isInside ? (channel * window.height + imageRow) * window.width + imageColumn : null;
  }

  /** Its inputs at the shown position. In the padding they are 0; null, where a neuron without weights leaves them out. */
  get inputs() {
    if (!this.layer.window) return this.layer.arriving;
    return Array.from({ length: this.fanIn }, (_, i) => {
      const source = this.#source(i);
      return source === null ? (this.hasBias ? 0 : null) : this.layer.arriving[source];
    });
  }

  /** The drawn nodes that it hears, each with the numbers of its inputs from there. */
  get taps() {
    const { layer } = this;
    if (!layer.window && !layer.connections) return (layer.allTaps ??= this.#taps([...Array(this.fanIn).keys()]));
    return (this.ownTaps ??= this.#taps(layer.connections?.[this.index] ?? [...Array(this.fanIn).keys()]));
  }

  #taps(inputs) {
    const { layer } = this;
    const taps = new Map();
    for (const i of inputs) {
      const place = layer.window ? this.tap(i).channel * layer.window.height * layer.window.width : i;
      for (const key of layer.nodesOf(place)) {
        if (!taps.has(key)) taps.set(key, []);
        taps.get(key).push(i);
      }
    }
    return taps;
  }

  // MARK: Gradients and messages

  /** ∂L/∂wᵢ: a plain neuron's is δ·xᵢ; with a window the sum of that over its positions; another reports its own. */
  gradient(i) {
    if (this.layer.window) return this.layer.weightGradients[this.index * this.layer.columns + i];
    return this.isPlain ? this.delta * this.layer.arriving[i] : this.extension.gradients[i];
  }

  /** The message to input i: a plain neuron's is wᵢ·δ; another reports its own. */
  message(i) {
    if (this.isPlain) return this.weights[i] * this.delta;
    return this.extension.messages[(this.layer.window ? this.position * this.fanIn : 0) + i];
  }

  #row(matrix) {
    const start = this.index * this.layer.columns;
    return matrix.subarray(start, start + this.weightCount);
  }
}

const sumOf = (count, value) => Array.from({ length: count }, (_, i) => value(i)).reduce((sum, one) => sum + one, 0);

/** How much each node of the sample matters: the loss's change without it, to first order; channels matter alike. */
export function inputImportance({ input, inputArea, layers }) {
  if (inputArea > 1) return Array.from({ length: Math.ceil(input.length / inputArea) }, () => 1);
  const readers = layers.filter((layer) => layer.sources.includes(-1));
  return [...input.keys()].map((i) => Math.abs(input[i] * readers.reduce((sum, layer) =>
    sum + layer.startsOf(-1).reduce((some, start) =>
      some + layer.neurons.reduce((one, neuron) => one + neuron.message(start + i), 0), 0), 0)));
}

/** The indices of the `count` greatest values, in their order. */
export const greatest = (values, count) =>
  [...values.keys()].sort((one, other) => values[other] - values[one]).slice(0, count).sort((one, other) => one - other);
