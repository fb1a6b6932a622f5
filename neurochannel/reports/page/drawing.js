/** The drawing of a network: which graph is seen, and what is known of an edge. */

import { make, toggle, words } from "./dom.js";

const GRAPHS = ["both", "forward", "channel"];

/** data: facts: {edge: [[title, text]]}, rms: {edge: number} or null. */
export function drawing(figure, data) {
  const tools = make("div", { class: "tools", role: "group", "aria-label": "What is drawn" });
  const buttons = GRAPHS.map((graph) => make("button", { type: "button", "aria-pressed": String(graph === "both"), click: () => show(graph) }, graph));
  const show = (graph) => {
    for (const one of GRAPHS) figure.classList.toggle(`show-${one}`, one === graph);
    buttons.forEach((button, i) => button.setAttribute("aria-pressed", String(GRAPHS[i] === graph)));
    for (const edge of figure.querySelectorAll(".edge[data-edge]"))
      edge.setAttribute("tabindex", graph === "both" || edge.classList.contains(graph) ? 0 : -1);
  };
  tools.append(...buttons);
  const facts = make("div", { class: "facts", "aria-live": "polite" }, make("span", { class: "note" }, "Point at an edge, or focus it with the tab key."));
  figure.prepend(tools);
  figure.append(facts);
  const edges = [...figure.querySelectorAll(".edge[data-edge]")];
  for (const edge of edges) {
    const tell = () => {
      for (const other of edges) other.classList.toggle("now", other.dataset.edge === edge.dataset.edge);
      facts.replaceChildren(make("b", {}, `${edge.dataset.edge}`), listOf(data.facts[edge.dataset.edge] ?? []));
    };
    for (const event of ["pointerenter", "focus", "click"]) edge.addEventListener(event, tell);
  }
  if (data.rms) tools.append(...weightTools(edges, data.rms));
}

function listOf(lines) {
  return make("dl", {}, ...lines.flatMap(([title, text]) =>
    [make("dt", {}, title), make("dd", { class: text.startsWith("NO") || text.startsWith("yes, ") ? "alarm" : "" }, text)]));
}

/** Colors by weight: from pale, the smallest of its graph, to the color of the graph. */
function weightTools(edges, rms) {
  const note = make("span", { class: "note" });
  const limits = (kind) => {
    const found = Object.entries(rms).filter(([key]) => key.startsWith(kind)).map(([, value]) => value);
    return [Math.min(...found), Math.max(...found)];
  };
  const paint = (on) => {
    for (const edge of edges) {
      const [low, high] = limits(edge.dataset.edge.split(":")[0]), value = rms[edge.dataset.edge];
      const share = high > low ? 35 + 65 * (value - low) / (high - low) : 100;
      const base = edge.classList.contains("channel") ? "var(--channel)" : "var(--forward)";
      edge.style.setProperty("--own", on && value !== undefined ? `color-mix(in oklab, ${base} ${share}%, var(--line))` : base);
      edge.querySelector(".line").style.strokeWidth = on && value !== undefined ? `${0.8 + share / 60}px` : "";
    }
    const said = ["forward", "channel"].map((kind) => [kind, ...limits(kind)]).filter(([, low]) => Number.isFinite(low));
    note.textContent = on ? said.map(([kind, low, high]) => `${kind} ${words(low)} to ${words(high)}`).join(", ") : "";
  };
  paint(true);
  return [toggle("rms weight", true, paint), note];
}
