// A question whose answer is checked, with a hint that names the likely mistake.

import { html } from "nnkit/dom";

/** part: the live part whose state the answer is, if it is one. */
export function exercise(data, place, part) {
  const verdict = html("p", { class: "verdict", role: "status" });
  const say = (isRight, markup) => {
    verdict.className = `verdict ${isRight ? "good" : "bad"}`;
    verdict.innerHTML = `<strong>${isRight ? "✓ Right." : "✗ Not yet."}</strong> ${markup}`;
    place.dataset.solved = String(isRight);
  };
  const form = { number, choice, state }[data.kind](data, part, say);
  place.append(form, verdict);
}

function form(check, ...fields) {
  return html("form", { class: "answer", onsubmit: (event) => { event.preventDefault(); check(); } },
    ...fields, html("button", { type: "submit", class: "primary" }, "Check"));
}

function number(data, part, say) {
  const id = `answer-${data.name}`;
  const field = html("input", { id, type: "text", inputmode: "decimal", autocomplete: "off", size: 12 });
  return form(() => {
    const text = field.value.trim().replace("−", "-").replace(",", ".");
    // A number, or a fraction as in 1/4.
    const [above, below = 1] = text.split("/", 2).map((piece) => (piece.trim() === "" ? NaN : Number(piece)));
    const value = above / below;
    if (!Number.isFinite(value)) return say(false, "Enter a number, as in 0.25.");
    const isNear = (other) => Math.abs(value - other) <= data.tolerance;
    if (isNear(data.value)) return say(true, data.right);
    const mistake = data.mistakes.find((one) => isNear(one.value));
    const isTurned = Math.abs(value + data.value) <= data.tolerance;
    return say(false, mistake?.hint ?? (isTurned ? "The size is right, the sign is wrong." : data.hint));
  }, html("label", { for: id }, "Your answer"), field);
}

function choice(data, part, say) {
  let chosen = null;
  const options = data.options.map((one, index) => {
    const id = `answer-${data.name}-${index}`;
    const text = html("label", { for: id });
    text.innerHTML = one.text;
    return html("div", { class: "option" },
      html("input", { id, type: "radio", name: data.name, value: index, onchange: () => { chosen = one; } }), text);
  });
  return form(() => {
    if (!chosen) return say(false, "Choose one of the answers.");
    return say(!chosen.hint, chosen.hint ?? data.right);
  }, html("fieldset", {}, html("legend", {}, "Your answer"), options));
}

function state(data, part, say) {
  return form(() => (part.goal?.isMet ? say(true, data.right) : say(false, part.goal?.hint ?? data.hint)));
}
