// Numbers: out of the page's data, and into words.

const arrays = { float32: Float32Array, float64: Float64Array, uint8: Uint8Array, int32: Int32Array };

/** Numbers that were packed as {type, base64}. */
export function unpack(packed) {
  const text = atob(packed.base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return new arrays[packed.type](bytes.buffer);
}

/** At most `digits` significant digits, as C's %g writes them, with a true minus sign. */
export function short(value, digits = 9) {
  if (value === null || value === undefined) return "–";
  if (Number.isNaN(value)) return "not a number";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  if (value === 0) return "0";
  const [mantissa, exponent] = value.toExponential(digits - 1).split("e");
  const power = Number(exponent);
  const text = power < -5 || power >= digits
    ? `${trim(mantissa)}·10${raised(power)}`.replace(/^(-?)1·/, "$1")
    : trim(value.toFixed(Math.max(0, digits - 1 - power)));
  return text.replace("-", "−");
}

/** As few digits as a neuron in the drawing has room for. */
export const scant = (value) => {
  const text = short(value, 4);
  return text.includes("·") ? short(value, 3) : text;
};

const trim = (text) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);

const raised = (power) => String(power).replace(/./g, (c) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[c] ?? "⁻");

/** 12,345 */
export const grouped = (value) => String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ",");

/** A share as a percentage. */
export const percent = (value, digits = 1) => `${(100 * value).toFixed(digits)} %`;

/** Seconds as people say them. */
export function duration(seconds) {
  if (seconds < 0.001) return `${(seconds * 1e6).toFixed(0)} µs`;
  if (seconds < 1) return `${short(seconds * 1000, 3)} ms`;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

export const plural = (count, word) => `${grouped(count)} ${word}${count === 1 ? "" : "s"}`;
