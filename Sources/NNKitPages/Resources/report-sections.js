// The parts of a run's report that show how well it did: curves, mistakes, weights, decision regions.

import { html, svg } from "nnkit/dom";
import { grouped, percent, plural, short, unpack } from "nnkit/numbers";
import { logarithmic, plot, symbol, ticks } from "nnkit/plot";
import { classSwatch, drawPicture, drawRegions, drawSigned } from "nnkit/raster";

export const card = (title, ...content) => html("section", { class: "card" }, html("h2", {}, title), content);

const sets = [["train", "series-0"], ["validation", "series-1", "6 4"], ["test", "series-7", "2 3"]];

/** Loss and accuracy over the epochs. */
export function curves(run) {
  const { curves: values } = run;
  const figures = ["loss", "accuracy"].map((what) => {
    const series = sets.filter(([part]) => values[`${part}_${what}`]).map(([part, colour, dash]) => ({
      name: part, x: values.epochs, y: values[`${part}_${what}`].map((y) => y ?? NaN), colour, dash,
    }));
    if (series.length === 0 || values.epochs.length < 2) return null;
    const all = series.flatMap((one) => one.y).filter((y) => y > 0);
    const log = what === "loss" && Math.max(...all) > 50 * Math.min(...all);
    return plot({ title: log ? logarithmic(what, series.map((one) => one.y)) : what, xLabel: "epoch", series, log });
  });
  const rates = values.learning_rate ?? [];
  const rate = rates.length > 1 && Math.max(...rates) > 1.01 * Math.min(...rates) && plot({
    title: "learning rate", xLabel: "epoch", height: 130, series: [{ x: values.epochs, y: rates, colour: "series-3" }],
  });
  if (!figures.some(Boolean)) return card("Curves", html("p", { class: "note" }, "Fewer than two epochs: no curve."));
  return card("Curves", html("div", { class: "pair" }, figures), rate);
}

// MARK: Mistakes

export function mistakes(run) {
  const { measured } = run;
  if (!measured?.confusion) return null;
  const gallery = html("div", { class: "gallery", "aria-live": "polite" });
  const caption = html("p", { class: "note" });
  const show = (target, found) => {
    const some = measured.mistakes.filter((one) => target === undefined || (one.target === target && one.found === found));
    caption.textContent = some.length === 0 ? "No mistakes here."
      : target === undefined ? `The ${some.length > 24 ? "24 " : ""}worst mistakes, the greatest loss first:`
        : `${measured.classes[target]} taken for ${measured.classes[found]}, the worst of them:`;
    gallery.replaceChildren(...some.slice(0, 24).map((one) => mistake(one, measured)));
  };
  show();
  return card(`What it gets right and wrong (${measured.name} samples)`,
    html("div", { class: "pair" }, matrix(measured, show), html("div", {}, caption, gallery)));
}

/** The confusion matrix; a cell off the diagonal shows its mistakes. */
function matrix({ classes, confusion }, show) {
  const most = Math.max(...confusion.flatMap((row, i) => row.filter((_, j) => i !== j)), 1);
  const cell = (count, i, j) => {
    if (i === j) return html("td", { class: "hit" }, grouped(count));
    const share = count / most;
    const content = count === 0 ? html("span", { class: "none" }, "0")
      : html("button", { type: "button", "aria-label": `${count} of class ${classes[i]} taken for ${classes[j]}`, onclick: () => show(i, j) }, grouped(count));
    const td = html("td", {}, content);
    td.style.setProperty("--share", `${Math.round(70 * Math.sqrt(share))}%`);
    return td;
  };
  return html("div", {}, html("p", { class: "note" }, "A row for each true class, a column for each predicted class. Choose a number to see its mistakes."),
    html("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Confusion matrix" },
      html("table", { class: "confusion" },
        html("thead", {}, html("tr", {}, html("td"), classes.map((name, j) => html("th", { scope: "col" }, classSwatch(j), name)))),
        html("tbody", {}, confusion.map((row, i) =>
          html("tr", {}, html("th", { scope: "row" }, classSwatch(i), classes[i]), row.map((count, j) => cell(count, i, j))))))));
}

