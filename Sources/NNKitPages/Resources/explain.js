// Both passes over one sample, act by act.

import { html, pageData } from "nnkit/dom";
import { plural, scant, short, unpack } from "nnkit/numbers";
import { classSwatch, drawPicture } from "nnkit/raster";
import { Drawing } from "nnkit/drawing";
import { explainedNetwork, greatest, inputImportance } from "nnkit/explain-network";
import { acts, phases } from "nnkit/explain-acts";
import { lossPanel, neuronPanel } from "nnkit/explain-panel";

const all = pageData();

/** Layers up to this width are drawn whole; of wider ones so many neurons as `kept`. */
const [whole, kept] = [12, 8];
const chosenOf = (importance) =>
  importance.length <= whole ? [...importance.keys()] : greatest(importance, kept);

/** The passes over one sample that are shown, of all samples and steps, with what is common to them. */
let data;
let network;
let list;
/** The drawn neurons by their indices: of each layer those that matter most, and those that were asked for. */
let drawnInputs;
let drawn;
let position = 0;
let chosen;
let timer;
/** The positions that the reader has chosen, by the neurons' keys. */
const places = new Map();

function load(index) {
  data = { ...all, ...all.views[index] };
  network = explainedNetwork(data);
  for (const neuron of network.layers.flatMap((layer) => layer.neurons)) neuron.position = places.get(neuron.key) ?? neuron.position;
  drawnInputs ??= chosenOf(inputImportance(network));
  drawn ??= network.layers.map((layer) => withAsked(layer, chosenOf(layer.importance)));
  list = askedActs();
  chosen ??= (list.find((act) => act.neuron) ?? { neuron: network.layers[0].neurons[drawn[0][0]] }).neuron;
  chosen = network.layers[chosen.layer.index].neurons[chosen.index];
}

/** Whether neurons of a layer are among those that `--layer` and `--neuron` ask for, and whether one is. */
const isAskedLayer = (layer) => all.part.layer === null || layer.index === all.part.layer;
const isAsked = (layer, index) => isAskedLayer(layer) && (all.part.neuron === null || index === all.part.neuron);

/** The neuron that was asked for is drawn, too. */
function withAsked(layer, indices) {
  const { neuron } = all.part;
  const isMissing = neuron !== null && neuron < layer.neurons.length && isAskedLayer(layer) && !indices.includes(neuron);
  return isMissing ? [...indices, neuron].sort((one, other) => one - other) : indices;
}

/** The acts of the neurons that were asked for, and those of all. */
const askedActs = () => acts(network, drawn, data)
  .filter(({ layer, neuron }) => !layer || (neuron ? isAsked(layer, neuron.index) : isAskedLayer(layer) && all.part.neuron === null));

// MARK: The drawing

// What a neuron sends or weighs stands below it, where no line passes.
const drawing = new Drawing("The network, neuron by neuron", {
  size: { width: 108, height: 44 }, gap: 50, below: 22, edge: 16, tallest: 1000, hasArrows: true,
});
/** What each node shows: its element, its value, and a word below it. */
const spots = new Map();

function node(key, label, act, description, swatch) {
  const value = html("span", { class: "value", id: `value-${key}` });
  const word = html("span", { class: "word", id: `word-${key}` });
  const button = html("button", { type: "button", class: "neuron", onclick: act, "aria-label": description, disabled: !act,
    "aria-describedby": `name-${key} value-${key} word-${key}` },
  html("span", { class: "name", id: `name-${key}`, title: label }, swatch ?? "", label), value);
  spots.set(key, { button, value, word });
  return { key, element: html("div", { class: "spot" }, button, word) };
}

/** The loss as one node as high as the outputs, with the target of each. */
function lossNode(outputs) {
  const value = html("span", { class: "value", id: "value-loss" });
  const rows = outputs.map((i) => {
    const key = `loss.${i}`;
    const [word, target] = [html("span", { class: "word", id: `word-${key}` }), html("span", { class: "value" }, `y ${scant(network.target[i])}`)];
    spots.set(key, { word });
    return html("span", { class: "target" }, target, word);
  });
  const button = html("button", {
    type: "button", class: "neuron loss", "aria-label": "The loss, with the targets y", "aria-describedby": "value-loss",
    onclick: () => { pause(); go(list.findIndex((one) => one.phase === "loss")); },
  }, html("span", { class: "name" }, "loss L"), rows, value);
  spots.set("loss", { button, value });
  return { key: "loss", element: button, rows: outputs.length, around: 29 };
}

