/** Curves with bands, points with intervals; values under the pointer or by arrow keys. */

import { atWidth, color, csvButton, cut, dashes, draw, label, make, path, powers, ticks, Tip, titled, toggle, words }
  from "./dom.js";

const SIDE = { left: 58, right: 14, top: 8, bottom: 40 };
const TALL = 270;
const MOST_READ = 12;

/**
 * data: title; x and y, names of the axes; log, whether y begins so, null where it cannot; logx; labels of the places
 * 0, 1, ... on x; places, values to write on x; mark, a line across; series: [{name, x, y, low, high, hue, dash, dots,
 * shift, key}]. A dot that is chosen calls picked(key). Returns a function that shows other data of this kind.
 */
export function lines(figure, data, name, picked = null) {
  const state = { log: data.log === true, hidden: new Set(), at: null };
  const holder = make("div", { class: "chart" }), keys = make("div", { class: "keys" });
  const log = data.log === null ? null : toggle("log", state.log, (on) => { state.log = on; paint(); });
  const listKeys = () => keys.replaceChildren(...data.series.map((one, n) => keyOf(one, n, state, () => paint())));
  const tools = titled(data.title, ...[log, csvButton(name, () => tableOf(data))].filter(Boolean));
  figure.replaceChildren(tools, holder, keys);
  const tip = new Tip(figure);
  let width = 0;
  const paint = () => width && plot(holder, data, state, width, tip, picked);
  listKeys();
  atWidth(holder, (now) => { width = now; paint(); });
  return (other) => {
    const names = (some) => JSON.stringify(some.series.map((one) => one.name)), same = names(other) === names(data);
    data = other;
    if (!same) { state.hidden.clear(); listKeys(); }
    paint();
  };
}

function keyOf(one, number, state, change) {
  const look = { "stroke-width": 2.5, ...strokeOf(one) };
  const sample = draw("svg", { width: 26, height: 10, "aria-hidden": "true" }, path("", "M0 5H26", look));
  const button = toggle(sample, true, (on) => {
    if (on) state.hidden.delete(number); else state.hidden.add(number);
    change();
  });
  button.append(one.name);
  return button;
}

function strokeOf(one) {
  return { "stroke-dasharray": one.dash ?? dashes(one.hue), paint: { stroke: color(one.hue) } };
}

function tableOf(data) {
  const rows = data.series.flatMap((one) => one.x.map((x, i) =>
    [data.labels ? data.labels[x] : x, one.name, one.y[i], one.low?.[i] ?? null, one.high?.[i] ?? null]));
  return [[data.x, "series", data.y, "low", "high"], ...rows];
}

function rangeOfY(data, shown, log) {
  const ys = shown.flatMap((one) => [...one.y, ...(one.low ?? []), ...(one.high ?? [])])
    .filter((y) => y !== null && (!log || y > 0));
  if (!log && Number.isFinite(data.mark)) ys.push(data.mark);
  let [low, high] = ys.length ? [ys.reduce((a, b) => Math.min(a, b)), ys.reduce((a, b) => Math.max(a, b))] : [0.1, 1];
  if (log) return low === high ? [low / 2, high * 2] : [low, high];
  if (low === high) [low, high] = [low - Math.abs(low || 1) * 0.05, high + Math.abs(high || 1) * 0.05];
  const pad = (high - low) * 0.04;
  return [low >= 0 ? Math.max(0, low - pad) : low - pad, high + pad];
}

function rangeOfX(data, shown, xs) {
  if (data.labels) return [-0.5, data.labels.length - 0.5];
  const [low, high] = xs.length ? [xs[0], xs[xs.length - 1]] : [0, 1];
  if (low === high) return data.logx ? [low / 2, high * 2] : [low - 0.5, high + 0.5];
  if (!shown.some((one) => one.shift)) return [low, high];
  const pad = data.logx ? (high / low) ** 0.06 : (high - low) * 0.06;
  return data.logx ? [low / pad, high * pad] : [low - pad, high + pad];
}

function scalesOf(data, shown, state, width, xs) {
  const [x0, x1] = rangeOfX(data, shown, xs), [y0, y1] = rangeOfY(data, shown, state.log);
  const wide = width - SIDE.left - SIDE.right, high = TALL - SIDE.top - SIDE.bottom;
  const bend = data.logx ? Math.log10 : (x) => x, warp = state.log ? Math.log10 : (y) => y;
  const whole = (x) => !xs.every(Number.isInteger) || Number.isInteger(x);
  const even = () => data.logx ? powers(x0, x1) : ticks(x0, x1, Math.max(2, wide / 90)).filter(whole);
  return {
    x: (x) => SIDE.left + (bend(x) - bend(x0)) / (bend(x1) - bend(x0)) * wide,
    y: (y) => SIDE.top + high - (warp(y) - warp(y0)) / (warp(y1) - warp(y0)) * high,
    atX: data.labels ? data.labels.map((_, i) => i) : data.places ?? even(),
    atY: state.log ? powers(y0, y1) : ticks(y0, y1),
    fits: (y) => Number.isFinite(y) && (!state.log || y > 0),
  };
}

