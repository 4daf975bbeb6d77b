// What one neuron held in both passes, and where it stands on its function's curve.

import { html } from "nnkit/dom";
import { plural, short, unpack } from "nnkit/numbers";
import { plot } from "nnkit/plot";
import { drawSigned, greatestOf } from "nnkit/raster";

/** So many inputs are listed until the reader asks for all. */
const listed = 12;

export function neuronPanel(neuron, data) {
  const digits = data.precision === "float32" ? 6 : 9;
  const number = (value) => short(value, digits);
  const facts = [
    ["weighted input", "z", neuron.z], ["output", "a", neuron.a], ["received", "∂L/∂a", neuron.received],
    ["local gradient", "δ", neuron.delta], ["bias", "b", neuron.bias], ["its gradient", "∂L/∂b", neuron.biasGradient],
    ["bias after the step", "b", neuron.updatedBias],
  ];
  return html("section", { class: "card panel", "aria-label": "The chosen neuron" },
    html("h2", {}, `Layer ${neuron.layer.index}, neuron ${neuron.index}`),
    html("p", { class: "note" },
      `${neuron.isPlain ? "" : neuron.formula ? `${neuron.type}: ${neuron.formula}; ` : `${neuron.type}, an extended neuron; `}${neuron.activation.description}: ${neuron.activation.summary}`),
    html("dl", { class: "facts" }, facts.map(([name, symbol, value]) =>
      html("div", {}, html("dt", {}, name, " ", html("i", {}, symbol)), html("dd", { "data-fact": name }, number(value))))),
    data.image && !neuron.layer.before && neuron.isPlain && weightPicture(neuron, data.image),
    functionPlot(neuron, number),
    weightTable(neuron, number, data));
}

/** f and f′ as the plugin computes them, this neuron's z marked. */
function functionPlot(neuron, number) {
  const { curve, activation } = neuron;
  if (!curve) return null;
  const [f, slope] = [unpack(curve.f), unpack(curve.slope)];
  const x = [...f.keys()].map((i) => curve.from + ((curve.to - curve.from) * i) / (f.length - 1));
  const z = Math.max(curve.from, Math.min(curve.to, neuron.z));
  const at = (values) => values[Math.round(((z - curve.from) / (curve.to - curve.from)) * (values.length - 1))];
  const where = z === neuron.z ? `z = ${number(neuron.z)}` : `z = ${number(neuron.z)}, beyond the plot`;
  return plot({
    title: activation.whole_layer ? `${activation.name}: how a and ∂a/∂z depend on its own z` : `${activation.name}: f and f′`,
    xLabel: "z", height: 190,
    series: [
      { name: activation.whole_layer ? "a" : "f", x, y: [...f], colour: "series-0" },
      { name: activation.whole_layer ? "∂a/∂z" : "f′", x, y: [...slope], colour: "series-1", dash: "5 4" },
    ],
    marks: [{ x: z, y: z === neuron.z ? neuron.a : at(f), text: where, colour: "ink" }],
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

function weightTable(neuron, number, data) {
  const count = neuron.weightCount;
  const size = (i) => (i < neuron.inputs.length ? Math.abs(neuron.weights[i] * neuron.inputs[i]) : Infinity);
  const all = [...Array(count).keys()];
  const first = count <= listed ? all
    : [...all].sort((one, other) => size(other) - size(one)).slice(0, listed).sort((one, other) => one - other);
  const body = html("tbody");
  const fill = (indices) => body.replaceChildren(...indices.map((i) => row(neuron, i, number, data)));
  fill(first);
  const more = count > listed && html("button", {
    type: "button", class: "quiet", onclick: () => { fill(all); more.remove(); },
  }, `Show all ${plural(count, "weight")}`);
  return html("div", {},
    html("h3", {}, count > listed ? "The inputs that matter most here" : "Inputs and weights"),
    html("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Inputs and weights" },
      html("table", {}, html("thead", {}, html("tr", {},
        [["i", "input"], ["x", "what it heard"], ["w", "weight"], ["∂L/∂w", "gradient"], ["message", "∂L/∂x, what it sends back"],
          ["new w", "after the step"]].map(([text, title]) => html("th", { scope: "col", title }, text)))), body)),
    more);
}

function row(neuron, i, number, data) {
  const isInput = i < neuron.inputs.length;
  const title = !neuron.layer.before && data.features ? data.features[i] : undefined;
  return html("tr", {},
    html("th", { scope: "row", title }, title ?? (isInput ? `${i}` : `${i} (its own)`)),
    html("td", {}, isInput ? number(neuron.inputs[i]) : "–"), html("td", {}, number(neuron.weights[i])),
    html("td", {}, number(neuron.gradient(i))), html("td", {}, isInput ? number(neuron.message(i)) : "–"),
    html("td", { "data-updated": i }, number(neuron.updatedWeights[i])));
}
