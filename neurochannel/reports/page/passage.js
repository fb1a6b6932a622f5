/** One example step by step: what each part holds, with its part of the drawing marked. */

import { atWidth, csvButton, draw, make, Tip, words } from "./dom.js";

const SQUARE = 144;

/** data: title, steps: [{title, marks, n, values, sent}]; sent are messages before their limits. */
export function passage(figure, data, name) {
  let now = -1;
  const before = make("button", { type: "button", click: () => go(now - 1) }, "← back");
  const after = make("button", { type: "button", click: () => go(now + 1) }, "next →");
  const place = make("span", { class: "note", "aria-live": "polite" });
  const tools = make("div", { class: "tools" }, make("span", { class: "title" }, data.title), before, after, place,
    csvButton(name, () => [["step", "neuron", "value", "before limits"],
      ...data.steps.flatMap((step) => step.values.map((value, i) => [step.title, i, value, step.sent ? step.sent[i] : null]))]));
  const rows = make("div", { class: "steps" });
  figure.replaceChildren(tools, rows);
  const tip = new Tip(figure);
  const parts = data.steps.map((step, i) => make("div", { class: "step", click: () => go(i) },
    make("div", { class: "name" }, step.title, make("span", { class: "note" }, ` ${step.n}`)), ...strips(step, tip, figure)));
  rows.append(...parts);
  const go = (to) => {
    now = Math.max(-1, Math.min(data.steps.length - 1, to));
    parts.forEach((part, i) => { part.classList.toggle("now", i === now); part.classList.toggle("later", now >= 0 && i > now); });
    before.disabled = now < 0;
    after.disabled = now === data.steps.length - 1;
    place.textContent = now < 0 ? `all ${data.steps.length} steps` : `${now + 1} of ${data.steps.length}: ${data.steps[now].title}`;
    for (const one of document.querySelectorAll("[data-edge], [data-block]"))
      one.classList.toggle("now", now >= 0 && [one.dataset.edge, one.dataset.block].includes(data.steps[now].marks));
  };
  go(-1);
}

function strips(step, tip, figure) {
  const largest = Math.max(...step.values.map(Math.abs), ...(step.sent ?? []).map(Math.abs)) || 1;
  if (!step.sent) return [stripOf(step.values, null, largest, step, tip, figure)];
  return [stripOf(step.sent, "before", largest, step, tip, figure), stripOf(step.values, "after", largest, step, tip, figure)];
}

function stripOf(values, label, largest, step, tip, figure) {
  const side = Math.sqrt(values.length), square = step.marks === "input" && Number.isInteger(side) && side > 3;
  const levels = new Set(values).size;
  const said = label ? `${label} limits, ${levels} different value${levels > 1 ? "s" : ""}` : "";
  const holder = make("div", { class: "strip chart" });
  const svg = draw("svg", { role: "img", "aria-label": `${step.title} ${said}: ${values.slice(0, 12).map(words).join(", ")}${values.length > 12 ? " ..." : ""}` });
  const cells = values.map((value, i) => draw("rect", { "shape-rendering": "crispEdges",
    paint: { fill: value < 0 ? "var(--c1)" : "var(--c2)", fillOpacity: Math.abs(value) / largest },
    pointerenter: (event) => {
      const box = event.target.getBoundingClientRect(), home = figure.getBoundingClientRect();
      tip.show(box.x - home.x, box.y - home.y + box.height + 2, `neuron ${i}`,
        [[label ? `${label} limits` : "value", value], ...(step.sent ? [[label === "after" ? "before" : "after", (label === "after" ? step.sent : step.values)[i]]] : [])]);
    } }));
  svg.append(draw("rect", { class: "edge-of", width: "100%", height: "100%" }), ...cells);
  svg.addEventListener("pointerleave", () => tip.hide());
  holder.append(...(label ? [make("span", { class: "note" }, said)] : []), svg);
  atWidth(holder, (width) => {
    const columns = square ? side : Math.min(values.length, Math.max(1, Math.floor(width / 8)));
    const cell = square ? SQUARE / side : Math.min(26, width / columns), tall = square ? cell : 18;
    const lines = Math.ceil(values.length / columns);
    svg.setAttribute("viewBox", `0 0 ${columns * cell} ${lines * tall}`);
    svg.style.width = `${columns * cell}px`;
    cells.forEach((one, i) => {
      for (const [key, to] of [["x", i % columns * cell], ["y", Math.floor(i / columns) * tall], ["width", cell], ["height", tall]]) one.setAttribute(key, to);
    });
  });
  return holder;
}
