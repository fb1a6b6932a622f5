/** What all parts of a page share: elements, numbers, files. Texts are set as texts, never as HTML. */

const SVG = "http://www.w3.org/2000/svg";

export function make(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

export function draw(name, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

export function label(x, y, text, anchor = "middle", attributes = {}) {
  return draw("text", { class: "soft", x, y, "text-anchor": anchor, ...attributes }, text, draw("title", {}, text));
}

export function path(kind, d, attributes = {}) {
  return draw("path", { class: kind, d, ...attributes });
}

export function titled(text, ...children) {
  return make("div", { class: "tools" }, make("span", { class: "title" }, text), ...children);
}

/** Return a text that is no longer than some letters. */
export function cut(text, most) {
  return text.length > most ? `${text.slice(0, Math.max(1, most - 1))}…` : text;
}

function filled(node, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(key, value);
    else if (key === "paint") Object.assign(node.style, value);
    else if (value !== null && value !== false) node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

export function color(number) {
  return `var(--c${number % 8})`;
}

const DASHES = ["", "6 3", "2 2", "8 3 2 3"];

export function dashes(number) {
  return DASHES[Math.floor(number / 8) % DASHES.length];
}

export function words(value) {
  if (value === null || value === undefined) return "-";
  if (typeof value !== "number") return String(value);
  const size = Math.abs(value);
  if (size >= 1e6 || (size < 1e-3 && size > 0)) return value.toExponential(2);
  if (Number.isInteger(value) || size >= 1000) return Math.round(value).toLocaleString("en");
  return String(Number(value.toPrecision(4)));
}

export function ticks(low, high, most = 5) {
  const rough = (high - low) / most || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((n) => n * power >= rough * 0.999);
  const found = [];
  const first = Math.ceil(low / step - 1e-9);
  for (let n = first; n * step <= high + step * 1e-9; n += 1) found.push(n * step);
  return found.map((value) => Number(value.toPrecision(12)));
}

export function powers(low, high) {
  const found = [], few = [];
  for (let e = Math.floor(Math.log10(low)); e <= Math.ceil(Math.log10(high)); e += 1)
    for (const n of [1, 2, 5]) {
      const value = Number((n * 10 ** e).toPrecision(3));
      if (value < low * 0.999 || value > high * 1.001) continue;
      found.push(value);
      if (n === 1) few.push(value);
    }
  return found.length > 7 && few.length > 1 ? few : found;
}

/** Return a button that hands out a table as a file. */
export function csvButton(name, table) {
  const save = () => {
    const text = table().map((row) => row.map(csvCell).join(",")).join("\n");
    const href = URL.createObjectURL(new Blob([`${text}\n`], { type: "text/csv" }));
    make("a", { href, download: `${name}.csv` }).click();
    setTimeout(() => URL.revokeObjectURL(href), 1000);
  };
  return make("button", { type: "button", click: save, "aria-label": `Save ${name} as CSV` }, "CSV");
}

/** Return a cell, in quotes where it must be; no program takes a text for a formula. */
function csvCell(value) {
  if (value === null || value === undefined) return "";
  const text = typeof value === "string" && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function toggle(text, on, change) {
  const button = make("button", { type: "button", "aria-pressed": String(on) }, text);
  button.addEventListener("click", () => {
    const now = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(now));
    change(now);
  });
  return button;
}

export function choice(text, options, value, change) {
  const items = options.map(([key, words]) => make("option", { value: key, selected: key === value }, words));
  return make("label", {}, text, make("select", { change: (event) => change(event.target.value) }, ...items));
}

/** Lines of [name, value, color] next to a place of a figure, and the same for those who listen. */
export class Tip {
  constructor(figure) {
    this.box = make("div", { class: "tip", hidden: true });
    this.said = make("div", { class: "unseen", "aria-live": "polite" });
    this.figure = figure;
    figure.append(this.box, this.said);
  }

  show(x, y, title, lines) {
    const rows = lines.map(([name, value, paint]) => make("div", {},
      make("span", { paint: paint ? { color: paint } : {} }, name), make("b", {}, words(value))));
    this.box.hidden = false;
    this.box.replaceChildren(make("div", {}, make("b", {}, title)), ...rows);
    const wide = this.box.offsetWidth, right = x + 12 + wide <= this.figure.clientWidth;
    this.box.style.left = `${right ? x + 12 : Math.max(0, x - 12 - wide)}px`;
    this.box.style.top = `${y}px`;
    this.said.textContent = `${title}: ${lines.map(([name, value]) => `${name} ${words(value)}`).join(", ")}`;
  }

  hide() {
    this.box.hidden = true;
  }
}

/** Draw now, if the node is on the page, and whenever its width changes. */
export function atWidth(node, redraw) {
  let last = 0;
  const look = () => {
    const width = Math.floor(node.clientWidth);
    if (width > 0 && width !== last) redraw((last = width));
  };
  look();
  new ResizeObserver(look).observe(node);
}
