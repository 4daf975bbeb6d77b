// What can be changed on the live page: rate, batch, epochs, pace, loss, and the layers with their activations.

import { html } from "nnkit/dom";

const paces = [[0, "full speed"], [100, "100 epochs a second"], [20, "20 epochs a second"], [5, "5 epochs a second"], [1, "1 epoch a second"]];

/** A form that sends each change as it is made; send({rate: 0.1}). */
export class Settings {
  constructor(send) {
    this.send = send;
    this.rate = this.#number("rate", { min: 0, step: "any" }, (rate) => ({ rate }));
    this.batch = this.#number("batch", { min: 1, step: 1 }, (batch) => ({ batch }));
    this.epochs = this.#number("epochs", { min: 1, step: 1 }, (epochs) => ({ epochs }));
    this.pace = html("select", { "data-setting": "pace", onchange: () => send({ pace: Number(this.pace.value) }) },
      paces.map(([value, text]) => html("option", { value }, text)));
    this.loss = html("select", { "data-setting": "loss", onchange: () => send({ loss: this.loss.value }) });
    this.layers = html("ol", { class: "layer-list" });
    this.optimizer = html("span");
    this.element = html("section", { class: "card settings", "aria-label": "Settings" },
      html("div", { class: "fields" }, this.#labelled("Learning rate", this.rate, this.optimizer),
        this.#labelled("Batch", this.batch), this.#labelled("Epochs", this.epochs), this.#labelled("Pace", this.pace),
        this.#labelled("Loss", this.loss)),
      html("h3", {}, "Layers"), this.layers,
      html("p", { class: "note" }, "Rate and batch change on the way; loss and layers begin anew from the seed."));
  }

  #number(name, attributes, change) {
    const input = html("input", {
      type: "number", "data-setting": name, required: true, ...attributes,
      onchange: () => { if (input.reportValidity()) this.send(change(Number(input.value))); },
    });
    return input;
  }

  #labelled(text, ...controls) { return html("label", {}, html("span", {}, text), ...controls); }

  /** Shows the settings in force; a field that is being written in is left alone. */
  show(setup) {
    this.setup = setup;
    this.optimizer.textContent = setup.optimizer;
    for (const name of ["rate", "batch", "epochs"]) this.#fill(this[name], setup[name]);
    const pace = [...this.pace.options].some((option) => Number(option.value) === setup.pace) ? setup.pace : 0;
    this.#fill(this.pace, pace);
    this.#menu(this.loss, setup.losses, setup.loss);
    if (this.layers.contains(document.activeElement) && document.activeElement.matches("input")) return;
    const focused = document.activeElement?.dataset?.setting;
    this.layers.replaceChildren(...setup.layers.map((layer, index) => this.#layer(layer, index)), this.#adder());
    if (focused?.startsWith("layer")) this.layers.querySelector(`[data-setting="${focused}"]`)?.focus();
  }

  #fill(control, value) { if (document.activeElement !== control) control.value = value; }

  #menu(select, functions, chosen) {
    const names = functions.map((one) => one.name);
    const shown = [...select.options].map((option) => option.value);
    if (names.join() !== shown.join()) {
      select.replaceChildren(...functions.map((one) => html("option", { value: one.name, title: one.summary }, one.name)));
    }
    select.value = chosen;
  }

  #layer(layer, index) {
    const isLast = index === this.setup.layers.length - 1;
    const name = isLast ? "output layer" : `layer ${index}`;
    const width = html("input", {
      type: "number", min: 1, max: 2048, step: 1, required: true, disabled: isLast, "aria-label": `Neurons of ${name}`,
      "data-setting": `layer-${index}-neurons`,
      onchange: () => { if (width.reportValidity()) this.#change(index, { neurons: Number(width.value) }); },
    });
    width.value = layer.neurons;
    const menu = html("select", {
      "aria-label": `Activation of ${name}`, "data-setting": `layer-${index}-activation`,
      onchange: () => this.#change(index, { activation: menu.value }),
    });
    this.#menu(menu, layer.activation === "mixed" ? [{ name: "mixed", summary: "one each" }, ...this.setup.activations]
      : this.setup.activations, layer.activation);
    const remove = !isLast && html("button", {
      type: "button", class: "quiet", "aria-label": `Remove ${name}`,
      onclick: () => this.#send(this.#layers().toSpliced(index, 1)),
    }, "×");
    return html("li", {}, html("span", { class: "note" }, name), width, menu, remove);
  }

  #adder() {
    return html("li", {}, html("button", {
      type: "button", "data-setting": "add-layer",
      onclick: () => {
        const layers = this.#layers();
        const model = layers[Math.max(0, layers.length - 2)];
        const activation = layers.length > 1 && model.activation !== "mixed" ? model.activation : "tanh";
        this.#send(layers.toSpliced(layers.length - 1, 0, { neurons: 4, activation }));
      },
    }, "Add a layer"));
  }

  #change(index, change) {
    this.#send(this.#layers().map((layer, i) => (i === index ? { ...layer, ...change } : layer)));
  }

  /** The layers there are; `was` says which one each is, when others come or go. */
  #layers() { return this.setup.layers.map(({ neurons, activation }, was) => ({ neurons, activation, was })); }

  #send(layers) { this.send({ layers }); }
}
