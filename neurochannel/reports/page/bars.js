/** Bars: costs of several channels side by side, and histograms with a slider over epochs. */

import { atWidth, color, csvButton, draw, make, ticks, Tip, words } from "./dom.js";

const ROW = 22;

/** data: title, names, panels: [{title, values}], hued: whether each name has the color of its curves. */
export function bars(figure, data, name) {
  const tools = make("div", { class: "tools" }, make("span", { class: "title" }, data.title),
    csvButton(name, () => [["", ...data.names], ...data.panels.map((panel) => [panel.title, ...panel.values])]));
  const holder = make("div", { class: "pair chart" });
  figure.replaceChildren(tools, holder);
  for (const panel of data.panels) {
    const part = make("div");
    holder.append(part);
    atWidth(part, (width) => part.replaceChildren(panelOf(panel, data, width)));
  }
}

function panelOf(panel, data, width) {
  const { names, hued } = data;
  const left = Math.min(150, width * 0.38), room = width - left - 76, top = 24;
  const largest = Math.max(...panel.values, 0) || 1;
  const said = names.map((one, i) => `${one} ${words(panel.values[i])}`).join(", ");
  const svg = draw("svg", { height: top + names.length * ROW + 8, role: "img", tabindex: 0, "aria-label": `${panel.title}: ${said}` },
    draw("text", { x: 0, y: 15 }, panel.title));
  const most = Math.floor(left / 6.6);
  names.forEach((one, i) => {
    const y = top + i * ROW, long = Math.max(panel.values[i] / largest * room, panel.values[i] ? 1 : 0);
    const short = one.length > most ? `${one.slice(0, most - 1)}…` : one;
    svg.append(draw("g", {}, draw("title", {}, `${one}: ${words(panel.values[i])}`),
      draw("text", { class: "soft", x: left - 6, y: y + 14, "text-anchor": "end" }, short),
      draw("rect", { x: left, y: y + 3, width: long, height: ROW - 7, paint: { fill: hued ? color(i) : i ? color(7) : "var(--channel)" } }),
      draw("text", { x: left + long + 5, y: y + 14 }, words(panel.values[i]))));
  });
  return svg;
}

const HIGH = 150;

/** data: title, epochs, labels, series: [{name, values: [epoch][level], entropy: [epoch]}]. */
export function histogram(figure, data, name) {
  const last = data.epochs.length - 1;
  const when = make("output", {}, "");
  const slider = make("input", { type: "range", min: 0, max: last, value: last, "aria-label": `Epoch of ${data.title}` });
  const tools = make("div", { class: "tools" }, make("span", { class: "title" }, data.title),
    last ? make("label", {}, "epoch", slider, when) : make("span", {}, `epoch ${data.epochs[0]}`), csvButton(name, () => tableAt(data)));
  const holder = make("div", { class: "chart" });
  figure.replaceChildren(tools, holder);
  const tip = new Tip(figure);
  let width = 0;
  const paint = () => {
    const n = Number(slider.value);
    when.textContent = `${data.epochs[n]}`;
    slider.setAttribute("aria-valuetext", `epoch ${data.epochs[n]}`);
    if (width) levels(holder, data, n, width, tip);
  };
  slider.addEventListener("input", paint);
  atWidth(holder, (now) => { width = now; paint(); });
}

function tableAt(data) {
  return [["epoch", "message", "fraction"], ...data.epochs.flatMap((epoch, n) => data.labels.map((label, i) => [epoch, label, data.values[n][i]]))];
}

function levels(holder, data, n, width, tip) {
  const values = data.values[n], top = Math.max(...data.values.flat()) || 1, left = 44, foot = 22;
  const wide = (width - left - 6) / values.length, y = (value) => 8 + HIGH * (1 - value / top);
  const svg = draw("svg", { height: HIGH + foot + 20, role: "img", tabindex: 0, "aria-label":
    `${data.title} at epoch ${data.epochs[n]}: ${data.labels.map((l, i) => `${l} ${words(values[i])}`).filter((_, i) => values[i]).join(", ")}` });
  for (const value of ticks(0, top, 3)) svg.append(draw("path", { class: "grid", d: `M${left} ${y(value)}H${width - 6}` }),
    draw("text", { class: "soft", x: left - 6, y: y(value) + 4, "text-anchor": "end" }, words(value)));
  const every = Math.ceil(Math.max(...data.labels.map((l) => l.length)) * 7.5 / wide), middle = Math.max(0, data.labels.indexOf("0"));
  values.forEach((value, i) => {
    const x = left + i * wide;
    const show = () => tip.show(x + wide, holder.offsetTop, `message ${data.labels[i]}`, [["fraction", value]]);
    svg.append(draw("rect", { x: x + wide * 0.1, y: y(value), width: wide * 0.8, height: HIGH + 8 - y(value), paint: { fill: "var(--channel)" } }),
      draw("rect", { x, y: 8, width: wide, height: HIGH, fill: "transparent", pointerenter: show }));
    if ((i - middle) % every === 0) svg.append(draw("text", { class: "soft", x: x + wide / 2, y: HIGH + foot, "text-anchor": "middle" }, data.labels[i]));
  });
  svg.append(draw("text", { class: "soft", x: width - 6, y: HIGH + foot + 15, "text-anchor": "end" }, `entropy ${words(data.entropy[n])} bits`));
  svg.addEventListener("pointerleave", () => tip.hide());
  holder.replaceChildren(svg);
}
