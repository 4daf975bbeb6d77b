// The network as columns of neurons with arrows between them: neurons are buttons, connections lines.

import { html, svg, isStill } from "nnkit/dom";
import { greatestOf } from "nnkit/raster";

const headLength = 9;

export class Drawing {
  /**
   * size: {width, height} of a neuron; gap: least distance between columns; below: the distance between two neurons of a
   * column; edge: room at both sides of a column, for titles wider than it; tallest: beyond so many neurons a column is
   * broken into several; hasArrows: whether lines end in arrowheads.
   */
  constructor(label, { size, gap, below = 14, edge = 26, tallest = 12, hasArrows = false }) {
    Object.assign(this, { size, gap, below, edge, tallest, hasArrows });
    this.lines = svg("svg", { class: "connections", "aria-hidden": "true" });
    this.nodes = html("div", { class: "nodes" });
    this.plane = html("div", { class: "plane" }, this.lines, this.nodes);
    this.element = html("div", { class: "drawing", role: "group", "aria-label": label, tabindex: "-1" }, this.plane);
    this.places = new Map();
    this.messages = [];
    new ResizeObserver(() => this.#fit()).observe(this.element);
  }

  /**
   * columns: [{title, note, nodes: [{key, element, rows, around}]}], where a node may take several rows and reach `around`
   * pixels beyond them;
   * connections: [{key, from, to, row, weight}], drawn by sign and size of their weight; `row` is that of a node with rows.
   */
  show(columns, connections) {
    this.columns = columns;
    this.connections = connections;
    this.#rank();
    this.width = 0;
    this.#fit();
  }

  /** Other sizes of neurons, for a place that has become higher or lower. */
  resize(size, below) {
    if (size.height === this.size.height && below === this.below) return;
    Object.assign(this, { size, below });
    this.width = 0;
    this.#fit();
  }

  /** Lines that end at one neuron end one below the other, in the order in which they begin. */
  #rank() {
    const counts = new Map();
    for (const one of this.connections) {
      one.rank = counts.get(one.to) ?? 0;
      counts.set(one.to, one.rank + 1);
    }
    for (const one of this.connections) one.siblings = counts.get(one.to);
  }

