// What the chosen neuron holds in both passes over one sample, with the weights as they are now, which can be set by hand.

import { html } from "nnkit/dom";
import { short, unpack } from "nnkit/numbers";
import { kernelFigures } from "nnkit/windows";

/** So many weights are listed until the reader asks for all. */
const listed = 16;

export class HeldPanel {
  /** set({layer, neuron, index, value}) sets a weight, or the bias without an index; choose(sample) takes another sample. */
  constructor(set, choose) {
    this.set = set;
    this.choose = choose;
    this.element = html("section", { class: "card held-panel", "aria-label": "The chosen neuron" });
    this.clear();
  }

  clear() {
    this.key = null;
    this.element.replaceChildren(html("p", { class: "note" }, "Choose a neuron to see what it holds now, and to set its weights."));
  }

  /** key: "layer.index"; the panel of another neuron is built, the numbers of the same one change in their places. */
  show(key, held, setup, picture) {
    const digits = setup.precision === "float32" ? 6 : 9;
    const cellDigits = 3;
    if (key !== this.key || held.of !== this.of) this.#build(key, held, setup);
    const weights = unpack(held.weights);
    const [inputs, gradients] = [unpack(held.inputs), unpack(held.gradients)];
    for (const [name, cell] of this.facts) cell.textContent = short(held[name], digits);
    for (const [i, row] of this.rows) {
      fill(row.weight, weights[i]);
      row.input.textContent = i < inputs.length ? short(inputs[i], cellDigits) : "–";
      row.gradient.textContent = short(gradients[i], cellDigits);
    }
    fill(this.bias, held.bias);
    this.sample.max = held.samples - 1;
    if (document.activeElement !== this.sample) this.sample.value = held.sample;
    const { window } = setup.layers[Number(key.split(".")[0])];
    this.picture.replaceChildren(...(picture ? [picture] : []));
    this.kernels.replaceChildren(...(window && weights.length > 0 ? kernelFigures(weights, window.kernel, "Its kernel") : []));
    this.place.textContent = held.position ? ` Shown at row ${held.position[0]}, column ${held.position[1]}, where it responds most.` : "";
  }

  #build(key, held, setup) {
    [this.key, this.of] = [key, held.of];
    const [layer, index] = key.split(".").map(Number);
    const facts = [["z", "weighted input z"], ["a", "output a"], ["received", "received ∂L/∂a"], ["delta", "local gradient δ"],
      ["bias_gradient", "∂L/∂b"]];
    this.facts = new Map(facts.map(([name]) => [name, html("dd", { "data-held": name })]));
    this.picture = html("div", { class: "held-picture" });
    this.sample = html("input", {
      type: "number", min: 0, step: 1, "data-setting": "sample", onchange: () => {
        const sample = Number(this.sample.value);
        if (Number.isSafeInteger(sample)) this.choose(Math.max(0, sample));
      },
    });
    this.bias = this.#field("bias", "Bias", (value) => ({ layer, neuron: index, value }));
    const source = (i) => (i >= held.of ? "" : inputName(setup, layer, i));
    this.kernels = html("div", { class: "gallery small", "data-held": "kernel" });
    this.place = html("span", {});
    this.rows = new Map();
    const body = html("tbody");
    const list = (indices) => {
      this.rows.clear();
      body.replaceChildren(...indices.map((i) => this.#row(layer, index, i, source(i))));
    };
    const weights = unpack(held.weights);
    const all = [...weights.keys()];
    const isLong = all.length > listed;
    list(!isLong ? all : [...all].sort((one, other) => Math.abs(weights[other]) - Math.abs(weights[one])).slice(0, listed)
      .sort((one, other) => one - other));
    const more = isLong && html("button", {
      type: "button", class: "quiet", onclick: () => { list(all); more.remove(); },
    }, weights.length < held.of ? `Show the first ${weights.length} of ${held.of}` : `Show all ${held.of} weights`);
    this.element.replaceChildren(
      html("h2", {}, `Layer ${layer}, neuron ${index}`),
      html("p", { class: "note" }, `${held.type === "Neuron" ? "" : `${held.type}, `}${held.activation}. `
        + "All numbers come from one moment: both passes over one training sample, with the weights of now.", this.place),
      html("div", { class: "fields" }, html("label", {}, html("span", {}, "Training sample"), this.sample),
        held.has_bias && html("label", {}, html("span", {}, "bias b"), this.bias)),
      html("div", { class: "held" }, this.picture, html("dl", { class: "facts" }, facts.map(([name, text]) =>
        html("div", {}, html("dt", {}, text), this.facts.get(name))))),
      this.kernels,
      html("h3", {}, !held.has_bias ? "It has no weights and no bias" : isLong ? `The greatest of its ${held.of} weights` : "Its weights"),
      held.has_bias ? html("div", { class: "held-table" }, html("table", {}, html("thead", {}, html("tr", {}, ["from", "x", "w", "∂L/∂w"].map((text) => html("th", { scope: "col" }, text)))), body)) : "",
      more || "");
  }

  #row(layer, neuron, i, source) {
    const row = {
      weight: this.#field(`weight-${i}`, `Weight ${i}, from ${source}`, (value) => ({ layer, neuron, index: i, value })),
      input: html("td"), gradient: html("td"),
    };
    this.rows.set(i, row);
    return html("tr", {}, html("th", { scope: "row", title: source }, source), row.input, html("td", {}, row.weight), row.gradient);
  }

  #field(setting, label, message) {
    const field = html("input", {
      type: "number", step: "any", "data-setting": setting, "aria-label": label, onchange: () => {
        if (field.value !== "") this.set(message(Number(field.value)));
        field.dataset.was = field.value;
      },
    });
    return field;
  }
}

/** What an input of a neuron is: a place in its window, an input of the network, or another neuron. */
function inputName(setup, layer, i) {
  const { window, sources, adds } = setup.layers[layer];
  if (window) {
    const size = window.kernel[0] * window.kernel[1];
    const channel = window.channels > 1 ? `channel ${Math.floor(i / size)}, ` : "";
    return `${channel}row ${Math.floor((i % size) / window.kernel[1])}, column ${i % window.kernel[1]}`;
  }
  let rest = i;
  for (const source of sources) {
    const positions = source < 0 ? 1 : (setup.layers[source].window?.rows ?? 1) * (setup.layers[source].window?.columns ?? 1);
    const count = source < 0 ? setup.inputs : setup.layers[source].neurons * positions;
    if (rest < count || adds) {
      if (source < 0) return setup.features?.[rest] ?? `x${rest}`;
      const name = `${sources.length > 1 ? `layer ${source}, ` : ""}neuron ${Math.floor(rest / positions)}`;
      return positions > 1 ? `${name}, position ${rest % positions}` : name;
    }
    rest -= count;
  }
  return `x${i}`;
}

/** A number that is being written is left alone. */
function fill(field, value) {
  if (document.activeElement === field && field.dataset.was !== undefined && field.value !== field.dataset.was) return;
  field.value = field.dataset.was = value === null ? "" : String(Number(value.toPrecision(6)));
}
