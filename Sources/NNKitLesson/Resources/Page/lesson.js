// A chapter of the lesson: its live parts, its exercises, and the page of explain where it stands in a chapter.

import { LivePart, Connection } from "nnkit/lesson-part";
import { exercise } from "nnkit/lesson-exercise";

const data = JSON.parse(document.getElementById("lesson-data").textContent);
const connection = data.isServed ? new Connection() : null;
const place = (kind, name) => document.querySelector(`[data-${kind}="${name}"]`);

const parts = new Map(data.parts.map((one) => [one.name, new LivePart(one, place("part", one.name), connection, data.chapter)]));
for (const one of data.exercises) exercise(one, place("exercise", one.name), parts.get(one.part));

// On a narrow page the list of chapters would hide the text.
const list = document.querySelector(".chapters details");
const isWide = matchMedia("(min-width: 1000px)");
const fold = () => { list.open = isWide.matches || !data.chapter; };
isWide.addEventListener("change", fold);
fold();

/** The page of explain takes arrows and the space key for itself: outside of it they are the reader's. */
async function explain(area) {
  addEventListener("keydown", (event) => {
    if (["ArrowLeft", "ArrowRight", " "].includes(event.key) && !area.contains(event.target)) event.stopImmediatePropagation();
  }, true);
  await import("nnkit/explain");
}

const area = document.getElementById("page");
if (area) await explain(area);
document.body.dataset.ready = "true";
performance.mark("nnkit-drawn");
