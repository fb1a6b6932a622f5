/** The settings of a study: a table to sort, an outcome against an axis, a heat map, curves of what was chosen. */

import { choice, csvButton, make, words } from "./dom.js";
import { heat } from "./heat.js";
import { lines } from "./lines.js";

const MOST_LINES = 24;
const MOST_CHOSEN = 8;

/** data: as study_data in Python returns it. */
export function study(figure, data) {
  const varying = data.axes.map((_, i) => i).filter((i) => data.axes[i].values.length > 1);
  const numeric = varying.filter((i) => data.axes[i].numeric);
  const x = numeric[0] ?? varying[0] ?? null;
  const state = { outcome: data.start, x, y: varying.find((i) => i !== x) ?? null, only: data.axes.map(() => null), chosen: [], sort: null, down: false,
    quantity: Math.max(0, data.quantities.findIndex((one) => one.name === data.outcomes[data.start]?.name)) };
  const tools = make("div", { class: "tools" });
  const [chart, map, table, curves] = ["lines", "heat", "table", "chosen"].map((kind) => make("figure", { class: `widget ${kind}` }));
  curves.id = "curves";
  const show = () => {
    tools.replaceChildren(...toolsOf(data, state, varying, show));
    outcomeChart(chart, data, state, pick);
    heatMap(map, data, state, varying, pick, show);
    settingsTable(table, data, state, pick, show);
  };
  const pick = (setting) => {
    state.chosen = [setting, ...state.chosen.filter((one) => one !== setting)].slice(0, MOST_CHOSEN);
    curvesOf(curves, data, state);
    curves.scrollIntoView({ block: "nearest" });
  };
  figure.replaceChildren(tools, ...(data.outcomes.length ? [make("div", { class: "pair" }, chart, map), curves, table] : [table]));
  show();
  curvesOf(curves, data, state);
}

function toolsOf(data, state, varying, show) {
  const set = (key) => (value) => { state[key] = Number(value); show(); };
  const axes = varying.map((i) => [String(i), data.axes[i].name]);
  const parts = [choice("outcome", data.outcomes.map((one, i) => [String(i), one.label]), String(state.outcome), set("outcome"))];
  if (state.x !== null) parts.push(choice("against", axes, String(state.x), (value) => {
    if (Number(value) === state.y) state.y = state.x;
    state.x = Number(value);
    show();
  }));
  for (const i of varying.filter((one) => one !== state.x)) parts.push(choice(data.axes[i].name,
    [["", "all"], ...data.axes[i].values.map((value, n) => [String(n), words(value)])], state.only[i] === null ? "" : String(state.only[i]),
    (value) => { state.only[i] = value === "" ? null : Number(value); show(); }));
  return data.outcomes.length ? parts : [];
}

function chosenSettings(data, state) {
  return data.settings.map((one, key) => ({ ...one, key })).filter((one) => one.at.every((place, i) => i === state.x || state.only[i] === null || state.only[i] === place));
}

function nameOf(data, at, left = []) {
  const parts = data.axes.map((axis, i) => [axis, at[i], i]).filter(([axis, , i]) => axis.values.length > 1 && !left.includes(i))
    .map(([axis, place]) => axis.numeric ? `${axis.name.split(".").pop()} ${words(axis.values[place])}` : words(axis.values[place]));
  return parts.join(", ") || "all";
}

function outcomeChart(figure, data, state, pick) {
  const axis = data.axes[state.x], groups = new Map(), title = data.outcomes[state.outcome]?.label ?? "";
  if (!axis) { figure.hidden = true; return; }
  for (const one of chosenSettings(data, state)) {
    const name = nameOf(data, one.at, [state.x]), stats = one.stats[state.outcome];
    if (!stats || one.at[state.x] === null) continue;
    if (!groups.has(name)) groups.set(name, []);
    groups.get(name).push([axis.numeric ? axis.values[one.at[state.x]] : one.at[state.x], stats, one.key]);
  }
  const names = [...groups.keys()].slice(0, MOST_LINES);
  const series = names.map((name, hue) => {
    const found = groups.get(name).sort((a, b) => a[0] - b[0]);
    return { name, hue: hue + (names.length < 8 ? 1 : 0), dots: true, x: found.map(([at]) => at), y: found.map(([, stats]) => stats[1]), low: found.map(([, stats]) => stats[2]),
      high: found.map(([, stats]) => stats[3]), key: found.map(([, , key]) => key), shift: (hue - (names.length - 1) / 2) * Math.min(4, 32 / names.length) };
  });
  const more = groups.size > MOST_LINES ? `, the first ${MOST_LINES} of ${groups.size} lines: choose values above` : "";
  lines(figure, { title: `${title} against ${axis.name}${more}`, x: axis.name, y: title, log: false, logx: axis.log, places: axis.numeric && axis.values.length < 9 ? axis.values : null,
    labels: axis.numeric ? null : axis.values.map(words), series }, "outcome", pick);
}