function redraw() {
  spots.clear();
  const hasChannels = network.inputArea > 1;
  const inputs = drawnInputs.map((i) => {
    const made = node(`in.${i}`, hasChannels ? `channel ${i}` : data.features?.[i] ?? `x${i}`, null, `${hasChannels ? "Channel" : "Input"} ${i}`);
    spots.get(made.key).value.textContent = hasChannels ? plural(network.inputArea, "number") : scant(network.input[i]);
    return made;
  });
  const hidden = (all, some) => (all > some ? `${some} of ${all}` : "");
  const inputCount = Math.ceil(network.input.length / network.inputArea);
  const columns = [{ title: "inputs", note: hidden(inputCount, inputs.length), nodes: inputs }];
  for (const layer of network.layers) {
    const nodes = drawn[layer.index].map((index) => {
      const neuron = layer.neurons[index];
      const words = `Layer ${layer.index}, neuron ${index}${neuron.isPlain ? "" : `, a ${neuron.type}`}`;
      return node(neuron.key, outputName(layer, index), () => choose(neuron), words, isOfClasses(layer) && classSwatch(index));
    });
    const kinds = layer.neurons.filter((neuron) => !neuron.isPlain).map((neuron) => neuron.type);
    const names = [...new Set([...kinds, ...layer.activations.map((one) => one.name)])].join(", ");
    const shape = layer.window && `${layer.window.rows} × ${layer.window.columns} positions`;
    const note = [shape, hidden(layer.neurons.length, nodes.length)].filter(Boolean).join("; ");
    columns.push({ title: `layer ${layer.index}: ${names}`, note, nodes });
  }
  columns.push({ title: `${data.loss.name.replaceAll("_", " ")} and targets`, nodes: [lossNode(drawn[drawn.length - 1])] });
  drawing.show(columns, connections());
}

/** Whether a layer has an output for each class. */
const isOfClasses = (layer) => layer.index === network.layers.length - 1 && layer.neurons.length === data.classes?.length;

const className = (index) => (Number.isNaN(Number(data.classes[index])) ? data.classes[index] : `class ${data.classes[index]}`);

const outputName = (layer, index) => (isOfClasses(layer) ? className(index) : `neuron ${index}`);

function connections() {
  const isDrawn = new Set([...drawnInputs.map((i) => `in.${i}`),
    ...network.layers.flatMap((layer) => drawn[layer.index].map((index) => `${layer.index}.${index}`))]);
  const weighted = network.layers.flatMap((layer) => drawn[layer.index].flatMap((index) => {
    const neuron = layer.neurons[index];
    return [...neuron.taps].filter(([key]) => isDrawn.has(key)).map(([from, taps]) => ({
      key: `${from}>${neuron.key}`, from, to: neuron.key, weight: strongest(neuron, taps),
    }));
  }));
  const last = network.layers.length - 1;
  return [...weighted, ...drawn[last].map((i, row) => ({ key: `${last}.${i}>loss`, from: `${last}.${i}`, to: "loss", row, weight: null }))];
}

/** The weight of the greatest size among those of some inputs; null for a neuron without weights. */
function strongest(neuron, taps) {
  if (!neuron.hasBias) return null;
  const { weights } = neuron;
  return taps.reduce((best, i) => (Math.abs(weights[i] ?? 0) > Math.abs(best) ? weights[i] : best), 0);
}

// MARK: Steps

const title = html("h2", { class: "act-title" });
const sentence = html("p", { class: "sentence" });
const formula = html("p", { class: "formula" });
const lines = html("ul", { class: "numbers" });
const act = html("section", { class: "card act", "aria-live": "polite", "aria-label": "This step" }, title, sentence, formula, lines);
const panel = html("div", { class: "panel-place" });
const slider = html("input", {
  type: "range", min: 0, "aria-label": "Step", oninput: () => { pause(); go(Number(slider.value)); },
});
const counter = html("output", { class: "counter" });
const play = html("button", { type: "button", class: "primary", onclick: () => (timer ? pause() : start()) });
const tabs = Object.entries(phases).map(([phase, name]) =>
  html("button", { type: "button", "data-phase": phase, onclick: () => go(list.findIndex((one) => one.phase === phase)) }, name));

/** What a neuron's node shows once an act is done: a symbol and a number. */
const learned = {
  combine: (neuron) => ["z", neuron.z], respond: (neuron) => ["a", neuron.a],
  receive: (neuron) => ["∂L/∂a", neuron.received], local: (neuron) => ["δ", neuron.delta], move: () => ["✓", null],
};

