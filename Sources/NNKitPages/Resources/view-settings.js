// What can be changed on the live page: data, learning, first weights, loss, and the layers with their activations.

import { html } from "nnkit/dom";

const paces = [[0, "full speed"], [100, "100 epochs a second"], [20, "20 epochs a second"], [5, "5 epochs a second"], [1, "1 epoch a second"]];
const penalties = { none: "none", l1: "L1: Σ|w|", l2: "L2: Σw²/2", both: "L1 and L2" };
/** The strength with which a regularization begins. */
const firstStrength = 0.001;

/** A form that sends each change as it is made; send({learning_rate: 0.1}). */
export class Settings {
  constructor(send) {
    this.send = send;
    this.data = this.#choice("data", (data) => ({ data }));
    this.noise = this.#number("noise", 0.01, (noise) => ({ noise }));
    this.optimizer = this.#choice("optimizer", (optimizer) => ({ optimizer }));
    this.learning_rate = this.#number("learning_rate", "any", (rate) => ({ learning_rate: rate }));
    this.momentum = this.#number("momentum", "any", (momentum) => ({ momentum }));
    this.regularization = this.#choice("regularization", (name) => ({
      l1: name === "l1" || name === "both" ? this.setup.l1 || firstStrength : 0,
      l2: name === "l2" || name === "both" ? this.setup.l2 || firstStrength : 0,
    }));
    this.l1 = this.#number("l1", "any", (l1) => ({ l1 }));
    this.l2 = this.#number("l2", "any", (l2) => ({ l2 }));
    this.batch = this.#number("batch", 1, (batch) => ({ batch }));
    this.epochs = this.#number("epochs", 1, (epochs) => ({ epochs }));
    this.initializer = this.#choice("initializer", (initializer) => ({ initializer }));
    this.pace = this.#choice("pace", (pace) => ({ pace: Number(pace) }));
    this.loss = this.#choice("loss", (loss) => ({ loss }));
    this.layers = html("ol", { class: "layer-list" });
    const group = (title, ...fields) => [html("h3", {}, title), html("div", { class: "fields" }, fields)];
    this.element = html("section", { class: "card settings", "aria-label": "Settings" },
      group("Data", labelled("Data set", this.data), labelled("Noise", this.noise)),
      group("Learning", labelled("Optimizer", this.optimizer), labelled("Learning rate", this.learning_rate),
        labelled("Momentum", this.momentum), labelled("Regularization", this.regularization),
        labelled("L1 strength", this.l1), labelled("L2 strength", this.l2), labelled("Batch", this.batch),
        labelled("Epochs", this.epochs), labelled("Pace", this.pace)),
      group("Network", labelled("Loss", this.loss, "whole"), labelled("First weights", this.initializer, "whole")), this.layers,
      html("p", { class: "note" }, "A change of data, loss, layers or first weights starts the training again from the seed. Other changes take effect at once."));
  }

  #number(name, step, change) {
    const input = html("input", { type: "number", step, "data-setting": name, onchange: () => this.#sendNumber(input, step === 1, change) });
    return input;
  }

  /** A number goes to nnkit, which says what is wrong with it; text that is not a number is refused here. */
  #sendNumber(input, isWhole, change) {
    const value = Number(input.value);
    if (input.value === "" || (isWhole && !Number.isSafeInteger(value))) {
      return this.refuse(input.dataset.setting, isWhole ? "expected a whole number" : "expected a number");
    }
    this.send(change(value));
  }

  #choice(name, change) {
    const select = html("select", { "data-setting": name, onchange: () => this.send(change(select.value)) });
    return select;
  }

  /** Shows the settings in force; a field that is being written in is left alone. */
  show(setup) {
    this.setup = setup;
    for (const name of ["noise", "learning_rate", "momentum", "l1", "l2", "batch", "epochs"]) this.#fill(this[name], setup[name]);
    for (const name of ["noise", "momentum"]) this[name].closest("label").hidden = setup[name] === null;
    for (const name of ["l1", "l2"]) this[name].closest("label").hidden = setup[name] === 0;
    menu(this.data, setup.data_sets.map((name) => [name, name === "configured" ? setup.data_words : name]), setup.data);
    menu(this.optimizer, setup.optimizers.map((name) => [name, name]), setup.optimizer);
    const penalty = setup.l1 === 0 ? (setup.l2 === 0 ? "none" : "l2") : setup.l2 === 0 ? "l1" : "both";
    menu(this.regularization, Object.entries(penalties), penalty);
    menu(this.initializer, setup.initializers.map((name) => [name, name.replaceAll("_", " ")]), setup.initializer);
    menu(this.pace, paces, paces.some(([pace]) => pace === setup.pace) ? setup.pace : 0);
    menu(this.loss, setup.losses.map((one) => [one.name, one.name, one.summary]), setup.loss);
    if (this.layers.contains(document.activeElement) && document.activeElement.matches("input")) return;
    const focused = document.activeElement?.dataset?.setting;
    this.layers.replaceChildren(...setup.layers.map((layer, index) => this.#layer(layer, index)), this.#adder());
    if (focused?.startsWith("layer")) this.layers.querySelector(`[data-setting="${focused}"]`)?.focus();
  }

  #fill(control, value) { if (document.activeElement !== control) control.value = value ?? ""; }

  /**
   * Says beside a field why its change was refused; null takes back what was said.
   *
   * Returns whether there is such a field.
   */
  refuse(field, text) {
    if (this.refused?.field === field && this.refused?.text === text && this.refused.control.isConnected) return true;
    const hadOne = this.refused !== undefined;
    this.refused?.words.remove();
    this.refused?.control.removeAttribute("aria-invalid");
    this.refused?.control.removeAttribute("aria-describedby");
    this.refused = undefined;
    if (!text) {
      if (hadOne && this.setup) this.show(this.setup);
      return true;
    }
    const control = document.querySelector(`[data-setting="${field}"]`) ?? (field === "layers" ? this.layers : null);
    if (!control) return false;
    const words = html("span", { class: "refusal bad", role: "alert", id: "refusal" }, text);
    control.setAttribute("aria-invalid", "true");
    control.setAttribute("aria-describedby", "refusal");
    if (control.closest(".layer-list li")) control.closest("li").append(words);
    else control.after(words);
    this.refused = { field, text, control, words };
    return true;
  }

  #layer(layer, index) {
    const isLast = index === this.setup.layers.length - 1;
    const name = isLast ? "output layer" : `layer ${index}`;
    const width = html("input", {
      type: "number", step: 1, disabled: isLast || layer.pools, "aria-label": `Neurons of ${name}`, "data-setting": `layer-${index}-neurons`,
      onchange: () => this.#sendNumber(width, true, (neurons) => this.#changed(index, { neurons })),
    });
    width.value = layer.neurons;
    const kernel = layer.kernel !== null && html("input", {
      type: "text", "aria-label": `Kernel of ${name}`, title: "The kernel: 3, 3 × 5 or all", "data-setting": `layer-${index}-kernel`,
      onchange: () => this.send(this.#changed(index, { kernel: kernel.value.trim() })),
    });
    if (kernel) kernel.value = layer.kernel;
    const activation = html("select", {
      "aria-label": `Activation of ${name}`, "data-setting": `layer-${index}-activation`,
      onchange: () => this.send(this.#changed(index, { activation: activation.value })),
    });
    const all = layer.activation === "mixed" ? [{ name: "mixed", summary: "one each" }, ...this.setup.activations] : this.setup.activations;
    menu(activation, all.map((one) => [one.name, one.name, one.summary]), layer.activation);
    const remove = !isLast && html("button", {
      type: "button", class: "quiet", "aria-label": `Remove ${name}`,
      onclick: () => this.send({ layers: this.#layers().toSpliced(index, 1) }),
    }, "×");
    return html("li", {}, html("span", { class: "note" }, name), width, activation, remove,
      kernel && html("label", { class: "kernel" }, html("span", { class: "note" }, layer.pools ? "pools, kernel" : "kernel"), kernel));
  }

  #adder() {
    return html("li", {}, html("button", {
      type: "button", "data-setting": "add-layer",
      onclick: () => {
        const layers = this.#layers();
        const model = layers[Math.max(0, layers.length - 2)];
        const activation = layers.length > 1 && model.activation !== "mixed" ? model.activation : "tanh";
        this.send({ layers: layers.toSpliced(layers.length - 1, 0, { neurons: 4, activation }) });
      },
    }, "Add a layer"));
  }

  #changed(index, change) {
    return { layers: this.#layers().map((layer, i) => (i === index ? { ...layer, ...change } : layer)) };
  }

  /** The layers there are; `was` says which one each is, when others come or go. */
  #layers() {
    return this.setup.layers.map(({ neurons, activation, kernel }, was) =>
      ({ neurons, activation, was, ...(kernel === null ? {} : { kernel }) }));
  }
}

const labelled = (text, control, kind) => html("label", { class: kind }, html("span", {}, text), control);

/** options: [[value, text, title]]; the menu is built again only where they are others than before. */
function menu(select, options, chosen) {
  const shown = [...select.options].map((option) => option.value);
  if (options.map(([value]) => String(value)).join() !== shown.join()) {
    select.replaceChildren(...options.map(([value, text, title]) => html("option", { value, title }, text)));
  }
  select.value = chosen;
}
