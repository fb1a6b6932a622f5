/** A heat map: means at pairs of values of two axes; a cell leads to its curves. */

import { atWidth, csvButton, draw, make, Tip, words } from "./dom.js";

const CIVIDIS = [[0, 32, 77], [66, 78, 108], [124, 123, 120], [188, 175, 111], [255, 234, 70]];
const CELL = 30;

/** data: title, x and y (axes), cells: [{x, y, value, key}] at places of values, tools. */
export function heat(figure, data, pick) {
  const table = () => [[data.x.name, data.y.name, data.title], ...data.cells.map((cell) => [data.x.values[cell.x], data.y.values[cell.y], cell.value])];
  const holder = make("div", { class: "chart" });
  figure.replaceChildren(make("div", { class: "tools" }, make("span", { class: "title" }, data.title), ...data.tools, csvButton("heat map", table)), holder);
  const tip = new Tip(figure);
  atWidth(holder, (width) => holder.replaceChildren(mapOf(data, width, tip, holder, pick)));
}

function mapOf(data, width, tip, holder, pick) {
  const longest = Math.max(...data.y.values.map((value) => words(value).length));
  const left = Math.min(24 + longest * 7, width * 0.4), wide = (width - left - 6) / data.x.values.length;
  const rows = data.y.values.length, tall = Math.max(14, Math.min(CELL, 600 / rows)), bottom = 8 + rows * tall;
  const values = data.cells.map((cell) => cell.value), low = Math.min(...values), high = Math.max(...values);
  const svg = draw("svg", { class: "plot", height: bottom + 58, role: "group", "aria-label": `${data.title} by ${data.x.name} and ${data.y.name}` });
  for (const cell of data.cells) {
    const share = high > low ? (cell.value - low) / (high - low) : 0.5, x = left + cell.x * wide, y = 8 + (rows - 1 - cell.y) * tall;
    const name = `${data.x.name} ${words(data.x.values[cell.x])}, ${data.y.name} ${words(data.y.values[cell.y])}`;
    const show = () => tip.show(x + wide, holder.offsetTop + y, name, [[data.title, cell.value]]);
    const go = (event) => { if (event.type === "click" || event.key === "Enter") pick(cell.key); };
    svg.append(draw("rect", { class: "cell", x, y, width: Math.max(wide - 1, 1), height: Math.max(tall - 1, 1), paint: { fill: shade(share) }, tabindex: 0, role: "button",
      "aria-label": `${name}: ${words(cell.value)}`, pointerenter: show, focus: show, click: go, keydown: go, blur: () => tip.hide() }));
    if (wide > 44 && tall > 15) svg.append(draw("text", { x: x + wide / 2, y: y + tall / 2 + 4, "text-anchor": "middle", paint: { fill: share > 0.5 ? "#222" : "#fff", pointerEvents: "none" } }, words(cell.value)));
  }
  const most = Math.floor((left - 26) / 6.5), every = Math.ceil(Math.max(...data.x.values.map((value) => words(value).length)) * 7.2 / wide);
  const cut = (text, room) => text.length > room ? `${text.slice(0, Math.max(1, room - 1))}…` : text;
  data.y.values.forEach((value, i) => {
    if (tall >= 14) svg.append(draw("text", { class: "soft", x: left - 6, y: 8 + (rows - 0.5 - i) * tall + 4, "text-anchor": "end" }, cut(words(value), most), draw("title", {}, words(value))));
  });
  data.x.values.forEach((value, i) => {
    const shown = data.x.numeric ? (i % every ? "" : words(value)) : cut(words(value), Math.floor(wide / 7));
    svg.append(draw("text", { class: "soft", x: left + (i + 0.5) * wide, y: bottom + 15, "text-anchor": "middle" }, shown, draw("title", {}, words(value))));
  });
  svg.append(draw("text", { class: "soft", x: left + (width - left) / 2, y: bottom + 32, "text-anchor": "middle" }, data.x.name),
    draw("text", { class: "soft", transform: `translate(11 ${bottom / 2}) rotate(-90)`, "text-anchor": "middle" }, cut(data.y.name, Math.floor(bottom / 6.5))));
  scaleOf(svg, low, high, left, width, bottom + 42);
  svg.addEventListener("pointerleave", () => tip.hide());
  return svg;
}

function scaleOf(svg, low, high, left, width, y) {
  const long = Math.min(160, (width - left) / 2), start = left + (width - left - long) / 2;
  for (let i = 0; i < 32; i += 1) svg.append(draw("rect", { x: start + i * long / 32, y, width: long / 32 + 0.5, height: 9, paint: { fill: shade(i / 31) } }));
  svg.append(draw("text", { class: "soft", x: start - 5, y: y + 9, "text-anchor": "end" }, words(low)), draw("text", { class: "soft", x: start + long + 5, y: y + 9 }, words(high)));
}

function shade(share) {
  const at = share * (CIVIDIS.length - 1), i = Math.min(CIVIDIS.length - 2, Math.floor(at));
  return `rgb(${CIVIDIS[i].map((part, n) => Math.round(part + (CIVIDIS[i + 1][n] - part) * (at - i))).join(" ")})`;
}