function plot(holder, data, state, width, tip, picked) {
  const shown = data.series.filter((_, number) => !state.hidden.has(number));
  const xs = [...new Set(shown.flatMap((one) => one.x))].sort((a, b) => a - b);
  const scale = scalesOf(data, shown, state, width, xs), cursor = path("cursor", "");
  const svg = draw("svg", { class: "plot", height: TALL, viewBox: `0 0 ${width} ${TALL}`, tabindex: 0, role: "img",
    "aria-label": `${data.title}: ${data.y} by ${data.x}; arrow keys read values` });
  frame(svg, data, scale, width);
  shown.forEach((one) => curve(svg, one, scale, picked, data));
  svg.append(cursor);
  const read = (i) => {
    state.at = i;
    cursor.setAttribute("d", `M${scale.x(xs[i])} ${SIDE.top}V${TALL - SIDE.bottom}`);
    const title = `${data.x} ${data.labels ? data.labels[xs[i]] : words(xs[i])}`;
    tip.show(scale.x(xs[i]), holder.offsetTop + SIDE.top, title, readings(shown, xs[i]));
  };
  const leave = () => { state.at = null; cursor.setAttribute("d", ""); tip.hide(); };
  svg.addEventListener("pointermove", (event) => {
    const x = event.clientX - svg.getBoundingClientRect().left, far = (i) => Math.abs(scale.x(xs[i]) - x);
    if (xs.length) read(xs.reduce((best, _, i) => far(i) < far(best) ? i : best, 0));
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

function readings(shown, x) {
  const found = shown.map((one) => [one, one.x.indexOf(x)]).filter(([one, n]) => n >= 0 && one.y[n] !== null);
  const told = found.slice(0, MOST_READ).map(([one, n]) => {
    const spread = Number.isFinite(one.low?.[n]) ? ` (${words(one.low[n])} to ${words(one.high[n])})` : "";
    return [one.name, `${words(one.y[n])}${spread}`, color(one.hue)];
  });
  return found.length > MOST_READ ? [...told, [`and ${found.length - MOST_READ} more`, ""]] : told;
}

function frame(svg, data, scale, width) {
  const bottom = TALL - SIDE.bottom, right = width - SIDE.right, room = (right - SIDE.left) / (scale.atX.length || 1);
  const every = data.labels ? Math.ceil(20 / room) : 1, most = Math.max(4, Math.floor(room / 6.5)) * every;
  for (const y of scale.atY) {
    const at = scale.y(y);
    svg.append(path("grid", `M${SIDE.left} ${at}H${right}`), label(SIDE.left - 6, at + 4, words(y), "end"));
  }
  let last = -Infinity;
  scale.atX.forEach((x, i) => {
    if (i % every || (!data.labels && scale.x(x) - last < 34)) return;
    last = scale.x(x);
    svg.append(label(last, bottom + 16, data.labels ? cut(data.labels[x], most) : words(x)));
  });
  const turned = { transform: `translate(12 ${(SIDE.top + bottom) / 2}) rotate(-90)` };
  svg.append(path("axis", `M${SIDE.left} ${SIDE.top}V${bottom}H${right}`),
    label((SIDE.left + right) / 2, TALL - 6, data.x), label(0, 0, data.y, "middle", turned));
  if (scale.fits(data.mark)) svg.append(path("cursor", `M${SIDE.left} ${scale.y(data.mark)}H${right}`));
}

function curve(svg, one, scale, picked, data) {
  const hue = color(one.hue), inside = (i) => scale.fits(one.low?.[i]) && scale.fits(one.high?.[i]);
  const at = one.x.map((x, i) => [scale.x(x) + (one.shift ?? 0), i]).filter(([, i]) => scale.fits(one.y[i]));
  const along = (values) => (([x, i]) => `${x} ${scale.y(values[i])}`);
  const edge = one.low && !one.dots ? at.filter(([, i]) => inside(i)) : [];
  if (edge.length > 1) {
    const around = [...edge.map(along(one.high)), ...edge.map(along(one.low)).reverse()];
    svg.append(path("band", `M${around.join("L")}Z`, { paint: { fill: hue } }));
  }
  if (at.length > 1 && !data.labels) svg.append(path("curve", `M${at.map(along(one.y)).join("L")}`, strokeOf(one)));
  if (!one.dots && at.length > 1) return;
  for (const [x, i] of at) {
    const pick = picked && one.key ? { class: "pick", click: () => picked(one.key[i]) } : {};
    const upright = inside(i) ? `M${x} ${scale.y(one.low[i])}V${scale.y(one.high[i])}` : "";
    if (upright) svg.append(path("", upright, { paint: { stroke: hue } }));
    svg.append(draw("circle", { cx: x, cy: scale.y(one.y[i]), r: 4, paint: { fill: hue }, ...pick }));
  }
}
