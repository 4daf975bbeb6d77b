// Curves over an axis: functions, losses, distributions.

import { html, svg } from "nnkit/dom";
import { short } from "nnkit/numbers";

const margin = { left: 52, right: 14, top: 12, bottom: 34 };

/**
 * A figure that is drawn as wide as its place.
 *
 * options: {title, series: [{name, x, y, colour, dash}], bands: [{name, x, low, high, colour, opacity}],
 *   marks: [{x, y, text, colour}], xLabel, yLabel, height, log, yRange, dots}
 * Points whose y is not finite leave a gap.
 */
export function plot(options) {
  const place = html("div", { class: "plot-area" });
  const legend = options.series.filter((line) => line.name).map((line) =>
    html("li", {}, svg("svg", { width: 22, height: 10, "aria-hidden": "true" }, svg("line", {
      x1: 0, y1: 5, x2: 22, y2: 5, class: "curve", stroke: `var(--${line.colour})`, "stroke-dasharray": line.dash,
    })), line.name));
  const figure = html("figure", { class: "plot" },
    html("figcaption", {}, options.title), place, legend.length > 1 && html("ul", { class: "legend" }, legend));
  let [shown, current] = [0, options];
  new ResizeObserver(() => {
    const width = Math.floor(place.clientWidth);
    if (width > 60 && width !== shown) {
      shown = width;
      place.replaceChildren(drawn(current, width));
    }
  }).observe(place);
  /** Draws other numbers in the same place. */
  figure.update = (changed) => {
    current = changed;
    if (shown) place.replaceChildren(drawn(current, shown));
  };
  return figure;
}

/** The title of a figure whose axis is logarithmic; lists: all that it shows. */
export const logarithmic = (title, lists) =>
  `${title}, logarithmic${lists.some((list) => list.includes(0)) ? ", 0 at the foot" : ""}`;

function drawn(options, width) {
  const height = options.height ?? 220;
  const scale = scales(options, width, height);
  const chart = svg("svg", { width, height, role: "img", "aria-label": description(options) });
  chart.append(...axes(options, scale, width, height));
  for (const band of options.bands ?? []) {
    const there = band.x.map((x, i) => `${scale.x(x)},${scale.y(band.high[i])}`);
    const back = band.x.map((x, i) => `${scale.x(x)},${scale.y(band.low[i])}`).reverse();
    chart.append(svg("polygon", {
      points: [...there, ...back].join(" "), fill: `var(--${band.colour})`, opacity: band.opacity,
    }));
  }
  for (const line of options.series) {
    chart.append(svg("path", {
      d: path(line, scale), class: "curve", stroke: `var(--${line.colour})`, "stroke-dasharray": line.dash,
    }));
  }
  for (const line of options.series) {
    const seen = [...line.x.keys()].filter((i) => scale.isShown(line.y[i]));
    // One point makes no line, and few points are marked, to distinguish them from the line between them.
    for (const i of seen.length <= (options.dots ? 40 : 1) ? seen : []) {
      const [x, y] = [scale.x(line.x[i]), scale.y(line.y[i])];
      chart.append(svg("circle", { cx: x, cy: y, r: seen.length === 1 ? 4 : 2.5, class: "mark-dot", fill: `var(--${line.colour})` }));
    }
  }
  for (const mark of options.marks ?? []) chart.append(...marked(mark, scale, width));
  chart.append(...readout(options, scale, width, height));
  return chart;
}

function marked(mark, scale, width) {
  const [x, y] = [scale.x(mark.x), scale.y(mark.y)];
  const isLeft = x > width / 2;
  return [
    svg("circle", { cx: x, cy: y, r: 5, class: "mark-dot", fill: `var(--${mark.colour})` }),
    svg("text", { x: x + (isLeft ? -9 : 9), y: y - 8, "text-anchor": isLeft ? "end" : "start", class: "mark-text" },
      mark.text),
  ];
}

/** A screen reader gets the ends of each curve. */
function description(options) {
  const ends = options.series.map((line) => {
    const y = line.y.filter(Number.isFinite);
    return `${line.name ?? options.title}: from ${short(y[0], 4)} to ${short(y[y.length - 1], 4)}`;
  });
  return `${options.title}. ${ends.join("; ")}`;
}

function scales(options, width, height) {
  const xs = options.series.flatMap((line) => [line.x[0], line.x[line.x.length - 1]]);
  const [left, right] = widened(Math.min(...xs), Math.max(...xs), 0);
  const isShown = (y) => Number.isFinite(y) && (!options.log || y >= 0);
  let [low, high] = [Infinity, -Infinity];
  const values = [...options.series.map((line) => line.y), ...(options.bands ?? []).flatMap((band) => [band.low, band.high])];
  for (const list of values) {
    for (const y of list) if (isShown(y) && !(options.log && y === 0)) [low, high] = [Math.min(low, y), Math.max(high, y)];
  }
  if (low > high) [low, high] = options.log ? [0.1, 1] : [0, 1];
  // On a logarithmic axis 0 has no place; it is drawn at the foot, below the smallest that has one.
  if (options.log && values.some((list) => list.includes(0))) low /= 100;
  const change = options.log ? (y) => Math.log10(Math.max(y, low)) : (y) => y;
  const [from, to] = options.yRange ?? widened(change(low), change(high), 0.05);
  const floor = height - margin.bottom;
  return {
    left, right, from, to, isShown,
    x: (x) => margin.left + ((x - left) / (right - left)) * (width - margin.left - margin.right),
    y: (y) => {
      const share = isShown(y) ? (change(y) - from) / (to - from) : 0;
      return floor - Math.max(-0.05, Math.min(1.05, share)) * (floor - margin.top);
    },
  };
}

