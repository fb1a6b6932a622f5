/** One example step by step: what each part holds, with its part of the drawing marked. */

import { atWidth, csvButton, draw, make, Tip, titled, words } from "./dom.js";

const SQUARE = 144, CELL = { least: 8, most: 26, tall: 18 };
const SHOWN = 12;

/** data: title, steps: [{title, marks, n, values, sent}]; sent are messages before their limits. */
export function passage(figure, data, name) {
  let now = -1;
  const table = () => [["step", "neuron", "value", "before limits"], ...data.steps.flatMap((step) =>
    step.values.map((value, i) => [step.title, i, value, step.sent ? step.sent[i] : null]))];
  const back = make("button", { type: "button", click: () => go(now - 1) }, "← back");
  const next = make("button", { type: "button", click: () => go(now + 1) }, "next →");
  const place = make("span", { class: "note", "aria-live": "polite" }), rows = make("div", { class: "steps" });
  figure.replaceChildren(titled(data.title, back, next, place, csvButton(name, table)), rows);
  const tip = new Tip(figure);
  const parts = data.steps.map((step, i) => {
    const title = make("div", { class: "name" }, step.title, make("span", { class: "note" }, ` ${step.n}`));
    return make("div", { class: "step", click: () => go(i) }, title, ...strips(step, tip, figure));
  });
  rows.append(...parts);
  const marked = document.querySelectorAll("[data-edge], [data-block]");
  const go = (to) => {
    now = Math.max(-1, Math.min(data.steps.length - 1, to));
    const { title, marks } = data.steps[now] ?? {};
    parts.forEach((part, i) => {
      part.classList.toggle("now", i === now);
      part.classList.toggle("later", now >= 0 && i > now);
    });
    back.disabled = now < 0;
    next.disabled = now === data.steps.length - 1;
    place.textContent = title ? `${now + 1} of ${data.steps.length}: ${title}` : `all ${data.steps.length} steps`;
    for (const { classList, dataset } of marked)
      classList.toggle("now", !!marks && [dataset.edge, dataset.block].includes(marks));
  };
  go(-1);
}

function strips(step, tip, figure) {
  const largest = Math.max(...step.values.map(Math.abs), ...(step.sent ?? []).map(Math.abs)) || 1;
  const strip = (values, when, other) => stripOf({ step, values, when, other, largest }, tip, figure);
  if (!step.sent) return [strip(step.values, null, null)];
  return [strip(step.sent, "before", step.values), strip(step.values, "after", step.sent)];
}

function stripOf(one, tip, figure) {
  const { step, values, when } = one, levels = new Set(values).size;
  const said = when ? `${when} limits, ${levels} different value${levels > 1 ? "s" : ""}` : "";
  const some = values.slice(0, SHOWN).map(words).join(", ") + (values.length > SHOWN ? " ..." : "");
  const cells = values.map((value, i) => cellAt(one, i, tip, figure));
  const svg = draw("svg", { role: "img", "aria-label": `${step.title} ${said}: ${some}` },
    draw("rect", { class: "edge-of", width: "100%", height: "100%" }), ...cells);
  svg.addEventListener("pointerleave", () => tip.hide());
  const holder = make("div", { class: "strip chart" }, ...(when ? [make("span", { class: "note" }, said)] : []), svg);
  const side = Math.sqrt(values.length), square = step.marks === "input" && Number.isInteger(side) && side > 3;
  atWidth(holder, (width) => {
    const fits = Math.max(1, Math.floor(width / CELL.least)), columns = square ? side : Math.min(values.length, fits);
    const wide = square ? SQUARE / side : Math.min(CELL.most, width / columns), tall = square ? wide : CELL.tall;
    svg.setAttribute("viewBox", `0 0 ${columns * wide} ${Math.ceil(values.length / columns) * tall}`);
    svg.style.width = `${columns * wide}px`;
    cells.forEach((cell, i) => {
      const box = { x: (i % columns) * wide, y: Math.floor(i / columns) * tall, width: wide, height: tall };
      for (const [key, to] of Object.entries(box)) cell.setAttribute(key, to);
    });
  });
  return holder;
}

function cellAt({ values, when, other, largest }, i, tip, figure) {
  const fill = values[i] < 0 ? "var(--c1)" : "var(--c2)", then = when === "after" ? "before" : "after";
  const lines = when ? [[`${when} limits`, values[i]], [`${then} limits`, other[i]]] : [["value", values[i]]];
  const tell = (event) => {
    const box = event.target.getBoundingClientRect(), home = figure.getBoundingClientRect();
    tip.show(box.x - home.x, box.bottom - home.y + 2, `neuron ${i}`, lines);
  };
  return draw("rect", { "shape-rendering": "crispEdges", paint: { fill, fillOpacity: Math.abs(values[i]) / largest },
    pointerenter: tell });
}
