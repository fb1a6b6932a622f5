/** A study: a table to sort, an outcome against an axis, a heat map, and curves of what was chosen. */

import { choice, csvButton, make, titled, words } from "./dom.js";
import { heat } from "./heat.js";
import { lines } from "./lines.js";

const MOST_LINES = 24, MOST_CHOSEN = 8;
const COLUMNS = ["from", "to", "n", "diverged", "failed", "unmeasured"];
const CHOOSE = "A point of a chart, or a row of the table, leads to its curves.";

/** data: as study_data in Python returns it. */
export function study(figure, data) {
  const varying = data.axes.map((_, i) => i).filter((i) => data.axes[i].values.length > 1);
  const x = varying.find((i) => data.axes[i].numeric) ?? varying[0] ?? null;
  const first = data.quantities.findIndex((one) => one.name === data.outcomes[data.start]?.name);
  const state = { outcome: data.start, x, y: varying.find((i) => i !== x) ?? null, only: data.axes.map(() => null),
    chosen: [], sort: null, down: false, quantity: Math.max(0, first), varying };
  const tools = make("div", { class: "tools" });
  const parts = ["lines", "heat", "table", "chosen"].map((kind) => make("figure", { class: `widget ${kind}` }));
  const [chart, map, table, curves] = parts;
  curves.id = "curves";
  const pick = (setting) => {
    state.chosen = [setting, ...state.chosen.filter((one) => one !== setting)].slice(0, MOST_CHOSEN);
    chosenCurves(curves, data, state);
    curves.scrollIntoView({ block: "nearest" });
  };
  const show = () => {
    if (data.outcomes.length) {
      tools.replaceChildren(...controls(data, state, show));
      outcomeChart(chart, data, state, pick);
      heatMap(map, data, state, pick, show);
    }
    settingsTable(table, data, state, pick, show);
  };
  const charts = data.outcomes.length ? [make("div", { class: "pair" }, chart, map), curves] : [];
  figure.replaceChildren(tools, ...charts, table);
  show();
  chosenCurves(curves, data, state);
}

function controls(data, state, show) {
  const outcomes = data.outcomes.map((one, i) => [String(i), one.label]);
  const parts = [choice("outcome", outcomes, String(state.outcome), (i) => { state.outcome = Number(i); show(); })];
  if (state.x === null) return parts;
  parts.push(choice("against", axesOf(data, state.varying), String(state.x), (i) => {
    if (Number(i) === state.y) state.y = state.x;
    state.x = Number(i);
    show();
  }));
  for (const i of state.varying.filter((one) => one !== state.x)) {
    const values = data.axes[i].values.map((value, n) => [String(n), words(value)]);
    const now = state.only[i] === null ? "" : String(state.only[i]);
    parts.push(choice(data.axes[i].name, [["", "all"], ...values], now, (n) => {
      state.only[i] = n === "" ? null : Number(n);
      show();
    }));
  }
  return parts;
}

function axesOf(data, numbers) {
  return numbers.map((i) => [String(i), data.axes[i].name]);
}

/** The settings that agree with what was chosen, at any value of the axis x. */
function settingsOf(data, state) {
  const fits = (place, i) => i === state.x || state.only[i] === null || state.only[i] === place;
  return data.settings.map((one, key) => ({ ...one, key })).filter((one) => one.at.every(fits));
}

function nameOf(data, at, without = null) {
  const parts = data.axes.flatMap((axis, i) => {
    if (axis.values.length < 2 || i === without || at[i] === null) return [];
    const value = words(axis.values[at[i]]);
    return [axis.numeric ? `${axis.name.split(".").pop()} ${value}` : value];
  });
  return parts.join(", ") || "all";
}

function outcomeChart(figure, data, state, pick) {
  const axis = data.axes[state.x], outcome = data.outcomes[state.outcome].label, groups = new Map();
  figure.hidden = !axis;
  if (!axis) return;
  for (const one of settingsOf(data, state)) {
    const name = nameOf(data, one.at, state.x), stats = one.stats[state.outcome], place = one.at[state.x];
    if (!stats || place === null) continue;
    if (!groups.has(name)) groups.set(name, []);
    groups.get(name).push({ x: axis.numeric ? axis.values[place] : place, stats, key: one.key });
  }
  const names = [...groups.keys()].slice(0, MOST_LINES), gap = Math.min(4, 32 / names.length);
  const series = names.map((name, n) => {
    const found = groups.get(name).sort((a, b) => a.x - b.x), column = (i) => found.map((one) => one.stats[i]);
    return { name, hue: n + (names.length < 8 ? 1 : 0), dots: true, x: found.map((one) => one.x), y: column(1),
      low: column(2), high: column(3), key: found.map((one) => one.key), shift: (n - (names.length - 1) / 2) * gap };
  });
  const more = groups.size > MOST_LINES ? `, ${MOST_LINES} of ${groups.size} lines: choose values above` : "";
  lines(figure, { title: `${outcome} against ${axis.name}${more}`, x: axis.name, y: outcome, log: false, logx: axis.log,
    places: axis.numeric && axis.values.length < 9 ? axis.values : null,
    labels: axis.numeric ? null : axis.values.map(words), series }, "outcome", pick);
}

