// What the engine says, as figures: numbers, curves, pictures, networks, equations.

import { html, svg } from "nnkit/dom";
import { short } from "nnkit/numbers";
import { plot } from "nnkit/plot";
import { Drawing } from "nnkit/drawing";
import { drawPicture, drawSigned, drawShares, greatestOf } from "nnkit/raster";
import { trace } from "nnkit/lesson-trace";

/** Each kind of figure: (content) => {element, update(content)}. */
const makers = { facts, plot: curves, surface, pictures, network, lines, table, note, trace, frames, goal: () => still(html("span", { hidden: true })) };

/** Figures one below the other; those of the same kind as before take the new content. */
export class Figures {
  constructor() {
    this.element = html("div", { class: "figures" });
    this.shown = [];
    this.content = [];
  }

  show(content) {
    this.content = content;
    const goal = content.find((one) => one.kind === "goal")?.content;
    this.goal = goal;
    const isSame = content.length === this.shown.length && content.every((one, index) => one.kind === this.shown[index].kind);
    if (isSame) {
      content.forEach((one, index) => this.shown[index].figure.update(one.content));
      return;
    }
    this.shown = content.map((one) => ({ kind: one.kind, figure: makers[one.kind](one.content) }));
    this.element.replaceChildren(...this.shown.map((one) => one.figure.element));
  }

  /** Draws pixels again, in the colours of another theme. */
  redraw() { this.show(this.content); }
}

const still = (element) => ({ element, update: () => {} });

/** A figure that is drawn from nothing each time. */
function redrawn(element, draw) {
  const update = (content) => element.replaceChildren(...draw(content));
  return { element, update };
}

function facts(content) {
  const figure = redrawn(html("dl", { class: "facts" }), (list) => list.map(({ name, symbol, value }) =>
    html("div", {}, html("dt", {}, name, " ", html("i", {}, symbol)), html("dd", { "data-fact": name }, short(value, 6)))));
  figure.update(content);
  return figure;
}

const options = (content) => ({
  ...content, series: content.series.map((one) => ({ ...one, y: one.y.map((y) => y ?? NaN) })), yRange: content.yRange ?? undefined,
});

function curves(content) {
  const element = plot(options(content));
  const caption = element.querySelector("figcaption");
  return { element, update: (changed) => { caption.textContent = changed.title; element.update(options(changed)); } };
}

function surface(content) {
  const canvas = html("canvas", { class: "surface-image", "aria-hidden": "true" });
  const marks = svg("svg", { viewBox: "0 0 100 100", class: "surface-marks", role: "img" });
  const caption = html("figcaption");
  const [x, y] = [html("p", { class: "note axis-words" }), html("p", { class: "note axis-words" })];
  const area = html("div", { class: "surface-place" }, canvas, marks);
  const element = html("figure", { class: "surface" }, caption, area, x, y);
  let axes = content;
  // A press on the picture asks the part to go there; for the keyboard, sliders do the same.
  area.addEventListener("click", (event) => {
    const box = area.getBoundingClientRect();
    const along = (axis, share) => axis.from + share * (axis.to - axis.from);
    const point = [along(axes.x, (event.clientX - box.left) / box.width), along(axes.y, (box.bottom - event.clientY) / box.height)];
    area.dispatchEvent(new CustomEvent("surfacepoint", { bubbles: true, detail: point }));
  });
  const update = (now) => {
    axes = now;
    caption.textContent = now.title;
    // From the lowest place, in the first colour, to the highest, in the second.
    drawShares(canvas, now.shares, now.size, now.size, 1, 0);
    const at = ([one, other]) => [
      (100 * (one - now.x.from)) / (now.x.to - now.x.from), 100 - (100 * (other - now.y.from)) / (now.y.to - now.y.from),
    ];
    const points = now.path.map(at);
    const last = points[points.length - 1];
    marks.setAttribute("aria-label", `The path has ${now.path.length} points; it ends at ${now.x.name} ${short(now.path[now.path.length - 1][0], 3)}, ${now.y.name} ${short(now.path[now.path.length - 1][1], 3)}`);
    marks.replaceChildren(
      svg("polyline", { class: "surface-path", points: points.map((point) => point.map((value) => value.toFixed(2)).join(",")).join(" ") }),
      ...points.slice(0, -1).map(([cx, cy]) => svg("circle", { cx, cy, r: 0.9, class: "surface-step" })),
      svg("circle", { cx: last[0], cy: last[1], r: 2, class: "surface-here" }));
    x.textContent = `→ ${now.x.name}, ${short(now.x.from, 3)} to ${short(now.x.to, 3)}`;
    y.textContent = `↑ ${now.y.name}, ${short(now.y.from, 3)} to ${short(now.y.to, 3)}`;
  };
  update(content);
  return { element, update };
}

