/** The drawing as a place to work: drag from one population to another, choose, delete, by keys as well. */

import { draw, make } from "./dom.js";
import { drawing } from "./drawing.js";

const FAR = 5;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Canvas {
  /** hooks: edge(kind, source, target), choose(selection), remove(selection), say(text). */
  constructor(figure, starts, hooks) {
    this.figure = figure;
    this.starts = starts;
    this.hooks = hooks;
    this.selection = null;
    this.from = null;
    this.kind = "channel";
    this.names = [];
    this.data = { facts: {}, rms: null };
    document.addEventListener("pointermove", (event) => this.moved(event));
    document.addEventListener("pointerup", (event) => this.dropped(event));
    document.addEventListener("pointercancel", () => this.endDrag());
    document.addEventListener("keydown", (event) => { if (event.key === "Escape") this.connect(null); });
  }

  /** Show the drawing of an answer; the focus stays where it was. */
  show(answer, names) {
    const focused = nodeKey(document.activeElement), graph = GRAPH_CLASSES.find((one) => this.figure.classList.contains(one));
    this.endDrag();
    this.figure.classList.toggle("sketch", answer.sketch);
    // A text that cannot be read at all leaves what was drawn before.
    if (!answer.still && !answer.apart.length && !answer.sentence && this.starts.childNodes.length) return;
    this.names = names;
    this.listStarts(answer);
    if (answer.still || answer.sentence) {
      const parsed = new DOMParser().parseFromString(answer.still, "text/html");
      this.figure.replaceChildren(...parsed.body.childNodes, make("p", { class: "note" }, answer.sentence ?? ""));
      drawing(this.figure, this.data);
      if (graph) this.figure.querySelectorAll(".tools button")[GRAPH_CLASSES.indexOf(graph)].click();
      this.figure.querySelectorAll("[data-block]").forEach((node) => this.block(node));
      this.figure.querySelectorAll("[data-edge]").forEach((node) => this.edge(node));
    }
    this.mark();
    this.find(focused)?.focus({ preventScroll: true });
  }

  tell(facts) {
    this.data.facts = facts;
  }

  /** Chips for what is not in the drawing: starts, and populations without an edge. */
  listStarts(answer) {
    const kinds = ["channel", "forward"].map((kind) => make("button", { type: "button", "data-new": kind,
      "aria-pressed": String(kind === this.kind), click: () => this.setKind(kind) }, kind));
    const chip = (name, kind) => {
      const node = make("button", { type: "button", class: `chip ${kind}`, "data-block": name }, name);
      this.block(node);
      return node;
    };
    this.starts.replaceChildren(
      make("span", { class: "note" }, "New edges:"), ...kinds, make("span", { class: "note" }, "from"),
      ...this.hooks.starts().map((name) => chip(name, "start")), ...answer.apart.map((name) => chip(name, "alone")),
      make("button", { type: "button", id: "more", click: () => this.hooks.more() }, "+ population"));
  }

  setKind(kind) {
    this.kind = kind;
    for (const node of this.starts.querySelectorAll("[data-new]"))
      node.setAttribute("aria-pressed", String(node.dataset.new === kind));
  }

  block(node) {
    const name = node.dataset.block, own = this.names.includes(name);
    node.setAttribute("tabindex", 0);
    node.setAttribute("role", "button");
    node.setAttribute("aria-label", `${own ? "population" : "start"} ${name}`);
    node.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      this.drag = { name, x: event.clientX, y: event.clientY, line: null };
      if (event.pointerType === "mouse") event.preventDefault();
      node.focus({ preventScroll: true });
    });
    node.addEventListener("keydown", (event) => this.pressed(event, node, { kind: "population", name }));
  }

  edge(node) {
    const [kind, name] = node.dataset.edge.split(": "), [source, target] = name.split(" -> ");
    const selection = { kind, source, target };
    node.addEventListener("click", () => this.hooks.choose(selection));
    node.addEventListener("keydown", (event) => this.pressed(event, node, selection));
  }

  pressed(event, node, selection) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter" || event.key === " ") this.entered(selection);
    else if (event.key === "Delete" || event.key === "Backspace") this.hooks.remove(selection);
    else if (event.key === "e" && selection.kind === "population") this.connect(selection.name);
    else if (event.key in ARROWS) this.step(node, ARROWS[event.key]);
    else return;
    event.preventDefault();
  }

  entered(selection) {
    const isBlock = selection.kind === "population";
    if (this.from !== null && isBlock) this.join(this.from, selection.name);
    else if (!isBlock || this.names.includes(selection.name)) this.hooks.choose(selection);
    else this.connect(selection.name);
  }

  /** Wait for the population that an edge leads to, or stop waiting. */
  connect(name) {
    if (name === null && this.from === null) return;
    this.from = name;
    this.mark();
    this.hooks.say(name === null ? "No edge was made."
      : `New ${this.kindFrom(name)} edge from ${name}: go to a population and press Enter; Escape ends this.`);
  }

  kindFrom(name) {
    return this.names.includes(name) ? this.kind : "channel";
  }

  join(source, target) {
    this.from = null;
    this.mark();
    this.hooks.edge(this.kindFrom(source), source, target);
  }

  /** Move the focus to the nearest block or edge in a direction. */
  step(node, [dx, dy]) {
    const middle = (one) => { const box = one.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; };
    const [x, y] = middle(node);
    const others = [...this.figure.querySelectorAll("[data-block]"), ...this.starts.querySelectorAll("[data-block]")];
    const ranked = others.filter((one) => one !== node && one.getBoundingClientRect().width > 0).map((one) => {
      const [ox, oy] = middle(one), along = (ox - x) * dx + (oy - y) * dy, aside = Math.abs((ox - x) * dy) + Math.abs((oy - y) * dx);
      return [along > 1 ? along + 2 * aside : Infinity, one];
    }).sort((a, b) => a[0] - b[0]);
    if (ranked.length && Number.isFinite(ranked[0][0])) ranked[0][1].focus();
  }

  moved(event) {
    const drag = this.drag;
    if (!drag) return;
    if (!drag.line && Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < FAR) return;
    if (!drag.line) {
      drag.line = draw("svg", { class: `rubber ${this.kindFrom(drag.name)}` }, draw("line", { x1: drag.x, y1: drag.y }));
      document.body.append(drag.line);
      this.hooks.say(`New ${this.kindFrom(drag.name)} edge from ${drag.name}: drop it on a population.`);
    }
    const line = drag.line.firstChild;
    line.setAttribute("x2", event.clientX);
    line.setAttribute("y2", event.clientY);
    const over = blockAt(event);
    for (const node of this.blocks()) node.classList.toggle("now", node === over || node.dataset.block === drag.name);
    event.preventDefault();
  }

  dropped(event) {
    const drag = this.drag;
    if (!drag) return;
    const target = blockAt(event)?.dataset.block;
    this.endDrag();
    this.mark();
    if (!drag.line) this.entered({ kind: "population", name: drag.name });
    else if (target && target !== drag.name) this.join(drag.name, target);
    else this.hooks.say("No edge was made: drop it on a population.");
  }

  endDrag() {
    this.drag?.line?.remove();
    this.drag = null;
  }

  choose(selection) {
    this.selection = selection;
    this.mark();
  }

  mark() {
    const key = this.selection && selectionKey(this.selection);
    for (const node of this.blocks())
      node.classList.toggle("now", `block ${node.dataset.block}` === key || node.dataset.block === this.from);
    for (const node of this.figure.querySelectorAll("[data-edge]"))
      node.classList.toggle("chosen", `edge ${node.dataset.edge}` === key);
  }

  blocks() {
    return [...this.figure.querySelectorAll("[data-block]"), ...this.starts.querySelectorAll("[data-block]")];
  }

  find(key) {
    const nodes = [...this.blocks(), ...this.figure.querySelectorAll("[data-edge]")];
    return key && nodes.find((node) => nodeKey(node) === key && node.getBoundingClientRect().width > 0);
  }
}

const GRAPH_CLASSES = ["show-both", "show-forward", "show-channel"];

export function selectionKey(selection) {
  if (selection.kind === "population") return `block ${selection.name}`;
  return `edge ${selection.kind}: ${selection.source} -> ${selection.target}`;
}

function nodeKey(node) {
  if (node?.dataset?.block) return `block ${node.dataset.block}`;
  return node?.dataset?.edge ? `edge ${node.dataset.edge}` : null;
}

function blockAt(event) {
  return document.elementFromPoint(event.clientX, event.clientY)?.closest("[data-block]") ?? null;
}