  #fit() {
    const width = Math.floor(this.element.clientWidth);
    if (!this.columns || width < 60 || width === this.width) return;
    this.width = width;
    this.#place(width);
    this.#draw();
    this.send(this.messages, false);
  }

  #place(available) {
    const { size: { width, height }, edge, tallest } = this;
    const pitch = height + this.below;
    const rowsOf = (column) => column.nodes.reduce((sum, node) => sum + (node.rows ?? 1), 0);
    const widths = this.columns.map((column) => Math.ceil(column.nodes.length / tallest) * (width + 8) - 8);
    const tall = Math.max(...this.columns.map((column) => Math.min(tallest, rowsOf(column))));
    const around = Math.max(...this.columns.flatMap((column) => column.nodes.map((node) => node.around ?? 0)));
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
    const foot = Math.max(20, around);
    const top = Math.max(40, ...titles.map((title) => title.offsetHeight + 4)) + around;
    const plane = { width: Math.max(available, full), height: tall * pitch + top + foot };
    this.columns.forEach((column, index) => {
      const rows = Math.min(tallest, rowsOf(column));
      const start = top + ((tall - rows) * pitch) / 2;
      column.nodes.forEach((node, number) => {
        const place = { x: lefts[index] + Math.floor(number / tallest) * (width + 8), y: start + (number % tallest) * pitch };
        this.places.set(node.key, place);
        const beyond = node.around ?? 0;
        this.nodes.append(at(place.x, place.y - beyond, width, node.element));
        node.element.style.height = `${(node.rows ?? 1) * pitch - this.below + 2 * beyond}px`;
      });
    });
    for (const [key, value] of Object.entries(plane)) {
      this.plane.style[key] = `${value}px`;
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
  ends({ from, to, row, rank, siblings }) {
    const [start, end] = [this.places.get(from), this.places.get(to)];
    const { width, height } = this.size;
    const step = Math.min(7, (height - 10) / Math.max(1, siblings - 1));
    const shift = row === undefined ? (rank - (siblings - 1) / 2) * step : row * (height + this.below);
    return { x1: start.x + width, y1: start.y + height / 2, x2: end.x, y2: end.y + height / 2 + shift };
  }

  #draw() {
    const greatest = greatestOf(this.connections.map((one) => one.weight));
    this.paths = new Map(this.connections.map((one) => [one.key, this.#line(one, greatest)]));
    this.lines.classList.toggle("many", this.connections.length > 200);
    this.lines.replaceChildren(...this.paths.values());
  }

  #line(one, greatest) {
    const ends = this.ends(one);
    const line = svg("line", { class: "line", "stroke-width": width(one.weight, greatest) });
    const group = svg("g", { class: `connection ${kind(one.weight)}` }, line,
      this.hasArrows && svg("polygon", { class: "arrowhead" }));
    aim(group, ends, this.hasArrows, false);
    return group;
  }

  /** Other weights for the same connections. */
  weigh(weights) {
    for (const one of this.connections) one.weight = weights.get(one.key) ?? one.weight;
    const greatest = greatestOf([...weights.values()]);
    for (const [key, weight] of weights) {
      const group = this.paths?.get(key);
      group?.setAttribute("class", `connection ${kind(weight)}`);
      group?.firstChild.setAttribute("stroke-width", width(weight, greatest));
    }
  }

  /** Marks some connections, and lets a dot travel along each that `isSent`, back where it `isBack`: {key, isBack, isSent}. */
  send(messages, isNew = true) {
    this.messages = messages;
    this.lines.querySelectorAll(".message").forEach((old) => old.remove());
    const sent = new Map(messages.map((message) => [message.key, message]));
    for (const one of this.connections) {
      const [group, message] = [this.paths?.get(one.key), sent.get(one.key)];
      if (!group) continue;
      group.classList.toggle("active", message !== undefined);
      aim(group, this.ends(one), this.hasArrows, message?.isBack ?? false);
      if (message?.isSent) this.lines.append(this.#travelling(one, message, isNew));
    }
    this.lines.classList.toggle("sending", messages.length > 0);
  }

  /** Scrolls a neuron into view where the drawing is wider than its place. */
  reveal(key) {
    const place = this.places.get(key);
    if (place && this.element.scrollWidth > this.element.clientWidth) {
      this.element.scrollLeft = place.x + this.size.width / 2 - this.element.clientWidth / 2;
    }
  }

  #travelling(connection, { isBack }, isNew) {
    const { x1, y1, x2, y2 } = this.ends(connection);
    const [start, end] = isBack ? [[x2, y2], [x1, y1]] : [[x1, y1], [x2, y2]];
    const dot = svg("g", { class: `message ${isBack ? "back" : "forth"}` }, svg("circle", { r: 5 }));
    const place = (share) =>
      `translate(${start[0] + (end[0] - start[0]) * share}px, ${start[1] + (end[1] - start[1]) * share}px)`;
    dot.style.transform = place(0.5);
    if (isNew && !isStill()) {
      dot.animate([{ transform: place(0) }, { transform: place(0.5) }], { duration: 650, easing: "ease-out" });
    }
    return dot;
  }
}

/** Draws a connection from one end to the other, or back, with the arrowhead where it ends. */
function aim(group, { x1, y1, x2, y2 }, hasArrow, isBack) {
  const [line, arrow] = group.children;
  const [from, to] = isBack ? [[x2, y2], [x1, y1]] : [[x1, y1], [x2, y2]];
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]) || 1;
  const [dx, dy] = [(to[0] - from[0]) / length, (to[1] - from[1]) / length];
  const back = hasArrow ? headLength : 0;
  const neck = [to[0] - dx * back, to[1] - dy * back];
  for (const [key, value] of [["x1", from[0]], ["y1", from[1]], ["x2", neck[0]], ["y2", neck[1]]]) {
    line.setAttribute(key, value.toFixed(1));
  }
  const half = 2.5 + Number(line.getAttribute("stroke-width")) / 2;
  const side = (sign) => [neck[0] - sign * dy * half, neck[1] + sign * dx * half];
  arrow?.setAttribute("points", [to, side(1), side(-1)].map((point) => point.map((x) => x.toFixed(1)).join(",")).join(" "));
}

function at(x, y, width, element) {
  Object.assign(element.style, { position: "absolute", left: `${x}px`, top: `${y}px`, width: `${width}px` });
  return element;
}

/** A connection without a weight, as to the loss, is neither positive nor negative. */
const kind = (weight) => (weight === null ? "bare" : weight < 0 ? "negative" : "positive");

const width = (weight, greatest) =>
  (Number.isFinite(weight) && weight !== null ? 0.6 + (5.4 * Math.abs(weight)) / (greatest || 1) : 1.4).toFixed(2);
