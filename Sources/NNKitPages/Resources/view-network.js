// The network of the live page: each neuron as a picture of what it responds to, or of its weights.

import { html, svg } from "nnkit/dom";
import { unpack } from "nnkit/numbers";
import { Drawing } from "nnkit/drawing";
import { drawRegions, drawShares, drawSigned } from "nnkit/raster";
import { symbol } from "nnkit/plot";

const drawnInputs = 16;
/** As many neurons stand in a column of the drawing. */
const tallest = 12;
/** Where the page has its parts side by side, all of them in sight. */
const isWide = matchMedia("(min-width: 1000px) and (min-height: 640px)");

export class LiveNetwork {
  /** choose(layer, index) is called when the reader clicks a neuron. */
  constructor(choose) {
    this.choose = choose;
    this.drawing = new Drawing("The network: each neuron a picture", { size: { width: 50, height: 50 }, gap: 40 });
    this.element = this.drawing.element;
    new ResizeObserver(() => this.#fit()).observe(this.element);
  }

  /** Neurons are as large as the drawing's place allows, from 26 to 50 pixels. */
  #fit() {
    if (!this.setup) return;
    const rows = Math.max(1, Math.min(tallest, Math.max(...this.setup.layers.map((layer) => layer.shown), Math.min(drawnInputs, this.setup.inputs))));
    const pitch = isWide.matches ? Math.floor((this.element.clientHeight - 80) / rows) : 64;
    const below = pitch < 56 ? 5 : 14;
    const size = Math.max(26, Math.min(50, pitch - below));
    this.drawing.resize({ width: size, height: size }, below);
  }

  /** Draws the network's form; states fill it. */
  build(setup) {
    this.setup = setup;
    this.#fit();
    this.canvases = [];
    this.buttons = new Map();
    const columns = [this.#inputs(setup)];
    setup.layers.forEach((layer, index) => {
      this.canvases[index] = [];
      const nodes = [...Array(layer.shown).keys()].map((number) => this.#neuron(index, number));
      const note = layer.shown < layer.neurons ? `${layer.shown} of ${layer.neurons}` : "";
      columns.push({ title: [layer.kinds, layer.activation].filter(Boolean).join(", "), note, nodes });
    });
    this.drawing.show(columns, this.#connections(setup));
    this.mark(this.marked);
  }

  #inputs(setup) {
    if (setup.inputs > drawnInputs || setup.channels) {
      const words = setup.channels ?? (setup.image ? `${setup.image.rows} × ${setup.image.columns} pixels` : `${setup.inputs} inputs`);
      return { title: "inputs", nodes: [{ key: "in", element: html("div", { class: "neuron block" }, words) }] };
    }
    const nodes = [...Array(setup.inputs).keys()].map((i) => {
      const name = setup.features?.[i] ?? `x${i}`;
      if (!setup.plane) {
        const words = name.split(/(?<=[_\s.-])/).flatMap((word) => [word, html("wbr")]);
        return { key: `in.${i}`, element: html("div", { class: "neuron block named", title: name }, html("span", {}, words)) };
      }
      const canvas = html("canvas", { "aria-hidden": "true" });
      drawSigned(canvas, ramp(setup.plane, i), setup.plane.size, setup.plane.size, 1);
      return { key: `in.${i}`, element: html("div", { class: "neuron tile-node" }, canvas, html("span", { class: "name" }, name)) };
    });
    return { title: "inputs", nodes };
  }

  #neuron(layer, index) {
    const canvas = html("canvas", { "aria-hidden": "true", class: isBars(this.setup, layer) ? "crisp" : "" });
    this.canvases[layer][index] = canvas;
    const key = `${layer}.${index}`;
    const outputs = this.setup.layers[this.setup.layers.length - 1].neurons;
    const isClass = this.setup.classification && layer === this.setup.layers.length - 1 && outputs > 1;
    const element = html("button", {
      type: "button", class: "neuron tile-node", "aria-label": `Layer ${layer}, neuron ${index}`, "aria-pressed": "false",
      onclick: () => this.choose(layer, index),
    }, canvas, isClass && html("span", { class: "name" }, className(this.setup, index)));
    if (isClass) element.style.borderColor = `var(--class-${index % 10})`;
    this.buttons.set(key, element);
    return { key, element };
  }

  /** A neuron's picture once more, to be shown large; null where it has none. */
  enlarged(key) {
    const [layer, index] = key.split(".").map(Number);
    const own = this.canvases[layer]?.[index];
    if (!own?.hasAttribute("width")) return null;
    const copy = html("canvas", { class: `picture ${own.className}`, role: "img", "aria-label": "Its picture, larger", width: own.width, height: own.height });
    copy.getContext("2d").drawImage(own, 0, 0);
    return copy;
  }

  /** Marks the chosen neuron. */
  mark(key) {
    this.marked = key;
    for (const [name, button] of this.buttons) button.setAttribute("aria-pressed", String(name === key));
  }

  /** The lines that the setup gives: of each layer from which nodes to which of its neurons. */
  #connections(setup) {
    this.linkKeys = setup.layers.map((layer, index) => layer.links.map(([source, node, neuron]) =>
      ({ from: `${source < 0 ? "in" : source}.${node}`, to: `${index}.${neuron}` })));
    return this.linkKeys.flatMap((links) => links.map(({ from, to }) => ({ key: `${from}>${to}`, from, to, weight: 0 })));
  }

