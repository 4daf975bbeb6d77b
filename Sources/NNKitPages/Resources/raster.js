// Numbers as pixels: pictures, weights, heat maps, decision regions.

import { html } from "nnkit/dom";
import { channels } from "nnkit/theme";

/** Draws `rows` × `columns` cells of a canvas, each in the colour that `paint(index)` gives as [red, green, blue]. */
function draw(canvas, rows, columns, paint) {
  canvas.width = columns;
  canvas.height = rows;
  const context = canvas.getContext("2d");
  const image = context.createImageData(columns, rows);
  for (let i = 0; i < rows * columns; i++) {
    const [red, green, blue] = paint(i);
    image.data.set([red, green, blue, 255], 4 * i);
  }
  context.putImageData(image, 0, 0);
}

const mix = (from, to, share) => from.map((value, i) => value + (to[i] - value) * share);

/** A grey picture, `low` black and `high` white. */
export function drawPicture(canvas, values, rows, columns, low, high) {
  draw(canvas, rows, columns, (i) => {
    const grey = (255 * (values[i] - low)) / (high - low || 1);
    return [grey, grey, grey];
  });
}

/** Signed numbers: negative ones in one colour, positive ones in the other, 0 in the page's ground. */
export function drawSigned(canvas, values, rows, columns, greatest) {
  const [zero, negative, positive] = [channels("zero"), channels("negative"), channels("positive")];
  draw(canvas, rows, columns, (i) => {
    const share = Math.max(-1, Math.min(1, values[i] / (greatest || 1)));
    return share < 0 ? mix(zero, negative, -share) : mix(zero, positive, share);
  });
}

/** A class's colour, before its name. */
export function classSwatch(index) {
  const square = html("span", { class: "class-swatch", "aria-hidden": "true" });
  square.style.background = `var(--class-${index % 10})`;
  return square;
}

/** The colour of a class, red, green and blue. */
const classChannels = (index) => channels(`class-${index % 10}`);

/** Decision regions: each cell in the colour of its class, the paler the less certain, from 0 to 255. */
export function drawRegions(canvas, classes, certainty, rows, columns) {
  const ground = channels("zero");
  const colours = [...Array(10).keys()].map(classChannels);
  draw(canvas, rows, columns, (i) => mix(ground, colours[classes[i] % 10], 0.15 + (0.6 * certainty[i]) / 255));
}

/** How much an output says its class, 0 to 1: in the colour `on`, and below a half in the colour `off`, where there is one. */
export function drawShares(canvas, shares, rows, columns, on, off) {
  const ground = channels("zero");
  const [high, low] = [classChannels(on), off === undefined ? null : classChannels(off)];
  draw(canvas, rows, columns, (i) => {
    const share = Math.max(0, Math.min(1, shares[i]));
    if (!low) return mix(ground, high, 0.75 * share);
    return share < 0.5 ? mix(ground, low, 0.75 * (1 - 2 * share)) : mix(ground, high, 0.75 * (2 * share - 1));
  });
}

/** The greatest absolute value. */
export const greatestOf = (values) => {
  let greatest = 0;
  for (const value of values) if (Math.abs(value) > greatest) greatest = Math.abs(value);
  return greatest;
};
