/** Curves with bands, points with intervals; values under the pointer or by arrow keys. */

import { atWidth, color, csvButton, dashes, draw, make, powers, ticks, Tip, toggle, words } from "./dom.js";

const SIDE = { left: 58, right: 14, top: 8, bottom: 40 };
const TALL = 270;

/**
 * data: title, x, y (names of the axes), log (start so, or null where no logarithms can be), labels (of places 0, 1, ...
 * on x, or null), mark (a line across), series: [{name, x, y, low, high, hue, dash, dots, key}].
 * picked(key) is called for a chosen dot.
 */
export function lines(figure, data, name, picked = null) {
  const state = { log: data.log === true, hidden: new Set(), at: null };
  const holder = make("div", { class: "chart" });
  const tools = make("div", { class: "tools" }, make("span", { class: "title" }, data.title));
  if (data.log !== null) tools.append(toggle("log", state.log, (on) => { state.log = on; paint(); }));
  tools.append(csvButton(name, () => tableOf(data)));
  const keys = make("div", { class: "keys" });
  data.series.forEach((one, number) => keys.append(keyOf(one, number, state, () => paint())));
  figure.replaceChildren(tools, holder, ...(data.series.length > 1 ? [keys] : []));
  const tip = new Tip(figure);
  let width = 0;
  const paint = () => width && plot(holder, data, state, width, tip, picked);
  atWidth(holder, (now) => { width = now; paint(); });
}

function keyOf(one, number, state, change) {
  const sample = draw("svg", { width: 26, height: 10, "aria-hidden": "true" },
    draw("path", { d: "M0 5H26", "stroke-width": 2.5, "stroke-dasharray": one.dash ?? dashes(one.hue), paint: { stroke: color(one.hue) } }));
  const button = toggle(sample, true, (on) => {
    if (on) state.hidden.delete(number); else state.hidden.add(number);
    change();
  });
  button.append(one.name);
  return button;
}

function tableOf(data) {
  const head = [data.x, "series", data.y, "low", "high"];
  return [head, ...data.series.flatMap((one) => one.x.map((x, i) =>
    [data.labels ? data.labels[x] : x, one.name, one.y[i], one.low?.[i] ?? null, one.high?.[i] ?? null]))];
}

function scales(data, shown, state, width) {
  const ys = shown.flatMap((one) => [...one.y, ...(one.low ?? []), ...(one.high ?? [])])
    .filter((y) => y !== null && (!state.log || y > 0));
  if (data.mark !== undefined && data.mark !== null && !state.log) ys.push(data.mark);
  const xs = data.labels ? [-0.5, data.labels.length - 0.5] : shown.flatMap((one) => one.x);
  let [x0, x1, y0, y1] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  if (!ys.length) [y0, y1] = state.log ? [0.1, 1] : [0, 1];
  if (x0 === x1) [x0, x1] = [x0 - 0.5, x1 + 0.5];
  if (y0 === y1) [y0, y1] = state.log ? [y0 / 2, y1 * 2] : [y0 - Math.abs(y0 || 1) * 0.05, y1 + Math.abs(y1 || 1) * 0.05];
  if (!state.log) { const pad = (y1 - y0) * 0.04; [y0, y1] = [y0 >= 0 ? Math.max(0, y0 - pad) : y0 - pad, y1 + pad]; }
  const whole = xs.every(Number.isInteger);
  if (shown.some((one) => one.shift) && !data.labels) [x0, x1] = data.logx ? [x0 / (x1 / x0) ** 0.06, x1 * (x1 / x0) ** 0.06] : [x0 - (x1 - x0) * 0.06, x1 + (x1 - x0) * 0.06];
  const warp = state.log ? Math.log10 : (y) => y;
  const bend = data.logx ? Math.log10 : (x) => x;
  const wide = width - SIDE.left - SIDE.right, high = TALL - SIDE.top - SIDE.bottom;
  return {
    x: (x) => SIDE.left + (bend(x) - bend(x0)) / (bend(x1) - bend(x0)) * wide,
    y: (y) => SIDE.top + high - (warp(y) - warp(y0)) / (warp(y1) - warp(y0)) * high,
    atX: data.places ?? (data.labels ? data.labels.map((_, i) => i) : data.logx ? powers(x0, x1) : ticks(x0, x1, Math.max(2, wide / 90)).filter((x) => !whole || Number.isInteger(x))),
    atY: state.log ? powers(y0, y1) : ticks(y0, y1),
    fits: (y) => y !== null && (!state.log || y > 0),
  };
}