function mistake(one, { classes, image }) {
  const words = `sample ${one.sample}: ${classes[one.target]}, taken for ${classes[one.found]}`;
  const picture = image && html("canvas", { class: "picture", role: "img", "aria-label": words });
  if (picture) drawPicture(picture, unpack(one.pixels), image.rows, image.columns, 0, 255);
  return html("figure", { class: "mistake", title: `${words}; loss ${short(one.loss, 4)}` }, picture,
    html("figcaption", {}, html("b", {}, classes[one.target]), " → ", html("span", { class: "bad" }, classes[one.found]),
      !image && html("small", {}, ` ${one.input ? `(${one.input.map((x) => short(x, 4)).join(", ")})` : `sample ${one.sample}`}`)));
}

// MARK: Weights

/** Each first-layer neuron's weights as an image. */
export function weights(run) {
  const { weights: data, features } = run;
  if (!data) return null;
  const all = unpack(data.scaled);
  const image = data.image ?? { rows: 1, columns: data.inputs };
  const names = !data.image && data.inputs <= 12 && [...Array(data.inputs).keys()].map((i) => features?.[i] ?? `x${i}`);
  const tiles = data.neurons.map((neuron, place) => {
    const canvas = html("canvas", {
      class: data.image ? "picture" : "picture strip", role: "img",
      "aria-label": `Weights of neuron ${neuron}, the greatest ${short(data.greatest[place], 3)}`,
    });
    const own = Float32Array.from(all.subarray(place * data.inputs, (place + 1) * data.inputs), (byte) => byte - 128);
    drawSigned(canvas, own, image.rows, image.columns, 127);
    return html("figure", { class: "tile", title: `neuron ${neuron}: greatest weight ${short(data.greatest[place], 4)}` },
      canvas, html("figcaption", {}, `${neuron}`));
  });
  const some = data.neurons.length < data.of ? `The ${data.neurons.length} strongest of ${plural(data.of, "neuron")}. ` : "";
  return card("First-layer weights",
    html("p", { class: "note" }, `${some}Each on its own scale; `,
      html("span", { class: "sign positive" }, "positive"), " ", html("span", { class: "sign negative" }, "negative"),
      names && `; from left to right: ${names.join(", ")}`),
    html("div", { class: "gallery" }, tiles));
}

// MARK: Regions

/** What the network answers all over the plane of its two inputs, with its training samples. */
export function regions(run) {
  const data = run.regions;
  if (!data) return null;
  const canvas = html("canvas", { class: "plane-image", "aria-hidden": "true" });
  drawRegions(canvas, unpack(data.classes), unpack(data.certainty), data.size, data.size);
  const size = 400;
  const [x, y] = [
    (value) => ((value - data.x[0]) / (data.x[1] - data.x[0])) * size,
    (value) => size - ((value - data.y[0]) / (data.y[1] - data.y[0])) * size,
  ];
  const points = data.points.map(([px, py, index]) => symbol(x(px), y(py), index));
  const scale = (ends, text) => ticks(ends[0], ends[1], 4).map((value) => text(value, (value - ends[0]) / (ends[1] - ends[0])));
  const labels = [
    ...scale(data.shown_x, (value, share) => svg("text", { x: share * size, y: size - 5, class: "tick outlined", "text-anchor": "middle" }, short(value, 3))),
    // Both axes' labels would meet in the corner.
    ...scale(data.shown_y, (value, share) => share > 0.06 && svg("text", { x: 4, y: size - share * size + 4, class: "tick outlined" }, short(value, 3))),
  ];
  const classes = [...new Set(data.points.map((point) => point[2]))].sort();
  return card("Decision regions",
    html("div", { class: "plane-figure", role: "img", "aria-label": `The class that the network finds at each place of the plane, and ${data.points.length} training samples` },
      canvas, svg("svg", { viewBox: `0 0 ${size} ${size}` }, points, labels)),
    html("ul", { class: "legend" }, classes.map((index) => html("li", {},
      svg("svg", { width: 16, height: 16, "aria-hidden": "true" }, symbol(8, 8, index)), data.names[index] ?? `class ${index}`))),
    html("p", { class: "note" }, "Background: the class that the network finds, the stronger the colour the surer. Marks: training samples in the colours of their own classes."));
}

