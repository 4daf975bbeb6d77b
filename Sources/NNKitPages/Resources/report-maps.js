// Kernels, and what layers with windows make of a few samples.

import { html } from "nnkit/dom";
import { plural, short, unpack } from "nnkit/numbers";
import { mapFigure } from "nnkit/windows";
import { card } from "nnkit/report-sections";

const signs = () => ["Each on its own scale; ", html("span", { class: "sign positive" }, "positive"), " ",
  html("span", { class: "sign negative" }, "negative"), "."];

/** Number `place` of pictures that were packed one after the other. */
const part = (bytes, place, count) => Float32Array.from(bytes.subarray(place * count, (place + 1) * count), (byte) => byte - 128);

/** The kernels of each layer that has them; channels stand one below the other. */
export function kernels(run) {
  if (!run.kernels?.length) return null;
  return card("Kernels", html("p", { class: "note" }, "What the neurons of a window look for; a kernel's channels stand one below the other. ", signs()),
    run.kernels.map((data) => {
      const all = unpack(data.scaled);
      const [rows, columns] = [data.kernel[0] * data.channels, data.kernel[1]];
      return [
        html("h3", {}, `layer ${data.layer}, ${run.layers[data.layer]}${some(data)}`),
        html("div", { class: "gallery small", "data-kernels": data.layer }, data.neurons.map((neuron, place) => mapFigure({
          values: part(all, place, rows * columns), rows, columns, greatest: 127, caption: `${neuron}`,
          label: `Kernel of neuron ${neuron}, the greatest weight ${short(data.greatest[place], 3)}`,
        }))),
      ];
    }));
}

/** The outputs at all positions, for one sample at a time. */
export function maps(run) {
  if (!run.maps?.samples.length) return null;
  const place = html("div", {});
  const buttons = run.maps.samples.map((one) => html("button", { type: "button", onclick: () => show(one) }, title(one)));
  const show = (sample) => {
    buttons.forEach((button, i) => button.setAttribute("aria-pressed", String(run.maps.samples[i] === sample)));
    place.replaceChildren(...parts(run, sample));
  };
  show(run.maps.samples[0]);
  return card("Feature maps", html("p", { class: "note" }, "What the neurons of a window give at each position, for one sample. ", signs()),
    html("div", { class: "buttons" }, buttons), place);
}

const title = (one) => `sample ${one.sample}${one.class === null ? "" : `: ${one.class}`}`;

function parts(run, sample) {
  const { image } = run.maps;
  const picture = image && mapFigure({
    values: unpack(sample.pixels), rows: image.rows, columns: image.columns, isGrey: true, label: title(sample), caption: "the sample",
  });
  return [picture, ...sample.layers.flatMap((data) => {
    const all = unpack(data.scaled);
    return [
      html("h3", {}, `layer ${data.layer}, ${run.layers[data.layer]}: ${data.rows} × ${data.columns} positions${some(data)}`),
      html("div", { class: "gallery small", "data-maps": data.layer }, data.neurons.map((neuron, place) => mapFigure({
        values: part(all, place, data.rows * data.columns), rows: data.rows, columns: data.columns, greatest: 127,
        caption: `${neuron}`, label: `Outputs of neuron ${neuron}, the greatest ${short(data.greatest[place], 3)}`,
      }))),
    ];
  })].filter(Boolean);
}

/** Of a wide layer, how many of its neurons are shown. */
const some = ({ neurons, of }) => (neurons.length < of ? `; the ${neurons.length} strongest of ${plural(of, "neuron")}` : "");
