// The network as columns of neurons with the connections between them: neurons are buttons, connections lines.

import { html, svg, isStill } from "nnkit/dom";
import { greatestOf } from "nnkit/raster";

/** Beyond so many neurons a column is broken into several. */
const tallest = 12;
/** Room at both sides, for titles wider than their column. */
const edge = 26;

export class Drawing {
  /** size: {width, height} of a neuron; gap: least distance between columns. */
  constructor(label, size, gap) {
    this.size = size;
    this.gap = gap;
    this.lines = svg("svg", { class: "connections", "aria-hidden": "true" });
    this.nodes = html("div", { class: "nodes" });
    this.plane = html("div", { class: "plane" }, this.lines, this.nodes);
    this.element = html("div", { class: "drawing", role: "group", "aria-label": label, tabindex: "-1" }, this.plane);
    this.places = new Map();
    new ResizeObserver(() => this.#fit()).observe(this.element);
  }

  /**
   * columns: [{title, note, nodes: [{key, element}]}];
   * connections: [{key, from, to, weight}], drawn by sign and size of their weight.
   */
  show(columns, connections) {
    this.columns = columns;
    this.connections = connections;
    this.width = 0;
    this.#fit();
  }

  #fit() {
    const width = Math.floor(this.element.clientWidth);
    if (!this.columns || width < 60 || width === this.width) return;
    this.width = width;
    this.#place(width);
    this.#draw();
  }

  #place(available) {
    const { width, height } = this.size;
    const widths = this.columns.map((column) => Math.ceil(column.nodes.length / tallest) * (width + 8) - 8);
    const tall = Math.max(...this.columns.map((column) => Math.min(tallest, column.nodes.length)));
    const taken = widths.reduce((sum, one) => sum + one, 0);
    const gaps = this.#gaps(available - taken - 2 * edge);
    const between = gaps.reduce((sum, one) => sum + one, 0);
    const full = taken + between + 2 * edge;
    let left = edge + Math.max(0, (available - full) / 2);
    const lefts = widths.map((one, index) => {
      const here = left;
      left += one + (gaps[index] ?? 0);
      return here;
    });
    this.places.clear();
    const titles = this.columns.map((column, index) => at(lefts[index] - edge, 0, widths[index] + 2 * edge,
      html("p", { class: "column-title" }, column.title, column.note && html("small", {}, column.note))));
    this.nodes.replaceChildren(...titles);
    const head = Math.max(40, ...titles.map((title) => title.offsetHeight + 4));
    const plane = { width: full, height: tall * (height + 14) + head + 20 };
    this.columns.forEach((column, index) => {
      const rows = Math.min(tallest, column.nodes.length);
      const top = head + ((tall - rows) * (height + 14)) / 2;
      column.nodes.forEach((node, number) => {
        const place = { x: lefts[index] + Math.floor(number / tallest) * (width + 8), y: top + (number % tallest) * (height + 14) };
        this.places.set(node.key, place);
        this.nodes.append(at(place.x, place.y, width, node.element));
        node.element.style.height = `${height}px`;
      });
    });
    this.plane.style.width = `${Math.max(available, plane.width)}px`;
    this.plane.style.height = `${plane.height}px`;
    for (const [key, value] of [["width", Math.max(available, plane.width)], ["height", plane.height]]) {
      this.lines.setAttribute(key, value);
    }
  }

  /** The room behind each column but the last; what is there to spare goes where connections are drawn. */
  #gaps(room) {
    const from = new Set(this.connections.map((one) => one.from));
    const joined = this.columns.slice(0, -1).map((column) => column.nodes.some((node) => from.has(node.key)));
    const count = joined.filter(Boolean).length;
    const wide = Math.min(5 * this.gap, (room - this.gap * (joined.length - count)) / Math.max(1, count));
    return joined.map((isJoined) => isJoined ? Math.max(this.gap, wide) : this.gap);
  }

  /** Where a connection begins and ends. */
  ends({ from, to }) {
    const [start, end] = [this.places.get(from), this.places.get(to)];
    const half = this.size.height / 2;
    return { x1: start.x + this.size.width, y1: start.y + half, x2: end.x, y2: end.y + half };
  }

  #draw() {
    const greatest = greatestOf(this.connections.map((one) => one.weight));
    this.paths = new Map(this.connections.map((one) => [one.key, svg("line", {
      ...this.ends(one), class: `connection ${one.weight < 0 ? "negative" : "positive"}`,
      "stroke-width": width(one.weight, greatest),
    })]));
    this.lines.classList.toggle("many", this.connections.length > 200);
    this.lines.replaceChildren(...this.paths.values());
  }

  /** Other weights for the same connections. */
  weigh(weights) {
    for (const one of this.connections) one.weight = weights.get(one.key) ?? one.weight;
    const greatest = greatestOf([...weights.values()]);
    for (const [key, weight] of weights) {
      const line = this.paths?.get(key);
      line?.setAttribute("class", `connection ${weight < 0 ? "negative" : "positive"}`);
      line?.setAttribute("stroke-width", width(weight, greatest));
    }
  }

  /** Marks some connections, and lets a message travel along each: {key, text, isBack}. */
  send(messages) {
    this.lines.querySelectorAll(".message").forEach((old) => old.remove());
    for (const line of this.paths?.values() ?? []) line.classList.remove("active");
    for (const message of messages) {
      const connection = this.connections.find((one) => one.key === message.key);
      if (!connection) continue;
      this.paths.get(message.key)?.classList.add("active");
      this.lines.append(this.#travelling(connection, message));
    }
  }

  /** Scrolls a neuron into view where the drawing is wider than its place. */
  reveal(key) {
    const place = this.places.get(key);
    if (place && this.element.scrollWidth > this.element.clientWidth) {
      this.element.scrollLeft = place.x + this.size.width / 2 - this.element.clientWidth / 2;
    }
  }

  #travelling(connection, { text, isBack }) {
    const { x1, y1, x2, y2 } = this.ends(connection);
    const [start, end] = isBack ? [[x2, y2], [x1, y1]] : [[x1, y1], [x2, y2]];
    const dot = svg("g", { class: `message ${isBack ? "back" : "forth"}` }, svg("circle", { r: 5 }),
      text && svg("text", { y: -9, "text-anchor": "middle" }, text));
    const place = (share) =>
      `translate(${start[0] + (end[0] - start[0]) * share}px, ${start[1] + (end[1] - start[1]) * share}px)`;
    dot.style.transform = place(0.5);
    if (!isStill()) {
      dot.animate([{ transform: place(0) }, { transform: place(0.5) }], { duration: 650, easing: "ease-out" });
    }
    return dot;
  }
}

function at(x, y, width, element) {
  Object.assign(element.style, { position: "absolute", left: `${x}px`, top: `${y}px`, width: `${width}px` });
  return element;
}

const width = (weight, greatest) => (Number.isFinite(weight) ? 0.6 + (5.4 * Math.abs(weight)) / (greatest || 1) : 0.6).toFixed(2);