function plot(holder, data, state, width, tip, picked) {
  const shown = data.series.filter((_, number) => !state.hidden.has(number));
  const scale = scales(data, shown, state, width);
  const svg = draw("svg", { class: "plot", height: TALL, viewBox: `0 0 ${width} ${TALL}`, tabindex: 0, role: "img",
    "aria-label": `${data.title}: ${data.y} by ${data.x}; arrow keys read values` });
  frame(svg, data, scale, width);
  shown.forEach((one) => curve(svg, one, scale, picked, data));
  const cursor = draw("path", { class: "cursor" });
  svg.append(cursor);
  const xs = [...new Set(shown.flatMap((one) => one.x))].sort((a, b) => a - b);
  const read = (i) => {
    state.at = i;
    const x = xs[i], at = scale.x(x);
    cursor.setAttribute("d", `M${at} ${SIDE.top}V${TALL - SIDE.bottom}`);
    const values = shown.map((one) => [one, one.x.indexOf(x)]).filter(([one, n]) => n >= 0 && one.y[n] !== null)
      .map(([one, n]) => [one.name, reading(one, n), color(one.hue)]);
    const more = values.length - 12;
    tip.show(at, holder.offsetTop + SIDE.top, `${data.x} ${data.labels ? data.labels[x] : words(x)}`,
      more > 0 ? [...values.slice(0, 12), [`and ${more} more`, ""]] : values);
  };
  const leave = () => { state.at = null; cursor.removeAttribute("d"); tip.hide(); };
  svg.addEventListener("pointermove", (event) => {
    if (!xs.length) return;
    const x = event.clientX - svg.getBoundingClientRect().left;
    read(xs.reduce((best, _, i) => Math.abs(scale.x(xs[i]) - x) < Math.abs(scale.x(xs[best]) - x) ? i : best, 0));
  });
  svg.addEventListener("pointerleave", leave);
  svg.addEventListener("blur", leave);
  svg.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step || !xs.length) return;
    event.preventDefault();
    read(Math.max(0, Math.min(xs.length - 1, (state.at ?? (step > 0 ? -1 : xs.length)) + step)));
  });
  holder.replaceChildren(svg);
}

function reading(one, n) {
  const spread = one.low && one.low[n] !== null ? ` (${words(one.low[n])} to ${words(one.high[n])})` : "";
  return `${words(one.y[n])}${spread}`;
}

function frame(svg, data, scale, width) {
  const [bottom, right] = [TALL - SIDE.bottom, width - SIDE.right];
  for (const y of scale.atY) svg.append(draw("path", { class: "grid", d: `M${SIDE.left} ${scale.y(y)}H${right}` }),
    draw("text", { class: "soft", x: SIDE.left - 6, y: scale.y(y) + 4, "text-anchor": "end" }, words(y)));
  const room = (right - SIDE.left) / Math.max(1, scale.atX.length), most = Math.max(4, Math.floor(room / 6.5));
  const every = data.labels ? Math.ceil(20 / room) : 1;
  let last = -Infinity;
  scale.atX.filter((_, i) => i % every === 0).forEach((x) => {
    if (scale.x(x) - last < (data.labels ? 0 : 34)) return;
    last = scale.x(x);
    const text = data.labels ? data.labels[x] : words(x);
    const short = data.labels && text.length > most * every ? `${text.slice(0, most * every - 1)}…` : text;
    svg.append(draw("text", { class: "soft", x: scale.x(x), y: bottom + 16, "text-anchor": "middle" }, short, draw("title", {}, text)));
  });
  svg.append(draw("path", { class: "axis", d: `M${SIDE.left} ${SIDE.top}V${bottom}H${right}` }),
    draw("text", { class: "soft", x: (SIDE.left + right) / 2, y: TALL - 6, "text-anchor": "middle" }, data.x));
  svg.append(draw("text", { class: "soft", transform: `translate(12 ${(SIDE.top + bottom) / 2}) rotate(-90)`, "text-anchor": "middle" }, data.y));
  if (data.mark !== undefined && data.mark !== null && scale.fits(data.mark))
    svg.append(draw("path", { class: "cursor", d: `M${SIDE.left} ${scale.y(data.mark)}H${right}` }));
}

function curve(svg, one, scale, picked, data) {
  const paint = color(one.hue), at = one.x.map((x, i) => [scale.x(x) + (one.shift ?? 0), one.y[i], i]).filter(([, y]) => scale.fits(y));
  if (one.low && !one.dots) {
    const edge = at.filter(([, , i]) => scale.fits(one.low[i]) && scale.fits(one.high[i]));
    const up = edge.map(([x, , i]) => `${x} ${scale.y(one.high[i])}`), down = edge.map(([x, , i]) => `${x} ${scale.y(one.low[i])}`).reverse();
    if (edge.length > 1) svg.append(draw("path", { class: "band", d: `M${[...up, ...down].join("L")}Z`, paint: { fill: paint } }));
  }
  if (at.length > 1 && !data.labels) svg.append(draw("path", { class: "curve", d: `M${at.map(([x, y]) => `${x} ${scale.y(y)}`).join("L")}`,
    "stroke-dasharray": one.dash ?? dashes(one.hue), paint: { stroke: paint } }));
  if (!one.dots && at.length > 1) return;
  for (const [x, y, i] of at) {
    if (one.low && scale.fits(one.low[i]) && scale.fits(one.high[i]))
      svg.append(draw("path", { d: `M${x} ${scale.y(one.low[i])}V${scale.y(one.high[i])}`, paint: { stroke: paint } }));
    const pick = picked && one.key ? () => picked(one.key[i]) : null;
    svg.append(draw("circle", { cx: x, cy: scale.y(y), r: 4, paint: { fill: paint, cursor: pick ? "pointer" : "" }, ...(pick ? { click: pick } : {}) }));
  }
}