  /** Fills in one state. */
  show(state) {
    const weights = new Map();
    state.layers.forEach((layer, index) => {
      this.#pictures(layer, index);
      if (!layer.weights) return;
      const values = unpack(layer.weights);
      this.linkKeys[index].forEach(({ from, to }, i) => weights.set(`${from}>${to}`, values[i]));
    });
    this.drawing.weigh(weights);
  }

  #pictures(layer, index) {
    if (!layer.picture) return;
    const bytes = unpack(layer.picture);
    const canvases = this.canvases[index];
    const count = bytes.length / canvases.length;
    const [rows, columns] = pictureShape(this.setup, index, count);
    if (this.setup.plane && this.setup.classification && index === this.setup.layers.length - 1) {
      return this.#outputs(layer, bytes, canvases, count, [rows, columns]);
    }
    canvases.forEach((canvas, number) => {
      const own = Float32Array.from(bytes.subarray(number * count, (number + 1) * count), (byte) => byte - 128);
      drawSigned(canvas, own, rows, columns, 127);
    });
  }

  /** Outputs in the colours of their classes; a single one stands for two. */
  #outputs(layer, bytes, canvases, count, [rows, columns]) {
    const greatest = unpack(layer.greatest);
    const { target_off: off, target_on: on } = this.setup;
    canvases.forEach((canvas, number) => {
      const shares = Float32Array.from(bytes.subarray(number * count, (number + 1) * count), (byte) =>
        (((byte - 128) / 127) * greatest[number] - off) / (on - off));
      drawShares(canvas, shares, rows, columns, ...(canvases.length === 1 ? [1, 0] : [number]));
    });
  }
}

const className = (setup, index) => setup.classes?.[index] ?? `class ${index}`;

/** Which colour and mark is which class. */
export function classLegend(setup) {
  const outputs = setup.layers[setup.layers.length - 1].neurons;
  const count = setup.classification ? Math.max(2, outputs) : 0;
  const names = [...Array(Math.min(count, 10)).keys()].map((index) => {
    const name = className(setup, index);
    return Number.isNaN(Number(name)) ? name : `class ${name}`;
  });
  return names.map((name, index) => html("li", {}, svg("svg", { width: 16, height: 16, "aria-hidden": "true" }, symbol(8, 8, index)), name));
}

/** Whether a neuron's picture is its weights one by one, not a response, a feature map, or what it looks for in an image. */
const isBars = (setup, layer) => !setup.plane && !setup.layers[layer].window && !(setup.image && layer === 0);

/** How a neuron's numbers make a picture: the plane, the pixels of its inputs, few weights side by side, or as square as they come. */
function pictureShape(setup, index, count) {
  if (setup.plane) return [setup.plane.size, setup.plane.size];
  const { window } = setup.layers[index];
  if (window) return [window.rows, window.columns];
  if (!isBars(setup, index)) return [setup.image.rows, setup.image.columns];
  if (count <= 16) return [1, count];
  let rows = Math.floor(Math.sqrt(count));
  while (count % rows) rows--;
  return [rows, count / rows];
}

/** What an input itself is over the plane: from one side to the other. */
function ramp({ size, x, y }, input) {
  const [low, high] = input === 0 ? x : y;
  const greatest = Math.max(Math.abs(low), Math.abs(high));
  return Float32Array.from({ length: size * size }, (_, i) => {
    const share = (input === 0 ? i % size : size - 1 - Math.floor(i / size)) / (size - 1);
    return (low + (high - low) * share) / greatest;
  });
}

/** The plane with its samples, and what the network answers all over it. */
export class LivePlane {
  constructor() {
    this.canvas = html("canvas", { class: "plane-image", "aria-hidden": "true" });
    this.marks = svg("svg", { viewBox: "0 0 400 400", "aria-hidden": "true" });
    this.title = html("h2", {});
    this.element = html("section", { class: "card regions", "aria-label": "The plane of the inputs" }, this.title,
      html("div", { class: "plane-figure" }, this.canvas, this.marks));
  }

  build({ plane, classification }) {
    this.element.hidden = !plane;
    if (!plane) return;
    this.title.textContent = classification ? "Decision regions" : "The output over the plane";
    this.size = plane.size;
    const place = (value, [low, high]) => ((value - low) / (high - low)) * 400;
    this.marks.replaceChildren(...plane.points.map(([x, y, index]) =>
      symbol(place(x, plane.x), 400 - place(y, plane.y), index)));
  }

  show({ regions }) {
    if (!regions) return;
    if (regions.classes) {
      drawRegions(this.canvas, unpack(regions.classes), unpack(regions.certainty), this.size, this.size);
    } else {
      const own = Float32Array.from(unpack(regions.value), (byte) => byte - 128);
      drawSigned(this.canvas, own, this.size, this.size, 127);
    }
  }
}
