// The acts of both passes in their order: a sentence each, and the lines that explain it in formulas and numbers.

import { plural, short } from "nnkit/numbers";

/** Of more inputs than these only the greatest are listed. */
const listed = 8;

/** The phases in order, with what readers call them. */
export const phases = { forward: "Forward", loss: "Loss", backward: "Backward", step: "Step" };

/**
 * The acts, [{phase, kind, neuron, layer, title, sentence, formula, lines, messages, words}]: `words` stand below other
 * nodes of the drawing, by their keys.
 *
 * drawn: for each layer the indices of the neurons that act one by one; the others follow in one act.
 */
export function acts(network, drawn, data) {
  const writer = new ActWriter(network, data, drawn);
  const forward = network.layers.flatMap((layer) => one(layer, drawn, "forward", (neuron) => writer.forward(neuron)));
  const backward = [...network.layers].reverse()
    .flatMap((layer) => one(layer, drawn, "backward", (neuron) => writer.backward(neuron)));
  const step = network.layers.flatMap((layer) => one(layer, drawn, "step", (neuron) => [writer.move(neuron)]));
  return [...forward, writer.loss(), ...backward, ...step, writer.again()];
}

function one(layer, drawn, phase, write) {
  const list = drawn[layer.index].flatMap((index) => write(layer.neurons[index])
    .map((act) => ({ ...act, phase, layer, neuron: layer.neurons[index] })));
  const others = layer.neurons.length - drawn[layer.index].length;
  if (others > 0) {
    list.push({
      phase, kind: "others", layer, messages: [],
      title: `The other ${plural(others, "neuron")} of layer ${layer.index} do${others === 1 ? "es" : ""} the same`,
      sentence: "To see one of them act, choose it by its number beside the drawing.", formula: "", lines: [],
    });
  }
  return list;
}

class ActWriter {
  constructor(network, data, drawn) { Object.assign(this, { network, data, drawn }); }

  // MARK: Forward

  forward(neuron) { return [this.#hear(neuron), this.#combine(neuron), this.#respond(neuron)]; }

  #hear(neuron) {
    const { window } = neuron.layer;
    const where = sourceNames(neuron.layer);
    return {
      kind: "hear", title: `${name(neuron)} hears its ${plural(neuron.fanIn, "input")}`,
      sentence: window
        ? `It fires at ${window.rows} × ${window.columns} positions of its window, at each with the same weights. Its inputs x are the`
          + ` numbers of ${where} that lie in the window.`
        : `The inputs x of this neuron are ${where}.`,
      formula: `x = ${where}${window ? ", in the window" : ""}`, lines: [...this.#heard(neuron), ...neuron.lines.hear],
      messages: this.#along(neuron, false), words: this.#beside(neuron, (i) => `x ${brief(neuron.inputs[i])}`),
    };
  }

  /** All inputs; of many those of the drawn neurons, and then those that count most. */
  #heard(neuron) {
    const { inputs, weights } = neuron;
    // The lines of a window give its inputs themselves.
    if (neuron.layer.window) return [];
    const first = neuron.layer.readsLayerBefore ? this.drawn[neuron.layer.index - 1] : [];
    const rank = (i) => (first.includes(i) ? Infinity : Math.abs((neuron.isPlain ? weights[i] : 1) * inputs[i]));
    const all = [...inputs.keys()];
    const shown = all.length <= listed ? all
      : all.sort((one, other) => rank(other) - rank(one) || 0).slice(0, listed).sort((one, other) => one - other);
    const rest = inputs.length - shown.length;
    return [...shown.map((i) => `x${i} = ${short(inputs[i])}`), ...(rest > 0 ? [`left out: the other ${plural(rest, "input")}; the neuron's table has a button that shows all`] : [])];
  }

  #combine(neuron) {
    const isOwn = neuron.owns("combine");
    const isSum = !isOwn && !neuron.formula;
    return {
      kind: "combine", title: `${name(neuron)} combines them${isOwn ? " in its own way" : ""}`,
      sentence: isSum ? "It multiplies each input by its weight, adds the products, and adds its bias b: the weighted input z."
        : `Neurons of the ${isOwn ? "class" : "kind"} ${neuron.type} compute their weighted input z by their own rule.`,
      formula: isSum ? "z = Σ w·x + b" : neuron.formula ?? "", lines: neuron.lines.combine,
      messages: this.#along(neuron, false, false), words: this.#beside(neuron, (i) => `w ${brief(neuron.weights[i])}`),
    };
  }

