// A live part: controls whose settings the engine answers with figures, or recorded steps to go through.

import { html } from "nnkit/dom";
import { short } from "nnkit/numbers";
import { Figures } from "nnkit/lesson-figures";

/** The socket to the program that serves the page; one question of a part at a time. */
export class Connection {
  constructor() {
    this.waiting = new Map();
    this.count = 0;
    this.#connect();
  }

  #connect() {
    this.socket = new WebSocket(new URL("socket", location.href.replace(/^http/, "ws")));
    this.socket.onopen = () => { for (const { message } of this.waiting.values()) this.socket.send(message); };
    this.socket.onmessage = ({ data }) => {
      const answer = JSON.parse(data);
      this.waiting.get(answer.id)?.resolve(answer);
      this.waiting.delete(answer.id);
    };
    this.socket.onclose = () => {
      for (const { lost } of this.waiting.values()) lost();
      setTimeout(() => this.#connect(), 1500);
    };
  }

  /** What the engine says; lost() is called when the connection is. */
  ask(question, lost) {
    const id = ++this.count;
    const message = JSON.stringify({ id, ...question });
    return new Promise((resolve) => {
      this.waiting.set(id, { message, resolve, lost });
      if (this.socket.readyState === WebSocket.OPEN) this.socket.send(message);
    });
  }
}

export class LivePart {
  constructor(part, place, connection, chapter) {
    Object.assign(this, { part, place, connection, chapter });
    this.values = Object.fromEntries(part.controls.map((one) => [one.name, one.initial]));
    this.figures = new Figures();
    this.status = html("p", { class: "note", role: "status" });
    this.isTour = !connection && !part.isComplete;
    this.controls = part.controls.map((one) => this.#control(one));
    place.append(
      this.isTour ? this.#tour() : "",
      html("div", { class: "controls" }, this.controls.map((one) => one.element)),
      this.figures.element, this.status);
    if (connection) this.#show(part.figures);
    else if (this.isTour) this.#go(0);
    else this.#look();
    addEventListener("themechange", () => this.figures.redraw());
  }

  /** What the engine says of the reader's task: {isMet, hint}. */
  get goal() { return this.figures.goal; }

  #show(figures) {
    this.figures.show(figures);
    if (this.goal) this.place.dataset.met = this.goal.isMet;
  }

  #control(one) {
    const id = `${this.part.name}-${one.name}`;
    const label = html("label", { for: id }, one.label);
    if (one.choices.length > 0) {
      const select = html("select", { id, disabled: this.isTour, onchange: () => this.#set(one, Number(select.value)) },
        one.choices.map((text, index) => html("option", { value: index, selected: index === one.initial }, text)));
      return { element: html("div", { class: "control" }, label, select), show: (value) => { select.value = value; } };
    }
    const output = html("output", { for: id }, short(one.initial, 5));
    const slider = html("input", {
      id, type: "range", min: one.minimum, max: one.maximum, step: one.step, value: one.initial, disabled: this.isTour,
      oninput: () => { output.textContent = short(Number(slider.value), 5); this.#set(one, Number(slider.value)); },
    });
    const show = (value) => { slider.value = value; output.textContent = short(value, 5); };
    return { element: html("div", { class: "control" }, label, output, slider), show };
  }

  #set(control, value) {
    this.values[control.name] = value;
    if (this.connection) this.#ask();
    else this.#look();
  }

  /** Asks the engine for the settings there are now, once it has said what it was asked before. */
  async #ask() {
    if (this.isAsking) { this.isStale = true; return; }
    this.isAsking = true;
    do {
      this.isStale = false;
      const slow = setTimeout(() => { this.status.textContent = "The engine computes …"; }, 400);
      const answer = await this.connection.ask(
        { chapter: this.chapter, part: this.part.name, values: this.values },
        () => { this.status.textContent = "The connection is lost; is nnkit learn still running? Trying again …"; });
      clearTimeout(slow);
      this.status.textContent = answer.error ?? "";
      this.status.classList.toggle("bad", Boolean(answer.error));
      if (answer.figures) this.#show(answer.figures);
      this.place.dataset.answers = Number(this.place.dataset.answers ?? 0) + 1;
    } while (this.isStale);
    this.isAsking = false;
  }

  /** Shows what was recorded for the menus' settings. */
  #look() {
    const found = this.part.recorded.find((step) => Object.entries(step.values).every(([name, value]) => this.values[name] === value));
    if (found) this.#show(found.figures);
  }

  // MARK: Recorded steps

  #tour() {
    const button = (text, label, go) => html("button", { type: "button", "aria-label": label, onclick: () => { this.#pause(); this.#go(go()); } }, text);
    this.play = html("button", { type: "button", class: "primary", "data-act": "play", onclick: () => (this.timer ? this.#pause() : this.#start()) }, "▶ Play");
    this.counter = html("output", { class: "counter" });
    this.caption = html("p", { class: "caption", "aria-live": "polite" });
    return html("div", {},
      html("p", { class: "note" }, "This page shows recorded steps. With ", html("code", {}, "nnkit learn"), " the controls below are yours, and nnkit answers."),
      html("div", { class: "bar", role: "toolbar", "aria-label": "Recorded steps" },
        html("div", { class: "buttons" }, button("◀", "Previous recorded step", () => this.step - 1), this.play,
          button("▶", "Next recorded step", () => this.step + 1)), this.counter),
      this.caption);
  }

  #go(step) {
    this.step = Math.max(0, Math.min(this.part.recorded.length - 1, step));
    const { caption, values, figures } = this.part.recorded[this.step];
    this.values = { ...values };
    this.counter.textContent = `recorded step ${this.step + 1} of ${this.part.recorded.length}`;
    this.caption.textContent = caption;
    this.part.controls.forEach((one, index) => this.controls[index].show(values[one.name]));
    this.#show(figures);
  }

  #start() {
    if (this.step === this.part.recorded.length - 1) this.#go(0);
    this.timer = setInterval(() => (this.step < this.part.recorded.length - 1 ? this.#go(this.step + 1) : this.#pause()), 1800);
    this.play.textContent = "❚❚ Pause";
  }

  #pause() {
    clearInterval(this.timer);
    this.timer = undefined;
    this.play.textContent = "▶ Play";
  }
}