function go(step) {
  position = Math.max(0, Math.min(list.length - 1, step));
  const current = list[position];
  title.textContent = current.title;
  sentence.textContent = current.sentence;
  formula.textContent = current.formula;
  formula.hidden = !current.formula;
  lines.replaceChildren(...current.lines.map((line) => html("li", {}, line)));
  slider.max = list.length - 1;
  slider.value = position;
  slider.setAttribute("aria-valuetext", current.title);
  counter.textContent = `step ${position + 1} of ${list.length}`;
  for (const tab of tabs) tab.setAttribute("aria-pressed", String(tab.dataset.phase === current.phase));
  document.body.dataset.phase = current.phase;
  showValues(current);
  drawing.send(current.messages);
  drawing.reveal(current.neuron?.key ?? (current.phase === "loss" ? "loss" : undefined));
  show(current.neuron ?? (current.phase === "loss" ? null : chosen));
  history.replaceState(null, "", `#${position + 1}`);
}

function showValues(current) {
  const known = new Map();
  for (const one of list.slice(0, position + 1)) {
    if (one.phase === "loss") known.set("loss", ["L", data.loss.value]);
    if (learned[one.kind] && one.neuron) known.set(one.neuron.key, learned[one.kind](one.neuron));
  }
  const acting = current.neuron?.key ?? current.phase;
  for (const [key, { button, value, word }] of spots) {
    if (word) word.textContent = current.words?.get(key) ?? "";
    button?.classList.toggle("acting", acting === key);
    if (key.startsWith("in.") || !value) continue;
    const [symbol, number] = known.get(key) ?? ["", null];
    value.textContent = number === null ? symbol : `${symbol} ${scant(number)}`;
  }
}

/** Whether an act of a neuron has been reached. */
const isDone = (neuron, kind) => list.slice(0, position + 1).some((one) => one.neuron === neuron && one.kind === kind);

function start() {
  if (position === list.length - 1) go(0);
  const tick = () => (position < list.length - 1 ? go(position + 1) : pause());
  timer = setInterval(tick, 1600);
  showPlay();
}

function pause() {
  clearInterval(timer);
  timer = undefined;
  showPlay();
}

function showPlay() {
  play.textContent = timer ? "❚❚ Pause" : "▶ Play";
}

// MARK: The chosen neuron

/** Shows what a neuron, or the loss for null, holds at this step. */
function show(neuron) {
  chosen = neuron;
  const isReached = list.slice(0, position + 1).some((one) => one.phase === "loss");
  const focused = document.activeElement?.closest?.(".panel-place [data-map]")?.dataset.map;
  panel.replaceChildren(neuron ? neuronPanel(neuron, data, (kind) => isDone(neuron, kind), choosePosition) : lossPanel(network, data, isReached));
  if (focused) panel.querySelector(`[data-map="${focused}"]`)?.focus();
  for (const [key, { button }] of spots) {
    if (!key.startsWith("in.")) button?.setAttribute("aria-pressed", String(key === (neuron?.key ?? "loss")));
  }
}

/** Shows the chosen neuron at another position; where the activation is of the whole layer, all neurons of the layer. */
function choosePosition(index) {
  const neuron = chosen;
  pause();
  for (const one of neuron.activation.whole_layer ? neuron.layer.neurons : [neuron]) {
    one.position = index;
    places.set(one.key, index);
  }
  list = askedActs();
  go(position);
  show(neuron);
}

/** Shows a neuron; one that is not drawn is drawn from now on. */
function choose(neuron) {
  pause();
  const indices = drawn[neuron.layer.index];
  if (!indices.includes(neuron.index)) {
    drawn[neuron.layer.index] = [...indices, neuron.index].sort((one, other) => one - other);
    const { kind, layer, phase } = list[position];
    list = askedActs();
    redraw();
    const again = list.findIndex((one) => one.phase === phase && one.neuron === neuron);
    go(again >= 0 ? again : list.findIndex((one) => one.kind === kind && one.layer === layer));
  }
  show(neuron);
}

function chooser() {
  return network.layers.filter((layer) => layer.neurons.length > whole).map((layer) => {
    const field = html("input", { type: "number", min: 0, max: layer.neurons.length - 1, required: true, inputmode: "numeric" });
    return html("form", {
      class: "chooser",
      onsubmit: (event) => { event.preventDefault(); choose(layer.neurons[Number(field.value)]); },
    }, html("label", {}, `Another neuron of layer ${layer.index} (0–${layer.neurons.length - 1})`, field),
    html("button", { type: "submit" }, "Draw it"));
  });
}

// MARK: The page

