// Several runs side by side: results, curves over each other, and in what their configurations differ.

import { html } from "nnkit/dom";
import { grouped, percent, short } from "nnkit/numbers";
import { logarithmic, plot } from "nnkit/plot";
import { card } from "nnkit/report-sections";

const dashes = [undefined, "7 4", "2 3", "9 3 2 3"];

export const comparison = (runs) => [results(runs), overlay(runs), differences(runs)];

function results(runs) {
  const columns = [
    ["epochs", (run) => grouped(run.summary.epochs)], ["parameters", (run) => grouped(run.summary.parameters)],
    ["measured on", (run) => run.measured?.name ?? "–"], ["loss", (run) => short(run.measured?.loss, 5)],
    ["accuracy", (run) => (run.measured?.accuracy === null || !run.measured ? "–" : percent(run.measured.accuracy, 2))],
    ["samples/s", (run) => grouped(run.summary.samples_per_second)], ["seconds", (run) => short(run.summary.seconds, 4)],
    ["ending", (run) => run.summary.ending.replace("_", " ")],
  ];
  return card("Results", html("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Results" },
    html("table", {}, html("thead", {}, html("tr", {}, html("th", { scope: "col" }, "run"),
      columns.map(([name]) => html("th", { scope: "col" }, name)))),
    html("tbody", {}, runs.map((run) => html("tr", {}, html("th", { scope: "row" }, run.folder),
      columns.map(([, value]) => html("td", {}, value(run)))))))));
}

/** What is there of every run is drawn over each other. */
function overlay(runs) {
  const figures = ["train_loss", "validation_loss", "test_loss", "train_accuracy", "validation_accuracy", "test_accuracy"]
    .map((key) => {
      const some = runs.filter((run) => run.curves[key]?.length > 1);
      if (some.length === 0) return null;
      const series = some.map((run) => ({
        name: run.folder, x: run.curves.epochs, y: run.curves[key].map((y) => y ?? NaN),
        colour: `series-${runs.indexOf(run) % 10}`, dash: dashes[runs.indexOf(run) % dashes.length],
      }));
      const all = series.flatMap((one) => one.y).filter((y) => y > 0);
      const log = key.endsWith("loss") && Math.max(...all) > 50 * Math.min(...all);
      const title = key.replace("_", " ");
      return plot({ title: log ? logarithmic(title, series.map((one) => one.y)) : title, xLabel: "epoch", series, log });
    });
  return card("Curves", html("div", { class: "pair" }, figures));
}

/** The lines of the configurations that are not the same everywhere, by their place. */
function differences(runs) {
  const configs = runs.map((run) => lines(run.config));
  const keys = [...new Set(configs.flatMap((config) => [...config.keys()]))]
    .filter((key) => new Set(configs.map((config) => config.get(key))).size > 1);
  if (keys.length === 0) return card("Settings that differ", html("p", { class: "note" }, "None: the configurations are the same."));
  return card("Settings that differ", html("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Settings that differ" },
    html("table", { class: "wrapped" }, html("thead", {}, html("tr", {}, html("th", { scope: "col" }, "setting"),
      runs.map((run) => html("th", { scope: "col" }, run.folder)))),
    html("tbody", {}, keys.map((key) => html("tr", {}, html("th", { scope: "row" }, key),
      configs.map((config) => html("td", {}, config.get(key) ?? "–"))))))));
}

/** A resolved configuration's values by their path: `training.batch` → `20`. */
function lines(text) {
  const values = new Map();
  const path = [];
  const counts = new Map();
  for (const line of text.split("\n")) {
    const match = /^(\s*)((?:- )*)([^:]+):\s*(.*)$/.exec(line);
    if (!match) continue;
    const [, space, dashes, key, value] = match;
    const depth = space.length + dashes.length;
    const top = dashes ? space.length + 1 : depth;
    while (path.length > 0 && path[path.length - 1].depth >= top) path.pop();
    if (dashes) {
      const parent = path.map((part) => part.key).join(".");
      const index = counts.get(parent) ?? 0;
      counts.set(parent, index + 1);
      path.push({ depth: top, key: String(index) });
    }
    path.push({ depth, key });
    if (value) values.set(path.map((part) => part.key).join("."), value);
  }
  return values;
}
