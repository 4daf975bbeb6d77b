// A training, live: what the network is now, and the means to change it.

import { html } from "nnkit/dom";
import { duration, grouped, percent, short } from "nnkit/numbers";
import { plot } from "nnkit/plot";
import { Settings } from "nnkit/view-settings";
import { HeldPanel } from "nnkit/view-held";
import { LiveNetwork, LivePlane, classLegend } from "nnkit/view-network";

let socket;
let setup;
let state;
/** The chosen neuron, [layer, index], and the training sample for which it is shown. */
let selected = null;
let sample = 0;

const send = (message) => { if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message)); };

// MARK: Parts

const action = (act, text, label, kind) =>
  html("button", { type: "button", class: kind, "data-act": act, "aria-label": label, onclick: () => send({ act }) }, text);

const toggle = html("button", {
  type: "button", class: "primary", "data-act": "toggle",
  onclick: () => send({ act: state?.mode === "running" ? "pause" : "run" }),
}, "▶ Run");
const status = html("p", { class: "status", role: "status" }, "Connecting …");
const notice = html("p", { class: "notice", role: "alert", hidden: true });
const facts = html("dl", { class: "facts big" });
const settings = new Settings((set) => send({ set }));
const network = new LiveNetwork(choose);
const plane = new LivePlane();
const meaning = html("span", {});
const classes = html("ul", { class: "legend", "aria-label": "Classes" });
const held = new HeldPanel((weight) => send({ weight }), (chosen) => {
  sample = chosen;
  if (selected) send({ select: [...selected, sample] });
});

const parts = [["train", "series-0"], ["validation", "series-1", "6 4"], ["test", "series-7", "2 3"]];

function curve(what, progress) {
  const series = parts.filter(([part]) => progress[`${part}_${what}`]).map(([part, colour, dash]) => ({
    name: part, x: progress.epochs, y: progress[`${part}_${what}`].map((y) => y ?? NaN), colour, dash,
  }));
  if (series.length === 0 || progress.epochs.length === 0) series.push({ x: [0, 1], y: [NaN, NaN], colour: "series-0" });
  const all = series.flatMap((one) => one.y).filter((y) => y > 0);
  const log = what === "loss" && all.length > 0 && Math.max(...all) > 50 * Math.min(...all);
  return { title: what, xLabel: log ? "epoch (logarithmic loss)" : "epoch", height: 160, series, log };
}

const empty = { epochs: [] };
const losses = plot(curve("loss", empty));
const accuracies = plot(curve("accuracy", empty));
const legend = html("ul", { class: "legend" });

// MARK: States

function showSetup(message) {
  const isSameForm = setup && JSON.stringify([setup.layers, setup.plane, setup.inputs, setup.classes])
    === JSON.stringify([message.layers, message.plane, message.inputs, message.classes]);
  setup = message;
  settings.show(setup);
  if (isSameForm) return;
  if (selected && !isThere(selected)) {
    selected = null;
    held.clear();
  }
  network.build(setup);
  meaning.textContent = setup.plane ? "; each neuron shows its response over the plane, on its own scale."
    : `; each neuron shows the weights of its inputs, in their order, on its own scale${setup.channels
      ? "; a neuron with a window shows what it gives at each position for the chosen training sample" : ""}.`;
  plane.build(setup);
  classes.replaceChildren(...classLegend(setup));
  accuracies.hidden = !setup.classification;
}

const isThere = ([layer, index]) => setup.layers[layer]?.neurons > index;

function showState(message) {
  state = message;
  const { progress } = state;
  const isRunning = state.mode === "running";
  toggle.textContent = isRunning ? "❚❚ Pause" : "▶ Run";
  status.textContent = words(progress, isRunning);
  // A refused change is said beside its field, if the field is there.
  const isBeside = settings.refuse(state.refused, state.refused && state.notice) && state.refused;
  notice.hidden = !state.notice || Boolean(isBeside);
  notice.textContent = state.notice ?? "";
  notice.classList.toggle("bad", state.is_error);
  facts.replaceChildren(...figures(progress).map(([name, value, key]) =>
    html("div", {}, html("dt", {}, name), html("dd", { "data-fact": key }, value))));
  network.show(state);
  plane.show(state);
  losses.update(curve("loss", progress));
  if (setup.classification) accuracies.update(curve("accuracy", progress));
  const named = parts.filter(([part]) => progress[`${part}_loss`]);
  legend.replaceChildren(...(named.length > 1 ? named : []).map(([part, colour]) => {
    const line = html("span", { class: "swatch" });
    line.style.background = `var(--${colour})`;
    return html("li", {}, line, part);
  }));
  showHeld();
}

