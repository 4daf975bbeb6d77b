// The acts of both passes in their order, each with its formula and the same formula in numbers.

import { factor, joined, plural, short } from "nnkit/numbers";

/** Of longer sums the greatest terms are shown, and the rest added up. */
const shownTerms = 8;

/** The phases in order, with what readers call them. */
export const phases = { forward: "Forward", loss: "Loss", backward: "Backward", step: "Step" };

/**
 * The acts, [{phase, kind, neuron, layer, title, sentence, formula, lines, messages, words}]: `words` stand below other
 * nodes of the drawing, by their keys.
 *
 * drawn: for each layer the indices of the neurons that act one by one; the others follow in one act.
 */
export function acts(network, drawn, data) {
  const digits = data.precision === "float32" ? 6 : 9;
  const writer = new ActWriter(network, data, digits, drawn);
  const forward = network.layers.flatMap((layer) => one(layer, drawn, "forward", (neuron) => writer.forward(neuron)));
  const backward = [...network.layers].reverse()
    .flatMap((layer) => one(layer, drawn, "backward", (neuron) => writer.backward(neuron)));
  const step = network.layers.flatMap((layer) => one(layer, drawn, "step", (neuron) => [writer.move(neuron)]));
  return [...forward, writer.loss(), ...backward, ...step];
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
  constructor(network, data, digits, drawn) {
    Object.assign(this, { network, data, digits, drawn });
    this.short = (value) => short(value, digits);
    this.factor = (value) => factor(value, digits);
  }

  // MARK: Forward

  forward(neuron) {
    const { before, index } = neuron.layer;
    return [
      {
        kind: "hear", title: `${name(neuron)} hears its ${plural(neuron.inputs.length, "input")}`,
        sentence: before ? `The inputs x of this neuron are the outputs a of layer ${index - 1}.`
          : "The inputs x of this neuron are the numbers of the sample.",
        formula: before ? `x = a of layer ${index - 1}` : "x = the sample's numbers", lines: this.#heard(neuron),
        messages: this.#along(neuron, false), words: this.#beside(neuron, (i) => `x ${this.#brief(neuron.inputs[i])}`),
      },
      this.#combine(neuron), this.#respond(neuron),
    ];
  }

  /** All inputs; of many those that count most. */
  #heard(neuron) {
    const { inputs, weights } = neuron;
    if (inputs.length <= shownTerms) return [`x = ${this.#list([...inputs])}`];
    const weight = (i) => neuron.isPlain ? weights[i] : 1;
    return this.#each(inputs.length, (i) => Math.abs(weight(i) * inputs[i]), (i) => `x${i} = ${this.short(inputs[i])}`,
      neuron.layer.before ? this.drawn[neuron.layer.index - 1] : []);
  }

  #combine(neuron) {
    const [weights, inputs] = [neuron.weights, neuron.inputs];
    const words = this.#beside(neuron, (i) => `w ${this.#brief(weights[i])}`);
    if (!neuron.isPlain) {
      return {
        kind: "combine", title: `${name(neuron)} combines them${neuron.formula ? "" : " in its own way"}`, messages: this.#along(neuron, false, false), words,
        sentence: `A neuron of the kind ${neuron.type} computes its weighted input z by its own rule.`,
        formula: neuron.formula ?? `z: as ${neuron.type} does it`,
        lines: [`weights ${this.#list([...weights])}`, `bias ${this.short(neuron.bias)}`, `z = ${this.short(neuron.z)}`],
      };
    }
    const terms = [...weights.keys()].map((i) => ({
      value: weights[i] * inputs[i], text: `${this.short(weights[i])}·${this.factor(inputs[i])}`,
    }));
    return {
      kind: "combine", title: `${name(neuron)} combines them`, formula: "z = Σ w·x + b", messages: this.#along(neuron, false, false), words,
      sentence: "It multiplies each input by its weight, adds the products, and adds its bias b: the weighted input z.",
      lines: [`z = ${this.#sum(terms, [this.short(neuron.bias)])} = ${this.short(neuron.z)}`],
    };
  }

  #respond(neuron) {
    const f = neuron.activation;
    const how = f.whole_layer ? `${f.description} over the whole layer` : `${f.description}(${this.short(neuron.z)})`;
    return {
      kind: "respond", title: `${name(neuron)} responds`, messages: [],
      sentence: f.whole_layer ? "The activation function takes the z of all neurons of the layer; each neuron gets its output a."
        : "Its activation function f turns z into its output a.",
      formula: `a = f(z), ${f.description}: ${f.formula}`, lines: [`a = ${how} = ${this.short(neuron.a)}`],
    };
  }

  // MARK: Loss

  loss() {
    const { loss } = this.data;
    const outputs = this.network.layers[this.network.layers.length - 1].a;
    const terms = loss.terms?.map((value) => ({ value, text: this.short(value) }));
    const compared = [...outputs.keys()].slice(0, 12)
      .map((i) => `output ${i}: a = ${this.short(outputs[i])}, target y = ${this.short(this.network.target[i])}`);
    if (outputs.length > 12) compared.push(`… (${outputs.length - 12} more)`);
    const last = this.network.layers.length - 1;
    const sum = terms && terms.length > 1 ? `${this.#sum(terms, [])} = ` : "";
    return {
      phase: "loss", kind: "loss", title: "The loss compares the outputs with the targets",
      sentence: "The loss L is one number: small where the outputs a are close to the targets y, great where they are not.",
      messages: this.drawn[last].map((i) => ({ key: `${last}.${i}>loss`, isBack: false, isSent: true })),
      words: new Map(loss.terms ? this.drawn[last].map((i) => [`loss.${i}`, this.#brief(loss.terms[i])]) : []),
      formula: `${loss.description}: ${loss.formula}`, lines: [...compared, `L = ${sum}${this.short(loss.value)}`],
    };
  }

  // MARK: Backward

  backward(neuron) {
    const list = [this.#receive(neuron), this.#local(neuron), this.#gradients(neuron)];
    if (neuron.layer.before) {
      list.push({
        kind: "send", title: `${name(neuron)} sends its messages`,
        sentence: "It sends a message back to each neuron it hears: how fast L changes when that neuron's output changes"
          + ` through this one.${neuron.isPlain ? " That is the weight between them times δ." : ""}`,
        formula: neuron.isPlain ? "to each neuron it hears: w·δ" : `messages ∂L/∂x as ${neuron.type} works them out`,
        messages: this.#along(neuron, true), words: this.#beside(neuron, (i) => this.#brief(neuron.message(i))),
        lines: this.#each(neuron.inputs.length, (i) => Math.abs(neuron.message(i)), (i) =>
          `to neuron ${i}: ${neuron.isPlain ? `${this.short(neuron.weights[i])}·${this.factor(neuron.delta)} = ` : ""}${this.short(neuron.message(i))}`,
        this.drawn[neuron.layer.index - 1]),
      });
    }
    return list;
  }

  #receive(neuron) {
    const next = this.network.layers[neuron.layer.index + 1];
    const act = { kind: "receive", title: `${name(neuron)} hears how the loss depends on it` };
    if (!next) {
      const isSteep = !Number.isFinite(neuron.received);
      return {
        ...act, formula: "∂L/∂a: the slope of the loss",
        sentence: "A message comes back from the loss: how fast L changes when this output a changes.",
        messages: [{ key: `${neuron.key}>loss`, isBack: true, isSent: true }],
        words: new Map(isSteep ? [] : [[`loss.${neuron.index}`, this.#brief(neuron.received)]]),
        lines: [isSteep ? "∂L/∂a is not finite: the loss is infinitely steep here; the canonical pair does not need it"
          : `∂L/∂a = ${this.short(neuron.received)}, from the loss`],
      };
    }
    const terms = next.neurons.map((other) => {
      const value = other.message(neuron.index);
      return { value, text: this.short(value) };
    });
    const sum = terms.length > 1 ? `${this.#sum(terms, [])} = ` : "";
    return {
      ...act, formula: `∂L/∂a = the sum of the messages from layer ${next.index}`,
      sentence: `A message came back from each neuron of layer ${next.index}. Their sum says how fast L changes when this output a`
        + " changes.",
      messages: next.neurons.map((other) => ({ key: `${neuron.key}>${other.key}`, isBack: true, isSent: true })),
      words: new Map(next.neurons.map((other) => [other.key, this.#brief(other.message(neuron.index))])),
      lines: [`∂L/∂a = ${sum}${this.short(neuron.received)}`],
    };
  }

  #local(neuron) {
    const isLast = neuron.layer.index === this.network.layers.length - 1;
    const act = {
      kind: "local", title: `${name(neuron)} works out its local gradient`, messages: [],
      sentence: "The local gradient δ says how fast L changes when z changes.",
    };
    const result = `δ = ${this.short(neuron.delta)}`;
    if (isLast && this.data.loss.canonical) {
      const y = this.network.target[neuron.index];
      const isDifference = Math.abs(neuron.a - y - neuron.delta) <= 1e-6 * Math.max(1, Math.abs(neuron.delta));
      const pair = `${neuron.activation.name} and ${this.data.loss.name} together`;
      return {
        ...act, sentence: `${act.sentence} In this pair of functions the slopes of both cancel; δ follows from a and y.`,
        formula: isDifference ? `δ = a − y: ${pair}` : `δ = ∂L/∂z of ${pair}`,
        lines: [isDifference ? `δ = ${this.short(neuron.a)} − ${this.factor(y)} = ${this.short(neuron.delta)}` : result],
      };
    }
    if (neuron.activation.whole_layer) {
      return {
        ...act, sentence: `${act.sentence} Each z changes the outputs of the whole layer, so that all of them count.`,
        formula: `δ = Σ ∂L/∂a·∂a/∂z over the whole layer (${neuron.activation.name})`, lines: [result],
      };
    }
    const isOwn = !neuron.isPlain && !neuron.formula;
    if (isOwn || !Number.isFinite(neuron.slope)) return { ...act, formula: "δ = ∂L/∂a·∂a/∂z", lines: [result] };
    return {
      ...act, sentence: `${act.sentence} It is ∂L/∂a times f′(z), the slope of the activation function at z.`,
      formula: "δ = ∂L/∂a·f′(z)",
      lines: [`f′(${this.short(neuron.z)}) = ${this.short(neuron.slope)}`,
        `δ = ${this.short(neuron.received)}·${this.factor(neuron.slope)} = ${this.short(neuron.delta)}`],
    };
  }

  #gradients(neuron) {
    const [plain, count] = [neuron.isPlain, neuron.weightCount];
    return {
      kind: "gradients", title: `${name(neuron)} works out its gradients`, messages: this.#along(neuron, false, false),
      sentence: "The gradient of a weight says how fast L changes when the weight changes."
        + (plain ? " It is δ times the input that the weight belongs to; for the bias it is δ itself." : ""),
      words: this.#beside(neuron, (i) => this.#brief(neuron.gradient(i))),
      formula: plain ? "∂L/∂w = δ·x, ∂L/∂b = δ" : `∂L/∂w and ∂L/∂b as ${neuron.type} works them out`,
      lines: [...this.#each(count, (i) => Math.abs(neuron.gradient(i)), (i) =>
        `∂L/∂w${i} = ${plain ? `${this.short(neuron.delta)}·${this.factor(neuron.inputs[i])} = ` : ""}${this.short(neuron.gradient(i))}`),
      `∂L/∂b = ${this.short(neuron.biasGradient)}`],
    };
  }

  // MARK: Step

  move(neuron) {
    const [weights, updated, { frozen }] = [neuron.weights, neuron.updatedWeights, neuron.layer];
    const changed = (name, from, to, gradient, isFrozen) => {
      if (isFrozen) return `${name}: stays ${this.short(from)}, since it is frozen`;
      return `${name}: ${this.#moved(from, gradient, name !== "b")} = ${this.short(to)}`;
    };
    const size = (i) => Math.abs(updated[i] - weights[i]);
    return {
      kind: "move", title: `${name(neuron)} moves its weights`, formula: this.data.optimizer.words,
      messages: this.#along(neuron, false, false),
      sentence: "Each weight, and the bias, moves a little against its gradient, so that L becomes smaller.",
      words: this.#beside(neuron, (i) => `w ${this.#brief(updated[i])}`),
      lines: [...this.#each(neuron.weightCount, size, (i) =>
        changed(`w${i}`, weights[i], updated[i], neuron.gradient(i), frozen.includes("weights"))),
      changed("b", neuron.bias, neuron.updatedBias, neuron.biasGradient, frozen.includes("biases"))],
    };
  }

  /** kept·w − rate·g / divisor, in numbers; before it g, where that is more than the gradient. */
  #moved(from, gradient, isWeight) {
    const { rate, kept, divisor, share, epsilon, ...regularization } = this.data.optimizer;
    const { l1, l2 } = isWeight ? regularization : { l1: 0, l2: 0 };
    const terms = [this.short(gradient)];
    if (l1 !== 0) terms.push(`${this.short(l1)}·${this.factor(Math.sign(from))}`);
    if (l2 !== 0) terms.push(`${this.short(l2)}·${this.factor(from)}`);
    const g = gradient + l1 * Math.sign(from) + l2 * from;
    const words = terms.length > 1 ? `g = ${joined(terms)} = ${this.short(g)}; ` : "";
    const before = kept === 1 ? this.short(from) : `${this.short(kept)}·${this.factor(from)}`;
    const size = this.short(Math.abs(g));
    if (divisor === "sign") return `${words}${before} − ${this.short(rate)}·${this.factor(Math.sign(g))}`;
    const root = share === 1 ? size : `√(${this.short(share)}·${size}²)`;
    const by = divisor === "root" ? ` / (${root} + ${this.short(epsilon)})` : "";
    return `${words}${before} − ${this.short(rate)}·${this.factor(g)}${by}`;
  }

  // MARK: Numbers

  /** What the nodes are called that a neuron hears. */
  #sources(neuron) {
    const before = neuron.layer.before ? neuron.layer.index - 1 : "in";
    return [...neuron.inputs.keys()].map((i) => `${before}.${i}`);
  }

  /** The connections from the layer before, with messages along them or back, or only marked. */
  #along(neuron, isBack, isSent = true) {
    return this.#sources(neuron).map((key) => ({ key: `${key}>${neuron.key}`, isBack, isSent }));
  }

  /** A word below each node that a neuron hears. */
  #beside(neuron, word) { return new Map(this.#sources(neuron).map((key, i) => [key, word(i)])); }

  #brief(value) { return short(value, 3); }

  #sum(terms, last) {
    if (terms.length <= shownTerms) return joined([...terms.map((term) => term.text), ...last]);
    const order = [...terms.keys()].sort((one, other) => Math.abs(terms[other].value) - Math.abs(terms[one].value));
    const shown = order.slice(0, shownTerms).sort((one, other) => one - other);
    const rest = order.slice(shownTerms).reduce((sum, i) => sum + terms[i].value, 0);
    return joined([...shown.map((i) => terms[i].text),
      `(${plural(terms.length - shownTerms, "smaller one")}: ${this.short(rest)})`, ...last]);
  }

  #list(values) {
    const shown = values.slice(0, shownTerms).map(this.short).join(", ");
    return values.length > shownTerms ? `${shown}, … (${values.length - shownTerms} more)` : shown;
  }

  /** A line for each; of many for those wanted first, and then for the greatest. */
  #each(count, size, line, first = []) {
    const all = [...Array(count).keys()];
    if (count <= shownTerms) return all.map(line);
    const rank = (i) => first.includes(i) ? Infinity : size(i);
    const shown = all.sort((one, other) => rank(other) - rank(one) || 0).slice(0, shownTerms).sort((one, other) => one - other);
    return [...shown.map(line), `… (${count - shownTerms} more)`];
  }
}

const name = (neuron) =>
  `Layer ${neuron.layer.index}, neuron ${neuron.index}${neuron.isPlain ? "" : ` (${neuron.type})`}`;