  #respond(neuron) {
    const f = neuron.activation;
    if (neuron.owns("respond")) {
      return {
        kind: "respond", title: `${name(neuron)} responds in its own way`, messages: [], formula: "", lines: neuron.lines.respond,
        sentence: `Neurons of the class ${neuron.type} turn z into their output a by their own rule.`,
      };
    }
    return {
      kind: "respond", title: `${name(neuron)} responds`, messages: [],
      sentence: f.whole_layer ? "The activation function takes the z of all neurons of the layer; each neuron gets its output a."
        : "Its activation function f turns z into its output a.",
      formula: `a = f(z), ${f.description}: ${f.formula}`, lines: neuron.lines.respond,
    };
  }

  // MARK: Loss

  loss() {
    const { loss } = this.data;
    const last = this.network.layers.length - 1;
    const outputs = this.drawn[last];
    return {
      phase: "loss", kind: "loss", title: "The loss compares the outputs with the targets",
      sentence: "The loss L is one number: small where the outputs a are close to the targets y, great where they are not.",
      messages: outputs.map((i) => ({ key: `${last}.${i}>loss`, isBack: false, isSent: true })),
      words: new Map(loss.terms ? outputs.map((i) => [`loss.${i}`, brief(loss.terms[i])]) : []),
      formula: `${loss.description}: ${loss.formula}`, lines: loss.lines,
    };
  }

  // MARK: Backward

  backward(neuron) { return [this.#receive(neuron), this.#local(neuron), this.#gradients(neuron), this.#send(neuron)]; }

  #receive(neuron) {
    const { index } = neuron.layer;
    const senders = this.network.layers.filter((layer) => layer.sources.includes(index));
    const fromLoss = senders.length > 0 ? [] : this.data.loss.gradients[neuron.index] ?? [];
    const act = {
      kind: "receive", title: `${name(neuron)} hears how the loss depends on it`, lines: [...fromLoss, ...neuron.lines.receive],
    };
    if (senders.length === 0) {
      const isSteep = !Number.isFinite(neuron.received);
      return {
        ...act, formula: "∂L/∂a: the slope of the loss",
        sentence: "A message comes back from the loss: how fast L changes when this output a changes.",
        messages: [{ key: `${neuron.key}>loss`, isBack: true, isSent: true }],
        words: new Map(isSteep ? [] : [[`loss.${neuron.index}`, brief(neuron.received)]]),
      };
    }
    const layers = senders.map((layer) => `layer ${layer.index}`).join(" and ");
    const isWindow = senders.some((layer) => layer.window);
    const others = senders.flatMap((layer) => layer.neurons).filter((other) => other.taps.has(neuron.key));
    return {
      ...act, formula: `∂L/∂a = the sum of the messages from ${layers}`,
      sentence: `A message came back from each neuron of ${layers}${isWindow ? ", from each position at which it hears this number" : ""}.`
        + ` Their sum says how fast L changes when this output a${neuron.layer.window ? ", at this position," : ""} changes.`,
      messages: others.map((other) => ({ key: `${neuron.key}>${other.key}`, isBack: true, isSent: true })),
      words: new Map(others.filter((other) => !other.layer.window)
        .map((other) => [other.key, brief(messageTo(neuron, other))])),
    };
  }

  #local(neuron) {
    const isPair = neuron.layer.index === this.network.layers.length - 1 && this.data.loss.canonical;
    const isOwn = neuron.owns("respond") || neuron.owns("computeLocalGradients");
    const [formula, why] = isOwn && !isPair ? ["", `Neurons of the class ${neuron.type} work it out in their own way.`] : isPair
      ? [`δ = ∂L/∂z of ${neuron.activation.name} and ${this.data.loss.name} together`,
        "In this pair of functions terms of both derivatives cancel, so that δ has a simple formula."]
      : neuron.activation.whole_layer
        ? ["δ = Σ ∂L/∂a·∂a/∂z over the whole layer", "Its z changes the outputs of the whole layer, so that all of them count."]
        : ["δ = ∂L/∂a·f′(z)", "It is ∂L/∂a times f′(z), the slope of the activation function at z."];
    return {
      kind: "local", title: `${name(neuron)} works out its local gradient`, messages: [], formula,
      sentence: `The local gradient δ says how fast L changes when z changes. ${why}`, lines: neuron.lines.local,
    };
  }

  #gradients(neuron) {
    const isOwn = neuron.owns("accumulateGradients");
    const isProduct = !isOwn && !neuron.formula;
    const isShared = neuron.layer.window !== null;
    if (!neuron.hasBias) {
      return {
        kind: "gradients", title: `${name(neuron)} has no gradients`, messages: [], formula: "", lines: neuron.lines.gradients,
        sentence: "It has no weights and no bias, so there is nothing that it could learn.",
      };
    }
    return {
      kind: "gradients", title: `${name(neuron)} works out its gradients`, messages: this.#along(neuron, false, false),
      sentence: "The gradient of a weight says how fast L changes when the weight changes."
        + (isProduct ? " It is δ times the input that the weight belongs to; for the bias it is δ itself." : "")
        + (isShared ? " The weight counts at every position, so that the gradient is the sum over all positions." : ""),
      words: this.#beside(neuron, (i) => brief(neuron.gradient(i))),
      formula: isOwn ? "" : gradientFormulas[Number(isProduct)][Number(isShared)], lines: neuron.lines.gradients,
    };
  }

  #send(neuron) {
    const isOwn = neuron.owns("sendMessages");
    const isProduct = !isOwn && !neuron.formula;
    const isFirst = neuron.layer.readsSample;
    const listener = isFirst ? "input" : neuron.layer.window ? "number in its window" : "neuron it hears";
    return {
      kind: "send", title: `${name(neuron)} sends its messages`,
      sentence: `It sends a message back to each ${listener}: how fast L changes when that ${isFirst ? "input" : neuron.layer.window ? "number" : "neuron's output"} changes`
        + ` through this neuron.${isProduct ? " That is the weight between them times δ." : ""}`
        + (isFirst ? " An input has no weights, so that it learns nothing from the messages." : ""),
      formula: isOwn ? "" : isProduct ? `to each ${listener}: w·δ` : `to each ${listener}: δ·∂z/∂x`, lines: neuron.lines.send,
      messages: this.#along(neuron, true), words: this.#beside(neuron, (i) => brief(neuron.message(i))),
    };
  }

  // MARK: Step

  move(neuron) {
    if (!neuron.hasBias) {
      return {
        kind: "move", title: `${name(neuron)} stays as it is`, formula: "", messages: [], lines: neuron.lines.move,
        sentence: "It has no weights and no bias.",
      };
    }
    return {
      kind: "move", title: `${name(neuron)} moves its weights`, formula: this.data.words,
      sentence: "Each weight, and the bias, moves a little against its gradient, so that L becomes smaller.",
      messages: this.#along(neuron, false, false), words: this.#beside(neuron, (i) => `w ${brief(neuron.updatedWeights[i])}`),
      lines: neuron.lines.move,
    };
  }

  /** The loss once more, with the weights after the step. */
  again() {
    return {
      phase: "step", kind: "again", title: "The loss after the step", messages: [], formula: "",
      sentence: "The same numbers go through the network again, with the new weights.", lines: this.data.again,
    };
  }

  // MARK: The drawing

  /** The connections from what a neuron hears, with messages along them or back, or only marked. */
  #along(neuron, isBack, isSent = true) {
    return [...neuron.taps.keys()].map((key) => ({ key: `${key}>${neuron.key}`, isBack, isSent }));
  }

  /** A word below each node that a neuron hears one number from. */
  #beside(neuron, word) {
    return new Map([...neuron.taps].filter(([, taps]) => taps.length === 1).map(([key, taps]) => [key, word(taps[0])]));
  }
}

