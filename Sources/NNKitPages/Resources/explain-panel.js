// What one neuron held in both passes, and where it stands on its function's curve.

import { html } from "nnkit/dom";
import { plural, short, unpack } from "nnkit/numbers";
import { plot } from "nnkit/plot";
import { drawSigned, greatestOf } from "nnkit/raster";
import { windowSection } from "nnkit/explain-window";

/** So many inputs are listed until the reader asks for all. */
const listed = 12;

/** What stands for a number whose step has not come. */
const later = "…";

/**
 * isDone(kind): whether that act of the neuron has been reached; a number is shown once it has been worked out.
 * choosePosition(position): shows a neuron that has a window at another of its positions.
 */
export function neuronPanel(neuron, data, isDone, choosePosition) {
  const number = (value) => short(value);
  const learned = [
    ["bias", "b", neuron.bias], ["its gradient", "∂L/∂b", neuron.biasGradient, "gradients"],
    ["bias after the step", "b", neuron.updatedBias, "move"],
  ];
  const facts = [
    ["weighted input", "z", neuron.z, "combine"], ["output", "a", neuron.a, "respond"],
    ["received", "∂L/∂a", neuron.received, "receive"], ["local gradient", "δ", neuron.delta, "local"],
    ...(neuron.hasBias ? learned : []),
  ];
  return html("section", { class: "card panel", "aria-label": "The chosen neuron" },
    html("h2", {}, `Layer ${neuron.layer.index}, neuron ${neuron.index}`),
    html("p", { class: "note" },
      `${neuron.isPlain ? "" : neuron.formula ? `${neuron.type}: ${neuron.formula}; ` : `${neuron.type}, an extended neuron; `}${neuron.activation.description}: ${neuron.activation.summary}`),
    html("dl", { class: "facts" }, facts.map(([name, symbol, value, kind]) =>
      html("div", {}, html("dt", {}, name, " ", html("i", {}, symbol)),
        html("dd", { "data-fact": name }, !kind || isDone(kind) ? number(value) : later)))),
    neuron.layer.window && windowSection(neuron, data, isDone, choosePosition),
    data.image && neuron.layer.readsSample && !neuron.layer.window && neuron.isPlain && weightPicture(neuron, data.image),
    functionPlot(neuron, number, isDone("combine")),
    weightTable(neuron, number, data, isDone));
}

/** The loss with each output and its target. */
export function lossPanel(network, { loss, classes }, isReached) {
  const number = (value) => short(value);
  const outputs = network.layers[network.layers.length - 1].neurons;
  const when = (value) => (isReached ? number(value) : later);
  return html("section", { class: "card panel", "aria-label": "The loss" },
    html("h2", {}, `The loss: ${loss.description}`), html("p", { class: "note" }, loss.formula),
    loss.weight_words && html("p", { class: "note", "data-weight": loss.weight }, loss.weight_words),
    html("dl", { class: "facts" }, html("div", {}, html("dt", {}, "loss ", html("i", {}, "L")), html("dd", {}, when(loss.value)))),
    html("h3", {}, "Outputs and targets"),
    html("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Outputs and targets" }, html("table", {},
      html("thead", {}, html("tr", {}, ["output", "a", "target y", loss.terms && "its term of L"].filter(Boolean)
        .map((text) => html("th", { scope: "col" }, text)))),
      html("tbody", {}, outputs.map(({ a, index }) => html("tr", {}, html("th", { scope: "row" }, classes?.[index] ?? `${index}`),
        html("td", {}, when(a)), html("td", {}, number(network.target[index])),
        loss.terms && html("td", {}, when(loss.terms[index]))))))));
}

