// What one or several runs did.

import { html, pageData } from "nnkit/dom";
import { curves, figures, mistakes, parts, regions, weights } from "nnkit/report-sections";
import { layerTable, layers, settings, times } from "nnkit/report-layers";
import { kernels, maps } from "nnkit/report-maps";
import { comparison } from "nnkit/report-compare";

const { runs } = pageData();
const place = html("div", { class: "sections" });
let shown = runs[0];

function show(run) {
  shown = run;
  place.replaceChildren(...[figures(run), curves(run), regions(run), mistakes(run), parts(run), layerTable(run), layers(run), weights(run),
    kernels(run), maps(run), times(run),
    settings(run)].filter(Boolean));
}

function chooser() {
  const select = html("select", { onchange: () => show(runs[select.selectedIndex]) },
    runs.map((run) => html("option", {}, run.folder)));
  return html("label", { class: "chooser" }, "One run in full", select);
}

const compared = runs.length > 1;
document.getElementById("page").replaceChildren(
  ...(compared ? [html("div", { class: "sections" }, comparison(runs)), chooser()] : []), place);
show(shown);
addEventListener("themechange", () => show(shown));