function pictures(content) {
  const figure = redrawn(html("div", { class: "gallery" }), (list) => list.map((one) => {
    const canvas = html("canvas", { class: "picture tile-picture", role: "img", "aria-label": one.title });
    if (one.isGrey) drawPicture(canvas, one.values, one.rows, one.columns, Math.min(...one.values, 0), Math.max(...one.values, 1e-9));
    else drawSigned(canvas, one.values, one.rows, one.columns, greatestOf(one.values));
    return html("figure", { class: "tile" }, canvas, html("figcaption", {}, one.title));
  }));
  figure.update(content);
  return figure;
}

function network(content) {
  const drawing = new Drawing(content.label, { size: { width: 92, height: 44 }, gap: 56, below: 14, edge: 12, hasArrows: true });
  const update = (now) => {
    const columns = now.columns.map((column) => ({
      title: column.title,
      nodes: column.nodes.map((node) => ({
        key: node.key,
        element: html("div", { class: "neuron" }, html("span", { class: "name" }, node.name), html("span", { class: "value" }, node.value)),
      })),
    }));
    drawing.show(columns, now.lines.map((one) => ({ ...one })));
  };
  update(content);
  return { element: drawing.element, update };
}

function lines(content) {
  const figure = redrawn(html("ul", { class: "numbers", "aria-live": "polite" }), (list) => list.map((text) => html("li", {}, text)));
  figure.update(content);
  return figure;
}

function table(content) {
  const figure = redrawn(html("div"), (now) => [
    html("p", { class: "note" }, now.title),
    html("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": now.title }, html("table", {},
      html("thead", {}, html("tr", {}, now.head.map((text) => html("th", { scope: "col" }, text)))),
      html("tbody", {}, now.rows.map((row) => html("tr", {},
        row.map((text, index) => (index === 0 ? html("th", { scope: "row" }, text) : html("td", {}, text))))))))]);
  figure.update(content);
  return figure;
}

function note(content) {
  const element = html("p", { class: "remark", "aria-live": "polite" }, content);
  return { element, update: (text) => { element.textContent = text; } };
}

/** States to go through, each with its figures. */
function frames(content) {
  let [list, at, timer] = [content, content.length - 1, undefined];
  const caption = html("p", { class: "caption" });
  const inner = new Figures();
  const slider = html("input", { type: "range", min: 0, step: 1, "aria-label": "Moment", oninput: () => { pause(); go(Number(slider.value)); } });
  const play = html("button", { type: "button", class: "primary", "data-act": "frames", onclick: () => (timer ? pause() : start()) }, "▶ Play");
  const go = (index) => {
    at = Math.max(0, Math.min(list.length - 1, index));
    slider.max = list.length - 1;
    slider.value = at;
    slider.setAttribute("aria-valuetext", list[at].caption);
    caption.textContent = list[at].caption;
    inner.show(list[at].figures);
  };
  const pause = () => {
    clearInterval(timer);
    timer = undefined;
    play.textContent = "▶ Play";
  };
  const start = () => {
    if (at === list.length - 1) go(0);
    timer = setInterval(() => (at < list.length - 1 ? go(at + 1) : pause()), 350);
    play.textContent = "❚❚ Pause";
  };
  const element = html("div", { class: "frames" }, html("div", { class: "frames-bar" }, play, slider), caption, inner.element);
  go(at);
  return { element, update: (changed) => { pause(); list = changed; go(list.length - 1); } };
}