function heatMap(figure, data, state, varying, pick, show) {
  figure.hidden = state.y === null || state.y === state.x;
  if (figure.hidden) return;
  const others = varying.filter((i) => i !== state.x && i !== state.y);
  const at = (i) => state.only[i] ?? 0;
  const found = data.settings.map((one, key) => ({ ...one, key })).filter((one) => others.every((i) => one.at[i] === at(i)));
  const cells = found.filter((one) => one.stats[state.outcome]).map((one) => ({ x: one.at[state.x], y: one.at[state.y], value: one.stats[state.outcome][1], key: one.key }));
  const where = others.map((i) => `${data.axes[i].name} ${words(data.axes[i].values[at(i)])}`).join(", ");
  const up = choice("up", varying.filter((i) => i !== state.x).map((i) => [String(i), data.axes[i].name]), String(state.y), (value) => { state.y = Number(value); show(); });
  heat(figure, { title: data.outcomes[state.outcome].label + (where ? ` at ${where}` : ""), x: data.axes[state.x], y: data.axes[state.y], cells, tools: varying.length > 2 ? [up] : [] }, pick);
}

function rowsOf(data, state) {
  const cell = (value) => value ?? "";
  return chosenSettings(data, state).map((one) => {
    const stats = one.stats[state.outcome] ?? [0, null, null, null];
    return { key: one.key, cells: [...one.at.map((place, i) => place === null ? "" : data.axes[i].values[place]), stats[1], stats[2], stats[3], stats[0], ...one.lost].map(cell) };
  });
}

function settingsTable(figure, data, state, pick, show) {
  const label = data.outcomes[state.outcome]?.label ?? "outcome";
  const titles = [...data.axes.map((axis) => axis.name), label, "from", "to", "n", "diverged", "failed", "unmeasured"];
  const rows = rowsOf(data, state), column = state.sort;
  const kept = titles.map((_, i) => i < data.axes.length + 4 || rows.some((row) => row.cells[i]));
  if (column !== null) rows.sort((a, b) => compare(a.cells[column], b.cells[column]) * (state.down ? -1 : 1));
  const head = titles.map((title, i) => kept[i] ? make("th", { class: i < data.axes.length && !data.axes[i].numeric ? "" : "number", "aria-sort": column === i ? (state.down ? "descending" : "ascending") : "none" },
    make("button", { type: "button", class: "sort", click: () => { state.down = column === i && !state.down; state.sort = i; show(); } },
      `${title}${column === i ? (state.down ? " ▼" : " ▲") : ""}`)) : null);
  const followed = new Set(data.points.filter((point) => point.curves.length).map((point) => point.s));
  const body = rows.map((row) => make("tr", {}, ...row.cells.map((value, i) => kept[i]
    ? make("td", { class: typeof value === "number" ? "number" : "" }, words(value === "" ? null : value)) : null),
  data.quantities.length ? make("td", { class: "go" }, make("button", { type: "button", disabled: !followed.has(row.key), click: () => pick(row.key), "aria-label": `Curves of ${nameOf(data, data.settings[row.key].at)}` }, "curves")) : null));
  figure.replaceChildren(make("div", { class: "tools" }, make("span", { class: "title" }, `${rows.length} settings`), csvButton("settings", () => [titles, ...rows.map((row) => row.cells)])),
    make("div", { class: "wide tall" }, make("table", {}, make("thead", {}, make("tr", {}, ...head, data.quantities.length ? make("th") : null)), make("tbody", {}, ...body))));
}

function compare(a, b) {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (a === "" || b === "") return a === b ? 0 : a === "" ? 1 : -1;
  return String(a).localeCompare(String(b), "en", { numeric: true });
}

function curvesOf(figure, data, state) {
  figure.hidden = !data.quantities.length;
  if (figure.hidden) return;
  if (!state.chosen.length) {
    figure.replaceChildren(make("p", { class: "note" }, "A point of a chart, or a row of the table, leads to its curves."));
    return;
  }
  const quantity = data.quantities[state.quantity];
  const series = state.chosen.map((setting, hue) => ({ ...meanOf(data, state, setting), hue: hue + 1, name: nameOf(data, data.settings[setting].at) })).filter((one) => one.x.length);
  const chart = make("figure", { class: "widget lines" });
  const tools = make("div", { class: "tools" },
    choice("curves of", data.quantities.map((one, i) => [String(i), one.label]), String(state.quantity), (value) => { state.quantity = Number(value); curvesOf(figure, data, state); }),
    make("button", { type: "button", click: () => { state.chosen = []; curvesOf(figure, data, state); } }, "clear"));
  figure.replaceChildren(tools, ...(series.length ? [chart] : [make("p", { class: "note" }, "Not measured over epochs.")]));
  if (series.length) lines(chart, { title: quantity.label, x: "epoch", y: quantity.label, log: false, series }, "curves");
}

/** The mean over seeds, and their range, at the epochs that all of them have. */
function meanOf(data, state, setting) {
  const found = data.points.filter((point) => point.s === setting).flatMap((point) => point.curves)
    .filter(([quantity]) => quantity === state.quantity).map(([, time, values]) => new Map(data.epochs[time].map((epoch, i) => [epoch, values[i]])));
  const x = found.length ? [...found[0].keys()].filter((epoch) => found.every((one) => one.has(epoch))) : [];
  const all = x.map((epoch) => found.map((one) => one.get(epoch)));
  const band = found.length > 1;
  return { x, y: all.map((values) => values.reduce((sum, value) => sum + value, 0) / values.length),
    low: band ? all.map((values) => Math.min(...values)) : null, high: band ? all.map((values) => Math.max(...values)) : null };
}