function picture() {
  if (!data.image) return null;
  const pixels = unpack(data.image.pixels);
  const canvas = html("canvas", { class: "picture", role: "img", "aria-label": "The sample as a picture" });
  drawPicture(canvas, pixels, data.image.rows, data.image.columns, Math.min(...pixels), Math.max(...pixels));
  return html("figure", { class: "sample" }, canvas, html("figcaption", {}, `sample ${data.sample}`));
}

function summary() {
  const target = [...network.target];
  const on = data.classes && target.length > 1 ? className(target.indexOf(Math.max(...target))) : null;
  const brief = (numbers) => numbers.slice(0, 6).map((value) => short(value, 6)).join(", ") + (numbers.length > 6 ? ", …" : "");
  return html("p", { class: "lead" },
    `${data.source}. ${data.steps > 1 ? `Step ${data.step + 1} of ${data.steps}. ` : ""}Sample ${data.sample}${data.samples === null ? "" : ` of ${plural(data.samples, "sample")}`}`,
    data.image ? "" : `: input ${brief([...network.input])}`, `; target ${on ?? brief(target)}`,
    `. Loss ${data.loss.description} = `, html("b", { "data-fact": "loss" }, short(data.loss.value)), ".",
    data.choice ? ` ${data.choice}` : "");
}

/** A menu of all samples and steps; null where there is only one. */
function passes() {
  if (all.views.length < 2) return null;
  const select = html("select", { "data-setting": "pass", onchange: () => turn(Number(select.value)) }, all.views.map((view, index) =>
    html("option", { value: index }, [view.steps > 1 && `step ${view.step + 1}`, `sample ${view.sample}`].filter(Boolean).join(", "))));
  return html("label", { class: "chooser" }, "Show the passes of", select);
}

/** Shows the same act of another sample or step. */
function turn(index) {
  pause();
  load(index);
  head.replaceChildren(...headParts());
  redraw();
  go(position);
}

const head = html("div", { class: "head" });
const choice = passes();
const headParts = () => [picture(), html("div", {}, summary(), choice ?? "", help())].filter(Boolean);

const help = () => html("p", { class: "note" }, "Keys: ← and → go one step, with Shift one phase; Space plays. Lines: ",
  html("span", { class: "sign positive" }, "positive weight"), " ", html("span", { class: "sign negative" }, "negative weight"),
  ", the wider the greater. Dots: ", html("span", { class: "dot forward" }, "forward"), " ", html("span", { class: "dot back" }, "message back"), ".",
  isOfClasses(network.layers[network.layers.length - 1]) && " Squares: the classes, in the same colours as in reports and nnkit view.",
  all.shortening && html("span", { class: "shortening" }, ` ${all.shortening}`));

function build() {
  const button = (text, label, step) =>
    html("button", { type: "button", "aria-label": label, onclick: () => { pause(); go(step()); } }, text);
  const bar = html("div", { class: "bar", role: "toolbar", "aria-label": "Steps" },
    html("div", { class: "tabs" }, tabs),
    html("div", { class: "buttons" }, button("|◀", "First step", () => 0), button("◀", "Previous step", () => position - 1),
      play, button("▶", "Next step", () => position + 1), button("▶|", "Last step", () => list.length - 1)),
    html("div", { class: "where" }, slider, counter));
  // Below a tall drawing the steps would be out of sight.
  const isLow = Math.max(drawnInputs.length, ...drawn.map((indices) => indices.length)) <= 6;
  document.getElementById("page").replaceChildren(
    head,
    html("div", { class: "columns" },
      html("div", { class: "stage" }, drawing.element, isLow && [bar, act]),
      html("div", { class: "side" }, !isLow && [bar, act], html("div", { class: "choosers" }, chooser()), panel)));
}

addEventListener("keydown", (event) => {
  if (event.target.closest("input, select, textarea, .scroll, .map") || event.ctrlKey || event.altKey || event.metaKey) return;
  const turn = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (turn) {
    pause();
    event.preventDefault();
    go(event.shiftKey ? nextPhase(turn) : position + turn);
  } else if (event.key === " " && !event.target.closest(".choosers, .tabs")) {
    event.preventDefault();
    play.click();
  }
});

function nextPhase(turn) {
  const names = Object.keys(phases);
  const name = names[Math.max(0, Math.min(names.length - 1, names.indexOf(list[position].phase) + turn))];
  return list.findIndex((one) => one.phase === name);
}

addEventListener("themechange", () => show(chosen));

load(0);
head.append(...headParts());
build();
showPlay();
redraw();
go(Math.max(0, (parseInt(location.hash.slice(1), 10) || 1) - 1));
performance.mark("nnkit-drawn");