/** The formulas of gradients: by δ·x or by stated derivatives, once or summed over positions. */
const gradientFormulas = [
  ["∂L/∂w = δ·∂z/∂w, ∂L/∂b = δ·∂z/∂b", "∂L/∂w = Σ δ·∂z/∂w, ∂L/∂b = Σ δ·∂z/∂b over the positions"],
  ["∂L/∂w = δ·x, ∂L/∂b = δ", "∂L/∂w = Σ δ·x, ∂L/∂b = Σ δ over the positions"],
];

/** What a neuron without a window sends to another, at the position that is shown of that. */
const messageTo = (neuron, sender) => sender.layer.startsOf(neuron.layer.index).reduce((sum, start) =>
  sum + sender.message(start + neuron.index * neuron.layer.positions + neuron.position), 0);

/** What a layer's inputs are, in words. */
function sourceNames(layer) {
  const names = layer.sources.map((source) => (source < 0 ? "the sample" : `layer ${source}`));
  if (layer.readsSample) return "the sample's numbers";
  if (layer.sources.length === 1) return `the outputs a of ${names[0]}`;
  return layer.addsSources ? `the sums of what ${names.join(" and ")} give` : `what ${names.join(" and ")} give`;
}

const brief = (value) => short(value, 3);

const name = (neuron) =>
  `Layer ${neuron.layer.index}, neuron ${neuron.index}${neuron.isPlain ? "" : ` (${neuron.type})`}`;