function words(progress, isRunning) {
  const place = progress.batch > 0 ? `, batch ${grouped(progress.batch)} of ${grouped(progress.batches)}` : "";
  const what = state.finished ? "Finished" : isRunning ? "Training" : "Paused";
  const speed = isRunning && progress.samples_per_second ? `, ${grouped(progress.samples_per_second)} samples a second` : "";
  return `${what}: epoch ${grouped(progress.epoch)}${place}${speed}`;
}

function figures(progress) {
  const last = (key) => progress[key]?.[progress[key].length - 1];
  const list = [["epoch", grouped(progress.epoch), "epoch"]];
  if (state.fit) {
    list.push(["loss on its samples now", short(state.fit.loss, 5), "loss"]);
    if (state.fit.hits !== null) list.push(["right on its samples now", `${state.fit.hits} of ${state.fit.of}`, "hits"]);
  } else {
    list.push(["running loss", short(progress.running_loss, 5), "loss"]);
    if (last("train_accuracy") !== undefined) list.push(["train accuracy", percent(last("train_accuracy"), 2), "train"]);
  }
  for (const part of ["validation", "test"]) {
    if (last(`${part}_accuracy`) !== undefined) list.push([`${part} accuracy`, percent(last(`${part}_accuracy`), 2), part]);
    else if (last(`${part}_loss`) !== undefined) list.push([`${part} loss`, short(last(`${part}_loss`), 5), part]);
  }
  if (progress.seconds) list.push(["an epoch takes", duration(progress.seconds), "seconds"]);
  return list;
}

function choose(layer, index) {
  selected = [layer, index];
  network.mark(`${layer}.${index}`);
  send({ select: [...selected, sample] });
}

function showHeld() {
  const key = selected?.join(".");
  const now = key && state.details[`${key}.${sample}`];
  if (now) held.show(key, now, setup, network.enlarged(key));
}

// MARK: Connection

function connect() {
  socket = new WebSocket(new URL("socket", location.href.replace(/^http/, "ws")));
  socket.onopen = () => send({ ready: true, ...(selected ? { select: [...selected, sample] } : {}) });
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    if (message.kind === "setup") return showSetup(message);
    // The next state is asked for once this one is on the screen, so that a slow page is never behind.
    let isShown = false;
    const show = () => {
      if (isShown) return;
      isShown = true;
      const begun = performance.now();
      if (setup) showState(message);
      // The processor is the training's: once the frame is painted, it is left alone for thrice as long.
      setTimeout(() => setTimeout(() => send({ ready: true }), 3 * (performance.now() - begun)));
    };
    requestAnimationFrame(show);
    // A page behind others has no frames; it then keeps up slowly.
    setTimeout(show, 300);
  };
  socket.onclose = ({ reason }) => {
    status.textContent = reason ? `nnkit has ended the connection: ${reason}. Trying again …`
      : "The connection is lost; is nnkit view still running? Trying again …";
    setTimeout(connect, 1500);
  };
}

document.getElementById("page").replaceChildren(
  html("div", { class: "bar", role: "toolbar", "aria-label": "Training" },
    html("div", { class: "buttons" }, toggle, action("batch", "One batch"), action("epoch", "One epoch"),
      action("reset", "Reset"), action("save", "Save config", "Save as a configuration that nnkit run repeats"))),
  status, notice,
  html("div", { class: "live" },
    html("div", { class: "live-network" }, network.element,
      html("p", { class: "note" }, html("span", { class: "sign positive" }, "positive"), " ",
        html("span", { class: "sign negative" }, "negative"), meaning), classes),
    html("section", { class: "card live-progress", "aria-label": "Progress" }, facts, html("div", { class: "pair" }, losses, accuracies), legend),
    html("div", { class: "live-side" }, plane.element, held.element),
    html("div", { class: "live-settings" }, settings.element)));
addEventListener("themechange", () => {
  if (!setup || !state) return;
  network.build(setup);
  showState(state);
});
connect();
