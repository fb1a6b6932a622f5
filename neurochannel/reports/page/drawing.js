/** The drawing of a network: which graph is seen, and what is known of an edge. */

import { make, toggle, words } from "./dom.js";

const GRAPHS = ["both", "forward", "channel"];
const POINT_AT = "Point at an edge, or focus it with the tab key.";

/** data: facts: {edge: [[title, text]]}, rms: {edge: number} or null. */
export function drawing(figure, data) {
  const edges = [...figure.querySelectorAll(".edge[data-edge]")];
  const facts = make("div", { class: "facts", "aria-live": "polite" }, make("span", { class: "note" }, POINT_AT));
  const show = (graph) => {
    for (const one of GRAPHS) figure.classList.toggle(`show-${one}`, one === graph);
    buttons.forEach((button, i) => button.setAttribute("aria-pressed", String(GRAPHS[i] === graph)));
    for (const edge of edges)
      edge.setAttribute("tabindex", graph === "both" || edge.classList.contains(graph) ? 0 : -1);
  };
  const buttons = GRAPHS.map((graph) => make("button", { type: "button", click: () => show(graph) }, graph));
  for (const edge of edges) {
    const name = edge.dataset.edge;
    const tell = () => {
      for (const other of edges) other.classList.toggle("now", other.dataset.edge === name);
      facts.replaceChildren(make("b", {}, name), listOf(data.facts[name] ?? []));
    };
    for (const event of ["pointerenter", "focus", "click"]) edge.addEventListener(event, tell);
  }
  const weights = data.rms ? weightTools(edges, data.rms) : [];
  figure.prepend(make("div", { class: "tools", role: "group", "aria-label": "What is drawn" }, ...buttons, ...weights));
  figure.append(facts);
  show("both");
}

function listOf(lines) {
  return make("dl", {}, ...lines.flatMap(([title, text]) => {
    const alarm = text.startsWith("NO") || text.startsWith("yes, ");
    return [make("dt", {}, title), make("dd", { class: alarm ? "alarm" : "" }, text)];
  }));
}

/** Colors by weight: from pale, the smallest of its graph, to the color of the graph. */
function weightTools(edges, rms) {
  const note = make("span", { class: "note" }), limits = new Map();
  for (const kind of ["forward", "channel"]) {
    const sizes = Object.entries(rms).filter(([key]) => key.startsWith(kind)).map(([, value]) => value);
    if (sizes.length) limits.set(kind, [Math.min(...sizes), Math.max(...sizes)]);
  }
  const paint = (on) => {
    for (const edge of edges) {
      const kind = edge.dataset.edge.split(":")[0], value = rms[edge.dataset.edge];
      const [low, high] = limits.get(kind) ?? [0, 0], share = high > low ? 35 + 65 * (value - low) / (high - low) : 100;
      const known = on && value !== undefined, mixed = `color-mix(in oklab, var(--${kind}) ${share}%, var(--line))`;
      edge.style.setProperty("--own", known ? mixed : `var(--${kind})`);
      edge.querySelector(".line").style.strokeWidth = known ? `${0.8 + share / 60}px` : "";
    }
    const said = [...limits].map(([kind, [low, high]]) => `${kind} ${words(low)} to ${words(high)}`);
    note.textContent = on ? said.join(", ") : "";
  };
  paint(true);
  return [toggle("rms weight", true, paint), note];
}