function heatMap(figure, data, state, pick, show) {
  figure.hidden = state.y === null;
  if (figure.hidden) return;
  const others = state.varying.filter((i) => i !== state.x && i !== state.y), at = (i) => state.only[i] ?? 0;
  const cells = data.settings.flatMap((one, key) => {
    const stats = one.stats[state.outcome], [x, y] = [one.at[state.x], one.at[state.y]];
    const here = stats && x !== null && y !== null && others.every((i) => one.at[i] === at(i));
    return here ? [{ x, y, value: stats[1], key }] : [];
  });
  const where = others.map((i) => `${data.axes[i].name} ${words(data.axes[i].values[at(i)])}`).join(", ");
  const rest = axesOf(data, state.varying.filter((i) => i !== state.x));
  const up = choice("up", rest, String(state.y), (i) => { state.y = Number(i); show(); });
  const title = data.outcomes[state.outcome].label + (where ? ` at ${where}` : "");
  heat(figure, { title, x: data.axes[state.x], y: data.axes[state.y], cells, tools: others.length ? [up] : [] }, pick);
}

function settingsTable(figure, data, state, pick, show) {
  const n = data.axes.length, outcome = data.outcomes[state.outcome]?.label ?? "outcome";
  const titles = [...data.axes.map((axis) => axis.name), outcome, ...COLUMNS];
  const rows = settingsOf(data, state).map((one) => {
    const [count, ...stats] = one.stats[state.outcome] ?? [0, null, null, null];
    const places = one.at.map((place, i) => place === null ? null : data.axes[i].values[place]);
    return { key: one.key, cells: [...places, ...stats, count, ...one.lost] };
  });
  const kept = titles.map((_, i) => i).filter((i) => i < n + 4 || rows.some((row) => row.cells[i]));
  if (state.sort !== null) rows.sort((a, b) => compared(a.cells[state.sort], b.cells[state.sort], state.down));
  const head = kept.map((i) => headOf(titles[i], i, i >= n || data.axes[i].numeric, state, show));
  const followed = new Set(data.points.filter((point) => point.curves.length).map((point) => point.s));
  const body = rows.map((row) => make("tr", {}, ...kept.map((i) =>
    make("td", { class: typeof row.cells[i] === "number" ? "number" : "" }, words(row.cells[i]))),
  make("td", { class: "go" }, make("button", { type: "button", disabled: !followed.has(row.key),
    "aria-label": `Curves of ${nameOf(data, data.settings[row.key].at)}`, click: () => pick(row.key) }, "curves"))));
  const table = make("table", {}, make("thead", {}, make("tr", {}, ...head, make("th"))), make("tbody", {}, ...body));
  const save = csvButton("settings", () => [titles, ...rows.map((row) => row.cells)]);
  figure.replaceChildren(titled(`${rows.length} settings`, save), make("div", { class: "wide tall" }, table));
}

function headOf(title, i, number, state, show) {
  const sorted = state.sort === i, order = state.down ? "descending" : "ascending";
  const click = () => { state.down = sorted && !state.down; state.sort = i; show(); };
  return make("th", { class: number ? "number" : "", "aria-sort": sorted ? order : "none" },
    make("button", { type: "button", class: "sort", click }, title + (sorted ? (state.down ? " ▼" : " ▲") : "")));
}

/** Order two cells; those without a value come last. */
function compared(a, b, down) {
  if (a === null || b === null) return (a === null) - (b === null);
  const order = typeof a === "number" && typeof b === "number" ? a - b
    : String(a).localeCompare(String(b), "en", { numeric: true });
  return down ? -order : order;
}

function chosenCurves(figure, data, state) {
  figure.hidden = !data.quantities.length;
  const again = () => chosenCurves(figure, data, state), quantity = data.quantities[state.quantity];
  if (!state.chosen.length) return figure.replaceChildren(make("p", { class: "note" }, CHOOSE));
  const series = state.chosen.map((setting, n) => ({ ...meanOf(data, state.quantity, setting), hue: n + 1,
    name: nameOf(data, data.settings[setting].at) })).filter((one) => one.x.length);
  const options = data.quantities.map((one, i) => [String(i), one.label]);
  const tools = make("div", { class: "tools" },
    choice("curves of", options, String(state.quantity), (i) => { state.quantity = Number(i); again(); }),
    make("button", { type: "button", click: () => { state.chosen = []; again(); } }, "clear"));
  const chart = make("figure", { class: "widget lines" });
  figure.replaceChildren(tools, series.length ? chart : make("p", { class: "note" }, "Not measured over epochs."));
  const shown = { title: quantity.label, x: "epoch", y: quantity.label, log: false, series };
  if (series.length) lines(chart, shown, "curves");
  return undefined;
}

/** The mean over seeds, and their range, at the epochs that all of them have. */
function meanOf(data, quantity, setting) {
  const curves = data.points.filter((point) => point.s === setting).flatMap((point) => point.curves);
  const found = curves.filter((curve) => curve[0] === quantity)
    .map(([, time, values]) => new Map(data.epochs[time].map((epoch, i) => [epoch, values[i]])));
  const x = found.length ? [...found[0].keys()].filter((epoch) => found.every((one) => one.has(epoch))) : [];
  const of = (take) => x.map((epoch) => take(found.map((one) => one.get(epoch))));
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length, band = found.length > 1;
  const ends = [Math.min, Math.max].map((end) => band ? of((values) => end(...values)) : null);
  return { x, y: of(mean), low: ends[0], high: ends[1] };
}
