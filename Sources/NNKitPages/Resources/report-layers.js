// How a run's layers did over the epochs, how it was set up, and where its time went.

import { html } from "nnkit/dom";
import { duration, grouped, percent, plural, short } from "nnkit/numbers";
import { logarithmic, plot } from "nnkit/plot";
import { card } from "nnkit/report-sections";

/** Per layer and epoch the spread of the outputs and of the local gradients; what is conspicuous is said in words. */
export function layers(run) {
  const { statistics, findings } = run;
  if (!statistics.layers.some((epochs) => epochs.length > 0)) {
    return card("Layers over the epochs", html("p", { class: "note" }, "The run left no statistics of its layers."));
  }
  const seen = statistics.layers[0];
  return card("Layers over the epochs",
    html("ul", { class: "findings" }, findings.map((text) =>
      html("li", { class: text.startsWith("No ") ? "good" : text.startsWith("Nothing ") ? "" : "bad" }, text))),
    html("p", { class: "note" }, "Middle line: the median; bands: half and nine tenths of all values. Looked at in ",
      `${plural(seen.length, "epoch")}, about ${seen[0].samples} samples of the training's own batches each.`),
    statistics.layers.map((epochs, index) => html("div", { class: "pair" },
      spread(epochs, "outputs", `layer ${index}, ${run.layers[index]}: outputs`, false),
      spread(epochs, "gradients", `layer ${index}: size of the local gradients |δ|`, true))));
}

function spread(epochs, key, title, log) {
  const x = epochs.map((one) => one.epoch);
  const at = (place) => epochs.map((one) => one[key][place]);
  const sizes = epochs.map((one) => one[key]);
  if (x.length < 2) {
    const words = epochs.map((one) => `epoch ${one.epoch}: ${one[key].map((value) => short(value, 3)).join(" … ")}`);
    return html("p", { class: "note" }, `${title}: ${words.join("; ")}`);
  }
  const colour = log ? "series-1" : "series-0";
  return plot({
    title: log ? logarithmic(title, sizes) : title, xLabel: "epoch", height: 170,
    log: log && sizes.flat().some((value) => value > 0), dots: true,
    bands: [[0, 4, 0.18], [1, 3, 0.32]].map(([low, high, opacity]) =>
      ({ x, low: at(low), high: at(high), colour, opacity })),
    series: [{ x, y: at(2), colour }],
  });
}

/** Each layer in numbers: its shape, its weights, its outputs. */
export function layerTable(run) {
  const { layer_table: table } = run;
  if (!table) return null;
  const columns = ["layer", "shape", "parameters", "mean |w|", "greatest |w|", "outputs: mean", "deviation", "zeros"];
  const number = (value) => (value === null ? "–" : short(value, 3));
  return card("Each layer",
    html("p", { class: "note" }, `After the training; outputs on ${plural(table.samples, "sample")}, at all positions.`),
    html("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Each layer" }, html("table", {},
      html("thead", {}, html("tr", {}, columns.map((name) => html("th", { scope: "col" }, name)))),
      html("tbody", {}, table.layers.map((layer, index) => html("tr", {},
        html("th", { scope: "row" }, `${index}: ${run.layers[index]}`), html("td", {}, layer.shape.join(" × ")),
        html("td", {}, grouped(layer.parameters)), html("td", {}, number(layer.weight_size)),
        html("td", {}, number(layer.greatest_weight)), html("td", {}, number(layer.mean)),
        html("td", {}, number(layer.deviation)), html("td", {}, percent(layer.zeros))))))));
}

/** Where the run's time went. */
export function times(run) {
  const { phases } = run.statistics;
  if (phases.length === 0) return null;
  const all = phases.reduce((sum, phase) => sum + phase.seconds, 0);
  return card("Time per phase", html("table", { class: "bars" }, html("tbody", {}, phases.map(({ name, seconds }) => {
    const bar = html("div", { class: "bar-fill" });
    bar.style.width = `${(100 * seconds) / all}%`;
    return html("tr", {}, html("th", { scope: "row" }, name), html("td", {}, duration(seconds)),
      html("td", {}, percent(seconds / all)), html("td", { class: "wide", "aria-hidden": "true" }, bar));
  }))));
}

/** The resolved configuration, and the plugins with their versions. */
export function settings(run) {
  return card("Settings",
    html("h3", {}, "Plugins"),
    html("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Plugins" }, html("table", {},
      html("thead", {}, html("tr", {}, ["function", "version", "file"].map((text) => html("th", { scope: "col" }, text)))),
      html("tbody", {}, run.summary.plugins.map((plugin) => html("tr", {}, html("th", { scope: "row" }, plugin.function),
        html("td", {}, plugin.version), html("td", { class: "wrap", title: plugin.file }, plugin.file.split("/").pop())))))),
    html("h3", {}, "Configuration, every default written out"),
    html("pre", { class: "scroll", tabindex: 0 }, run.config));
}
