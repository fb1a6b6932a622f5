/** A heat map: means at pairs of values of two axes; a cell leads to its curves. */

import { atWidth, csvButton, cut, draw, label, make, Tip, titled, words } from "./dom.js";

const CIVIDIS = [[0, 32, 77], [66, 78, 108], [124, 123, 120], [188, 175, 111], [255, 234, 70]];
const TALLEST = 30, LONGEST = 600;

/** data: title, x and y (axes), cells: [{x, y, value, key}] at places of values, tools. */
export function heat(figure, data, pick) {
  const row = (cell) => [data.x.values[cell.x], data.y.values[cell.y], cell.value];
  const table = () => [[data.x.name, data.y.name, data.title], ...data.cells.map(row)];
  const holder = make("div", { class: "chart" });
  figure.replaceChildren(titled(data.title, ...data.tools, csvButton("heat map", table)), holder);
  const tip = new Tip(figure);
  atWidth(holder, (width) => holder.replaceChildren(mapOf(data, width, tip, holder, pick)));
}

function mapOf(data, width, tip, holder, pick) {
  const across = data.x.values.map(words), up = data.y.values.map(words), n = up.length;
  const left = Math.min(24 + longest(up) * 7, width * 0.4), wide = (width - left - 6) / across.length;
  const tall = Math.max(14, Math.min(TALLEST, LONGEST / n)), bottom = 8 + n * tall;
  const values = data.cells.map((cell) => cell.value), low = Math.min(...values), high = Math.max(...values);
  const svg = draw("svg", { class: "plot", height: bottom + 58, role: "group",
    "aria-label": `${data.title} by ${data.x.name} and ${data.y.name}` });
  for (const cell of data.cells) {
    const share = high > low ? (cell.value - low) / (high - low) : 0.5;
    const box = { x: left + cell.x * wide, y: 8 + (n - 1 - cell.y) * tall, wide, tall };
    svg.append(...cellOf(cell, box, share, `${data.x.name} ${across[cell.x]}, ${data.y.name} ${up[cell.y]}`, {
      show: (name) => tip.show(box.x + wide, holder.offsetTop + box.y, name, [[data.title, cell.value]]),
      hide: () => tip.hide(), pick }));
  }
  const most = Math.floor((left - 26) / 6.5), every = data.x.numeric ? Math.ceil(longest(across) * 7.2 / wide) : 1;
  up.forEach((text, i) => svg.append(label(left - 6, 8 + (n - 0.5 - i) * tall + 4, cut(text, most), "end")));
  across.forEach((text, i) => {
    const shown = data.x.numeric ? text : cut(text, Math.floor(wide / 7));
    if (i % every === 0) svg.append(label(left + (i + 0.5) * wide, bottom + 15, shown));
  });
  const turned = { transform: `translate(11 ${bottom / 2}) rotate(-90)` };
  svg.append(label(left + (width - left) / 2, bottom + 32, data.x.name),
    label(0, 0, cut(data.y.name, Math.floor(bottom / 6.5)), "middle", turned),
    ...(data.cells.length ? scaleOf(low, high, left, width, bottom + 42) : []));
  svg.addEventListener("pointerleave", () => tip.hide());
  return svg;
}

function longest(texts) {
  return Math.max(...texts.map((text) => text.length));
}

function cellOf(cell, { x, y, wide, tall }, share, name, { show, hide, pick }) {
  const go = (event) => { if (event.type === "click" || event.key === "Enter") pick(cell.key); };
  const tell = () => show(name);
  const rect = draw("rect", { class: "cell", x, y, width: Math.max(wide - 1, 1), height: Math.max(tall - 1, 1),
    paint: { fill: shade(share) }, tabindex: 0, role: "button", "aria-label": `${name}: ${words(cell.value)}`,
    pointerenter: tell, focus: tell, blur: hide, click: go, keydown: go });
  if (wide < 44 || tall < 16) return [rect];
  const paint = { fill: share > 0.5 ? "#222" : "#fff", pointerEvents: "none" };
  const at = { x: x + wide / 2, y: y + tall / 2 + 4, "text-anchor": "middle", paint };
  return [rect, draw("text", at, words(cell.value))];
}

function scaleOf(low, high, left, width, y) {
  const long = Math.min(160, (width - left) / 2), start = left + (width - left - long) / 2, n = 32;
  const parts = Array.from({ length: n }, (_, i) => draw("rect",
    { x: start + i * long / n, y, width: long / n + 0.5, height: 9, paint: { fill: shade(i / (n - 1)) } }));
  return [...parts, label(start - 5, y + 9, words(low), "end"), label(start + long + 5, y + 9, words(high), "start")];
}

function shade(share) {
  const at = share * (CIVIDIS.length - 1), i = Math.min(CIVIDIS.length - 2, Math.floor(at));
  const mixed = CIVIDIS[i].map((part, n) => Math.round(part + (CIVIDIS[i + 1][n] - part) * (at - i)));
  return `rgb(${mixed.join(" ")})`;
}