// MARK: Figures

const share = (value) => percent(value, 2);
const number = (value) => short(value, 5);
const means = [
  ["macro_precision", "mean precision of classes", share], ["macro_recall", "mean recall of classes", share],
  ["macro_f1", "mean F1 of classes", share], ["top_3_accuracy", "among the 3 greatest outputs", share],
  ["top_5_accuracy", "among the 5 greatest outputs", share], ["roc_auc", "ROC-AUC", (value) => short(value, 4)],
  ["exact_match", "all labels right", share], ["loss_in_target_units", "loss in the target's units", number],
  ["mae", "mean absolute error", number], ["rmse", "root mean square error", number], ["r2", "R²", (value) => short(value, 4)],
];
const own = [
  ["samples", "samples", grouped], ["precision", "precision", share], ["recall", "recall", share], ["f1", "F1", share],
  ["accuracy", "accuracy", share], ["mae", "mean absolute error", number], ["rmse", "root mean square error", number],
  ["r2", "R²", (value) => short(value, 4)],
];

/** Those of the listed figures that there are, with their names. */
const named = (figures, list) => list.filter(([key]) => typeof figures[key] === "number")
  .map(([key, name, words]) => [name, words(figures[key])]);

/** The figures of each class, label or target. */
export function parts({ measured }) {
  const [what] = ["classes", "labels", "targets"].filter((key) => measured?.figures?.[key]?.length > 0);
  if (!what) return null;
  const rows = measured.figures[what];
  const columns = own.filter(([key]) => rows.some((row) => row[key] !== undefined));
  const name = { classes: "class", labels: "label", targets: "target" }[what];
  return card(`Each ${name} (${measured.name} samples)`,
    html("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": `Figures of each ${name}` },
      html("table", {}, html("thead", {}, html("tr", {}, html("th", { scope: "col" }, name),
        columns.map(([, title]) => html("th", { scope: "col" }, title)))),
      html("tbody", {}, rows.map((row, index) => html("tr", {}, html("th", { scope: "row" }, name === "class" && classSwatch(index), row[name]),
        columns.map(([key, , words]) => html("td", {}, typeof row[key] === "number" ? words(row[key]) : "–"))))))));
}

/** The run's result in a few numbers. */
export function figures(run) {
  const { summary, measured } = run;
  const facts = [
    measured && [`${measured.name} loss`, short(measured.loss, 5)],
    measured?.accuracy !== null && measured && [`${measured.name} accuracy`, percent(measured.accuracy, 2)],
    ...named(measured?.figures ?? {}, means),
    ["epochs", `${grouped(summary.epochs)}${summary.ending === "completed" ? "" : `, ${summary.ending.replace("_", " ")}`}`],
    ["parameters", grouped(summary.parameters)], ["samples per second", grouped(summary.samples_per_second)],
    ["seconds, after reading the data", short(summary.seconds, 4)],
  ].filter(Boolean);
  return html("section", { class: "card", "aria-label": "Result" },
    summary.failure && html("p", { class: "bad" }, `The run failed: ${summary.failure}`),
    summary.ended && html("p", { "data-fact": "ended" }, summary.ended),
    summary.warnings && html("ul", { class: "findings", "aria-label": "Warnings" },
      summary.warnings.map((text) => html("li", { class: "bad" }, text))),
    html("dl", { class: "facts big" }, facts.map(([name, value]) =>
      html("div", {}, html("dt", {}, name), html("dd", { "data-fact": name }, value)))));
}
