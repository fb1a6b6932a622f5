/** Bars: costs of several channels side by side, and histograms with a slider over epochs. */

import { atWidth, color, csvButton, cut, draw, label, make, path, ticks, Tip, titled, words } from "./dom.js";

const ROW = 22, TOP = 24;

/** data: title, names, panels: [{title, values}], hued: whether each name has the color of its curves. */
export function bars(figure, data, name) {
  const table = () => [["", ...data.names], ...data.panels.map((panel) => [panel.title, ...panel.values])];
  const holder = make("div", { class: "pair chart" });
  figure.replaceChildren(titled(data.title, csvButton(name, table)), holder);
  for (const panel of data.panels) {
    const part = make("div");
    holder.append(part);
    atWidth(part, (width) => part.replaceChildren(panelOf(panel, data, width)));
  }
}

function panelOf(panel, { names, hued }, width) {
  const left = Math.min(150, width * 0.38), room = width - left - 76, largest = Math.max(...panel.values, 0) || 1;
  const said = names.map((one, i) => `${one} ${words(panel.values[i])}`).join(", ");
  const svg = draw("svg", { height: TOP + names.length * ROW + 8, role: "img", tabindex: 0,
    "aria-label": `${panel.title}: ${said}` }, draw("text", { x: 0, y: 15 }, panel.title));
  names.forEach((one, i) => {
    const y = TOP + i * ROW, value = panel.values[i], width = Math.max(value / largest * room, value ? 1 : 0);
    const fill = hued ? color(i) : i ? color(7) : "var(--channel)";
    svg.append(draw("g", {}, draw("title", {}, `${one}: ${words(value)}`),
      label(left - 6, y + 14, cut(one, Math.floor(left / 6.6)), "end"),
      draw("rect", { x: left, y: y + 3, width, height: ROW - 7, paint: { fill } }),
      draw("text", { x: left + width + 5, y: y + 14 }, words(value))));
  });
  return svg;
}

const HIGH = 150, LEFT = 44, FOOT = 22;

/** data: title, epochs, labels, values: [epoch][label], entropy: [epoch]. */
export function histogram(figure, data, name) {
  const last = data.epochs.length - 1, when = make("output"), holder = make("div", { class: "chart" });
  const shown = `Epoch of ${data.title}`;
  const slider = make("input", { type: "range", min: 0, max: last, value: last, "aria-label": shown });
  const moved = last ? make("label", {}, "epoch", slider, when) : make("span", {}, `epoch ${data.epochs[0]}`);
  const table = () => [["epoch", "message", "fraction"], ...data.epochs.flatMap((epoch, n) =>
    data.labels.map((text, i) => [epoch, text, data.values[n][i]]))];
  figure.replaceChildren(titled(data.title, moved, csvButton(name, table)), holder);
  const tip = new Tip(figure);
  let width = 0;
  const paint = () => {
    const n = Number(slider.value);
    when.textContent = `${data.epochs[n]}`;
    slider.setAttribute("aria-valuetext", `epoch ${data.epochs[n]}`);
    if (width) holder.replaceChildren(levels(holder, data, n, width, tip));
  };
  slider.addEventListener("input", paint);
  atWidth(holder, (now) => { width = now; paint(); });
}

function levels(holder, data, n, width, tip) {
  const values = data.values[n], top = Math.max(...data.values.flat()) || 1;
  const y = (value) => 8 + HIGH * (1 - value / top);
  const wide = (width - LEFT - 6) / values.length, middle = Math.max(0, data.labels.indexOf("0"));
  const every = Math.ceil(Math.max(...data.labels.map((text) => text.length)) * 7.5 / wide);
  const said = data.labels.map((text, i) => `${text} ${words(values[i])}`).filter((_, i) => values[i]).join(", ");
  const svg = draw("svg", { height: HIGH + FOOT + 20, role: "img", tabindex: 0,
    "aria-label": `${data.title} at epoch ${data.epochs[n]}: ${said}` });
  for (const value of ticks(0, top, 3))
    svg.append(path("grid", `M${LEFT} ${y(value)}H${width - 6}`), label(LEFT - 6, y(value) + 4, words(value), "end"));
  values.forEach((value, i) => {
    const x = LEFT + i * wide, bar = { x: x + wide * 0.1, y: y(value), width: wide * 0.8, height: HIGH + 8 - y(value) };
    const show = () => tip.show(x + wide, holder.offsetTop, `message ${data.labels[i]}`, [["fraction", value]]);
    svg.append(draw("rect", { ...bar, paint: { fill: "var(--channel)" } }),
      draw("rect", { x, y: 8, width: wide, height: HIGH, fill: "transparent", pointerenter: show }));
    if ((i - middle) % every === 0) svg.append(label(x + wide / 2, HIGH + FOOT, data.labels[i]));
  });
  svg.append(label(width - 6, HIGH + FOOT + 15, `entropy ${words(data.entropy[n])} bits`, "end"));
  svg.addEventListener("pointerleave", () => tip.hide());
  return svg;
}