/** f and f′ as the plugin computes them, this neuron's z marked. */
function functionPlot(neuron, number, hasCombined) {
  const { curve, activation } = neuron;
  if (!curve) return null;
  const [f, slope] = [unpack(curve.f), unpack(curve.slope)];
  const x = [...f.keys()].map((i) => curve.from + ((curve.to - curve.from) * i) / (f.length - 1));
  const z = Math.max(curve.from, Math.min(curve.to, neuron.z));
  const at = (values) => values[Math.round(((z - curve.from) / (curve.to - curve.from)) * (values.length - 1))];
  const where = !hasCombined ? "" : `; ● at z = ${number(neuron.z)}${z === neuron.z ? "" : ", beyond the plot"}`;
  return plot({
    title: `${activation.name}: ${activation.whole_layer ? "how a and ∂a/∂z depend on its own z" : "f and f′"}${where}`,
    xLabel: "z", height: 190,
    series: [
      { name: activation.whole_layer ? "a" : "f", x, y: [...f], colour: "series-0" },
      { name: activation.whole_layer ? "∂a/∂z" : "f′", x, y: [...slope], colour: "series-1", dash: "5 4" },
    ],
    marks: hasCombined ? [{ x: z, y: z === neuron.z ? neuron.a : at(f), colour: "ink" }] : [],
  });
}

/** A first-layer neuron's weights as the picture it looks for. */
function weightPicture(neuron, image) {
  const canvas = html("canvas", {
    class: "picture", role: "img", "aria-label": "The weights as a picture: one colour for positive, one for negative",
  });
  const paint = () => drawSigned(canvas, neuron.weights, image.rows, image.columns, greatestOf(neuron.weights));
  paint();
  return html("figure", { class: "weights" }, html("figcaption", {}, "Its weights, pixel by pixel"), canvas);
}

function weightTable(neuron, number, data, isDone) {
  const { inputs, weights } = neuron;
  const count = Math.max(neuron.weightCount, neuron.hasBias ? 0 : inputs.length);
  const size = (i) => (i < inputs.length ? Math.abs((weights[i] ?? 1) * inputs[i]) : Infinity);
  const all = [...Array(count).keys()];
  const first = count <= listed ? all
    : [...all].sort((one, other) => size(other) - size(one)).slice(0, listed).sort((one, other) => one - other);
  const body = html("tbody");
  const fill = (indices) => body.replaceChildren(...indices.map((i) => row(neuron, inputs, i, number, data, isDone)));
  fill(first);
  const more = count > listed && html("button", {
    type: "button", class: "quiet", onclick: () => { fill(all); more.remove(); },
  }, `Show all ${plural(count, neuron.hasBias ? "weight" : "input")}`);
  return html("div", {},
    html("h3", {}, count > listed ? "The inputs that matter most here" : "Inputs and weights"),
    html("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Inputs and weights" },
      html("table", {}, html("thead", {}, html("tr", {},
        [["i", "input"], ["x", "the input"], ["w", "weight"], ["∂L/∂w", "gradient"], ["message", "∂L/∂x, what it sends back"],
          ["new w", "after the step"]].map(([text, title]) => html("th", { scope: "col", title }, text)))), body)),
    more);
}

function row(neuron, inputs, i, number, data, isDone) {
  const isInput = i < inputs.length;
  const title = neuron.layer.readsSample && !neuron.layer.window && data.features ? data.features[i] : undefined;
  const when = (kind, value) => (isDone(kind) ? number(value) : later);
  // A neuron without weights hears nothing in the padding.
  const isThere = isInput && inputs[i] !== null;
  return html("tr", {},
    html("th", { scope: "row", title: title ?? place(neuron, i) }, title ?? (isInput ? `${i}` : `${i} (its own)`)),
    html("td", {}, isThere ? when("hear", inputs[i]) : "–"),
    ...(neuron.hasBias ? [html("td", {}, number(neuron.weights[i])), html("td", {}, when("gradients", neuron.gradient(i)))]
      : [html("td", {}, "–"), html("td", {}, "–")]),
    html("td", {}, isThere ? when("send", neuron.message(i)) : "–"),
    html("td", { "data-updated": i }, neuron.hasBias ? when("move", neuron.updatedWeights[i]) : "–"));
}

/** Where an input of a window lies. */
function place(neuron, i) {
  if (!neuron.layer.window || i >= neuron.fanIn) return undefined;
  const { channel, row, column, imageRow, imageColumn } = neuron.tap(i);
  return `channel ${channel}, row ${row} and column ${column} of the window, row ${imageRow} and column ${imageColumn} of the image`;
}