const widened = (low, high, share) => {
  if (high - low < 1e-12 * Math.max(1, Math.abs(high))) return [low - 0.5, high + 0.5];
  return [low - share * (high - low), high + share * (high - low)];
};

/** Round numbers between two ends, `least` or more apart. */
export function ticks(low, high, count, least = 0) {
  const raw = Math.max(least, (high - low) / count);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((times) => times * power).find((size) => size >= raw) ?? raw;
  const result = [];
  for (let i = Math.ceil(low / step); i * step <= high + 1e-9 * step; i++) result.push(i * step);
  return result;
}

function axes(options, scale, width, height) {
  const floor = height - margin.bottom;
  const vertical = options.log
    ? powers(scale.from, scale.to).map((power) => [10 ** power, short(10 ** power, 3)])
    : ticks(scale.from, scale.to, 4).map((y) => [y, short(y, 4)]);
  const lines = vertical.flatMap(([y, text]) => [
    svg("line", { x1: margin.left, x2: width - margin.right, y1: scale.y(y), y2: scale.y(y), class: "grid" }),
    svg("text", { x: margin.left - 6, y: scale.y(y) + 4, "text-anchor": "end", class: "tick" }, text),
  ]);
  const horizontal = ticks(scale.left, scale.right, Math.max(2, Math.floor(width / 90)), options.xLabel?.startsWith("epoch") ? 1 : 0);
  for (const x of horizontal) {
    lines.push(svg("text", { x: scale.x(x), y: floor + 15, "text-anchor": "middle", class: "tick" }, short(x, 5)));
  }
  lines.push(svg("line", { x1: margin.left, x2: width - margin.right, y1: floor, y2: floor, class: "axis" }));
  if (options.xLabel) {
    lines.push(svg("text", { x: width - margin.right, y: height - 4, "text-anchor": "end", class: "tick" }, options.xLabel));
  }
  if (options.yLabel) lines.push(svg("text", { x: 4, y: height - 4, class: "tick" }, options.yLabel));
  return lines;
}

function powers(from, to) {
  const step = Math.max(1, Math.ceil((to - from) / 5));
  const result = [];
  for (let power = Math.ceil(from / step) * step; power <= to; power += step) result.push(power);
  return result;
}

function path(line, scale) {
  let [text, isDown] = ["", false];
  for (let i = 0; i < line.x.length; i++) {
    if (!scale.isShown(line.y[i])) { isDown = false; continue; }
    text += `${isDown ? "L" : "M"}${scale.x(line.x[i]).toFixed(1)} ${scale.y(line.y[i]).toFixed(1)}`;
    isDown = true;
  }
  return text;
}

/** The numbers under the pointer. */
function readout(options, scale, width, height) {
  const line = svg("line", { y1: margin.top, y2: height - margin.bottom, class: "pointer", visibility: "hidden" });
  const text = svg("text", { y: margin.top + 8, class: "mark-text", visibility: "hidden" });
  const area = svg("rect", {
    x: margin.left, y: 0, width: Math.max(0, width - margin.left - margin.right), height: height - margin.bottom,
    class: "catcher",
    onpointermove: (event) => {
      const box = area.getBoundingClientRect();
      const x = scale.left + ((event.clientX - box.left) / box.width) * (scale.right - scale.left);
      const longest = options.series.reduce((best, one) => (one.x.length > best.x.length ? one : best));
      const at = nearest(longest.x, x);
      const place = scale.x(longest.x[at]);
      const found = options.series.map((one) => [one, nearest(one.x, longest.x[at])]);
      const words = found.map(([one, i]) => `${one.name ? `${one.name} ` : ""}${short(one.y[i], 5)}`).join(" · ");
      for (const [key, value] of [["x1", place], ["x2", place], ["visibility", "visible"]]) line.setAttribute(key, value);
      text.textContent = `${options.xLabel ?? "x"} ${short(longest.x[at], 5)}: ${words}`;
      text.setAttribute("x", width - margin.right);
      text.setAttribute("text-anchor", "end");
      text.setAttribute("visibility", "visible");
    },
    onpointerleave: () => [line, text].forEach((part) => part.setAttribute("visibility", "hidden")),
  });
  return [line, text, area];
}

function nearest(xs, x) {
  let best = 0;
  for (let i = 1; i < xs.length; i++) if (Math.abs(xs[i] - x) < Math.abs(xs[best] - x)) best = i;
  return best;
}

/** A class's mark: its colour and its shape. */
export function symbol(x, y, index) {
  const attributes = { class: "sample-mark", fill: `var(--class-${index % 10})` };
  if (index % 3 === 0) return svg("circle", { cx: x, cy: y, r: 4, ...attributes });
  if (index % 3 === 1) return svg("rect", { x: x - 3.6, y: y - 3.6, width: 7.2, height: 7.2, ...attributes });
  return svg("polygon", { points: `${x},${y - 4.8} ${x + 4.6},${y + 3.6} ${x - 4.6},${y + 3.6}`, ...attributes });
}
