// Numbers that lead to the equations they came from: each number in an equation leads further back.

import { html } from "nnkit/dom";
import { short } from "nnkit/numbers";

export function trace(content) {
  const entries = new Map(content.entries.map((one) => [one.id, one]));
  const way = [];
  const detail = html("div", { class: "trace-detail", "aria-live": "polite" });
  const buttons = new Map();

  const number = (id) => {
    const entry = entries.get(id);
    return html("button", {
      type: "button", class: "trace-number", "data-trace": id, "aria-label": `${entry.symbol} = ${short(entry.value, 6)}: where it came from`,
      onclick: () => show(id),
    }, html("i", {}, entry.symbol), " ", short(entry.value, 6));
  };

  function show(id, isBack = false) {
    const isInside = detail.contains(document.activeElement);
    if (!isBack && way[way.length - 1] !== id) way.push(id);
    const entry = entries.get(id);
    const pieces = entry.formula.split("|").map((piece, index) => (index % 2 === 1 ? number(piece) : piece));
    const back = html("button", { type: "button", class: "quiet", disabled: way.length < 2, onclick: () => { way.pop(); show(way[way.length - 1], true); } }, "◀ Back");
    detail.replaceChildren(
      html("p", {}, html("strong", {}, html("i", {}, entry.symbol), ` = ${short(entry.value, 9)}`), ": ", entry.words),
      entry.formula ? html("p", { class: "trace-formula" }, html("i", {}, entry.symbol), " = ", pieces) : html("p", { class: "note" }, "It is given."),
      back);
    // The button that was pressed is gone: the keyboard continues from the first number, or from the way back.
    if (isInside) (detail.querySelector(".trace-number") ?? back).focus();
    for (const [key, button] of buttons) button.setAttribute("aria-pressed", String(key === id));
  }

  const groups = [...new Set(content.entries.map((one) => one.group))].map((group) =>
    html("div", { class: "trace-group", role: "group", "aria-label": group }, html("h4", {}, group),
      content.entries.filter((one) => one.group === group).map((one) => {
        const button = number(one.id);
        buttons.set(one.id, button);
        return button;
      })));
  const element = html("div", { class: "trace" }, html("div", { class: "trace-groups" }, groups), detail);
  show(content.first);
  return { element, update: () => {} };
}
