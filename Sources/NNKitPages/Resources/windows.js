// Kernels and feature maps: numbers in rows and columns, as pictures and as grids.

import { html, svg } from "nnkit/dom";
import { short } from "nnkit/numbers";
import { drawPicture, drawSigned, greatestOf } from "nnkit/raster";

/**
 * Numbers as a picture, with places marked in it.
 *
 * options: {values, rows, columns, greatest, isGrey, label, caption, marks: [{row, column}], choose(row, column), id}
 * `choose` makes it a control: a click chooses the place under the pointer, and with `place` the arrow keys move from there.
 */
export function mapFigure({ values, rows, columns, greatest, isGrey, label, caption, marks = [], choose, place, id }) {
  const canvas = html("canvas", { role: "img", "aria-label": label });
  paintMap(canvas, { values, rows, columns, greatest, isGrey });
  const overlay = svg("svg", { viewBox: `0 0 ${columns} ${rows}`, preserveAspectRatio: "none", "aria-hidden": "true" },
    marks.map(({ row, column }) => svg("rect", { x: column, y: row, width: 1, height: 1, class: "place" })));
  const frame = html("div", {
    class: "map", "data-map": id,
    tabindex: place && "0", role: place && "application", "aria-label": place && `${label}; the arrow keys choose another position`,
    onclick: choose && ((event) => {
      const box = canvas.getBoundingClientRect();
      const at = (offset, size, count) => Math.max(0, Math.min(count - 1, Math.floor((offset / size) * count)));
      choose(at(event.clientY - box.top, box.height, rows), at(event.clientX - box.left, box.width, columns));
    }),
    onkeydown: place && ((event) => {
      const [down, right] = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key] ?? [0, 0];
      const [row, column] = [place.row + down, place.column + right];
      if (down === 0 && right === 0) return;
      event.preventDefault();
      if (row >= 0 && row < rows && column >= 0 && column < columns) choose(row, column);
    }),
  }, canvas, overlay);
  frame.style.aspectRatio = `${columns} / ${rows}`;
  if (choose) frame.classList.add("chooses");
  return html("figure", { class: "map-figure" }, frame, caption && html("figcaption", {}, caption));
}

/** Paints numbers on a canvas: signed ones in two colours, or grey ones. */
export function paintMap(canvas, { values, rows, columns, greatest, isGrey }) {
  if (isGrey) drawPicture(canvas, values, rows, columns, Math.min(...values), Math.max(...values));
  else drawSigned(canvas, values, rows, columns, greatest ?? greatestOf(values));
}

/** A neuron's kernel as pictures, one for each channel: `kernel` is [rows, columns]. */
export function kernelFigures(weights, [rows, columns], label, most = 16) {
  const [size, greatest] = [rows * columns, greatestOf(weights)];
  const count = Math.round(weights.length / size);
  const shown = [...Array(Math.min(count, most)).keys()];
  return shown.map((channel) => mapFigure({
    values: weights.subarray ? weights.subarray(channel * size, (channel + 1) * size) : weights.slice(channel * size, (channel + 1) * size),
    rows, columns, greatest, label: `${label}${count > 1 ? `, channel ${channel}` : ""}`,
  }));
}

/** Numbers in a table of rows and columns, each cell in the colour of its sign; null is no number. */
export function numberGrid(values, rows, columns, caption, greatest = greatestOf(values.filter((value) => value !== null))) {
  const cell = (value) => {
    const cell = html("td", { title: short(value), class: value < 0 ? "negative" : "positive" }, short(value, 3));
    cell.style.setProperty("--share", `${Math.round(60 * Math.min(1, Math.abs(value ?? 0) / (greatest || 1)))}%`);
    return cell;
  };
  return html("figure", { class: "number-grid" }, html("figcaption", {}, caption),
    html("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption }, html("table", {}, html("tbody", {},
      [...Array(rows).keys()].map((row) => html("tr", {},
        [...Array(columns).keys()].map((column) => cell(values[row * columns + column]))))))));
}
