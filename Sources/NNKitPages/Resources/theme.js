// Light or dark: the system's choice, unless the reader made one.

const root = document.documentElement;
const dark = matchMedia("(prefers-color-scheme: dark)");
const stored = () => {
  try { return localStorage.getItem("nnkit-theme"); } catch { return null; }  // A file's page may have no storage.
};

const show = (theme) => {
  root.dataset.theme = theme;
  dispatchEvent(new Event("themechange"));
};

show(stored() ?? (dark.matches ? "dark" : "light"));
dark.addEventListener("change", () => stored() ?? show(dark.matches ? "dark" : "light"));
document.getElementById("theme").addEventListener("click", () => {
  const theme = root.dataset.theme === "dark" ? "light" : "dark";
  try { localStorage.setItem("nnkit-theme", theme); } catch { /* It then lasts as long as the page. */ }
  show(theme);
});

/** A colour of the design, for what is drawn by number. */
export const colour = (name) => getComputedStyle(root).getPropertyValue(`--${name}`).trim();

/** The same as red, green and blue, 0 to 255. */
export const channels = (name) => {
  const digits = colour(name).slice(1);
  return [0, 2, 4].map((at) => parseInt(digits.slice(at, at + 2), 16));
};
