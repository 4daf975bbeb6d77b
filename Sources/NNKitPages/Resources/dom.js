// Elements in one line each: html("p", {class: "note", onclick: act}, "text", child).

export const html = (name, attributes, ...children) => fill(document.createElement(name), attributes, children);

export const svg = (name, attributes, ...children) =>
  fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);

function fill(node, attributes, children) {
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** The page's data, as its server or program wrote them. */
export const pageData = () => JSON.parse(document.getElementById("data").textContent);

/** Whether the reader asked for less movement. */
export const isStill = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
