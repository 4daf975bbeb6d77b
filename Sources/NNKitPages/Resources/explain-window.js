// A neuron with a window: where the window lies in the picture, the kernel, and what the neuron does at each position.

import { html } from "nnkit/dom";
import { plural, short } from "nnkit/numbers";
import { greatestOf } from "nnkit/raster";
import { mapFigure, numberGrid } from "nnkit/windows";

/** So many channels are shown: those that count most in the window. */
const shownChannels = 4;

/** choose(position): shows another position, by its number. */
export function windowSection(neuron, data, isDone, choose) {
  const { window } = neuron.layer;
  const channels = greatestChannels(neuron);
  const rest = neuron.channels.count - channels.length;
  return html("section", { class: "window", "aria-label": "The window" },
    html("h3", {}, `Position row ${neuron.place.row}, column ${neuron.place.column} of ${window.rows} × ${window.columns}`),
    html("p", { class: "note" }, "Choose another position by a click into a picture, or with the arrow keys in the map of its outputs."
      + (rest > 0 ? ` Of its ${plural(neuron.channels.count, "channel")} those are shown that count most here.` : "")),
    html("div", { class: "gallery" }, channels.map((channel) => arrivingFigure(neuron, channel, data, choose))),
    html("div", { class: "gallery" }, channels.flatMap((channel) => grids(neuron, channel))),
    html("div", { class: "gallery" }, maps(neuron, isDone, choose)));
}

/** The channels of its group whose products count most, in their order. */
function greatestChannels(neuron) {
  const { first, count } = neuron.channels;
  const [size, { inputs, weights }] = [neuron.fanIn / count, neuron];
  const sum = (channel) => {
    let total = 0;
    for (let i = channel * size; i < (channel + 1) * size; i++) total += Math.abs((inputs[i] ?? 0) * (neuron.isPlain ? weights[i] : 1));
    return total;
  };
  const all = [...Array(count).keys()];
  const kept = count <= shownChannels ? all : all.sort((one, other) => sum(other) - sum(one)).slice(0, shownChannels);
  return kept.sort((one, other) => one - other).map((channel) => first + channel);
}

/** One channel of what arrives, with the window in it. */
function arrivingFigure(neuron, channel, data, choose) {
  const { window, arriving, readsSample } = neuron.layer;
  const { height, width, kernel, stride, padding, dilation } = window;
  const taps = [...Array(kernel[0] * kernel[1]).keys()].map((i) => neuron.tap(i));
  const marks = taps.map((tap) => ({ row: tap.imageRow, column: tap.imageColumn }))
    .filter(({ row, column }) => row >= 0 && row < height && column >= 0 && column < width);
  /** The position whose window has its middle nearest to a pixel. */
  const nearest = (pixel, index, count) => {
    const middle = (dilation[index] * (kernel[index] - 1)) / 2;
    return Math.max(0, Math.min(count - 1, Math.round((pixel + padding[index] - middle) / stride[index])));
  };
  const values = arriving.subarray(channel * height * width, (channel + 1) * height * width);
  return mapFigure({
    values, rows: height, columns: width, isGrey: readsSample, marks, id: `channel-${channel}`,
    label: `Channel ${channel} of what arrives, with the window`,
    caption: `${readsSample ? "sample" : "what arrives"}, channel ${channel}`,
    choose: (row, column) => choose(nearest(row, 0, window.rows) * window.columns + nearest(column, 1, window.columns)),
  });
}

/** The inputs in the window and the weights beside them. */
function grids(neuron, channel) {
  const { kernel } = neuron.layer.window;
  const size = kernel[0] * kernel[1];
  const start = (channel - neuron.channels.first) * size;
  const inputs = numberGrid(neuron.inputs.slice(start, start + size), kernel[0], kernel[1], `x in the window, channel ${channel}`);
  if (!neuron.hasBias || neuron.weightCount < start + size) return [inputs];
  const weights = [...neuron.weights.subarray(start, start + size)];
  return [inputs, numberGrid(weights, kernel[0], kernel[1], `kernel w, channel ${channel}`, greatestOf(neuron.weights))];
}

/** What the neuron does at each position: the numbers whose acts have been reached. */
function maps(neuron, isDone, choose) {
  const { rows, columns } = neuron.layer.window;
  const { place } = neuron;
  return [["a", "output a", "respond"], ["received", "received ∂L/∂a", "receive"], ["delta", "local gradient δ", "local"]]
    .filter(([name, , act]) => name === "a" || isDone(act))
    .map(([name, words, act]) => mapFigure({
      values: neuron.map(name), rows, columns, marks: [place], id: name, place: name === "a" ? place : undefined,
      label: `${words} at each of ${rows} × ${columns} positions; chosen: row ${place.row}, column ${place.column}`,
      caption: `${words}${isDone(act) ? ` = ${short(neuron[name], 4)}` : ""}`,
      choose: (row, column) => choose(row * columns + column),
    }));
}
