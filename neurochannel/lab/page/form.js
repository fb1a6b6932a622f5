/** The fields of what is chosen, in a form made from the JSON Schema of network files. */

import { make } from "./dom.js";

export class Form {
  /** hooks: set(at, field, value), rename(name, to), part(edge), remove(selection), edge(kind, source, target). */
  constructor(form, schema, hooks) {
    this.form = form;
    this.schema = schema;
    this.hooks = hooks;
    this.open = new Set();
    form.addEventListener("submit", (event) => event.preventDefault());
  }

  /** selection: null for the network itself; state: the newest answer. */
  show(selection, state) {
    if (!state.tree.populations && this.state) return;
    this.state = state;
    const focused = document.activeElement?.dataset?.field, inside = this.form.contains(document.activeElement);
    const parts = !selection ? this.ofNetwork() : selection.kind === "population" ? this.ofPopulation(selection)
      : this.ofEdge(selection);
    this.form.replaceChildren(...parts);
    if (inside && focused) this.form.querySelector(`[data-field="${CSS.escape(focused)}"]`)?.focus();
  }

  ofNetwork() {
    const { name, loss, chip_seed } = this.schema.properties;
    return [make("h2", {}, "The network"),
      make("p", { class: "note" }, "Choose a population or an edge to set its fields. Drag from a population, or from "
        + "error, target or prediction, to another population to make an edge; by keys: e there, then Enter on the other."),
      this.rows({ properties: { name, loss, chip_seed } }, this.state.tree, [], [])];
  }

  ofPopulation(selection) {
    const value = this.state.tree.populations?.[selection.name] ?? {}, at = ["populations", selection.name];
    const rename = make("input", { value: selection.name, "data-field": "rename", spellcheck: "false" });
    rename.addEventListener("change", () => this.hooks.rename(selection.name, rename.value));
    const targets = Object.keys(this.state.tree.populations ?? {}).filter((name) => name !== selection.name);
    const to = make("select", { "data-field": "edge-to" }, ...targets.map((name) => make("option", { value: name }, name)));
    const kind = make("select", { "data-field": "edge-kind" }, ...["channel", "forward"].map((one) => make("option", { value: one }, one)));
    const add = make("button", { type: "button", click: () => this.hooks.edge(kind.value, selection.name, to.value) }, "Add edge");
    return [this.head(`Population ${selection.name}`, selection),
      row("name", rename, "Also changes its name on all paths."),
      this.rows(this.definition("Population"), value, at, []),
      make("div", { class: "tools" }, make("label", {}, "new edge", kind), make("label", {}, "to", to), add)];
  }

  ofEdge(selection) {
    const { kind, source, target } = selection;
    const edge = this.state.edges.find((one) => one.kind === kind && one.source === source && one.target === target);
    if (!edge) return this.ofNetwork();
    const value = this.state.tree[kind][edge.entry], at = [kind, edge.entry];
    const part = make("button", { type: "button", click: () => this.hooks.part(selection) }, "Give this edge its own");
    const shared = edge.shared > 1 ? make("p", { class: "note" }, `These fields are those of the ${edge.shared} edges on `
      + `the path ${value.path}. `, part) : null;
    return [this.head(`${kind === "forward" ? "Forward" : "Channel"} edge ${source} -> ${target}`, selection),
      shared, this.rows(this.definition(kind === "forward" ? "ForwardEdges" : "ChannelEdges"), value, at, [], ["path"])]
      .filter(Boolean);
  }

  head(text, selection) {
    const remove = make("button", { type: "button", "aria-keyshortcuts": "Delete", click: () => this.hooks.remove(selection) }, "Delete");
    return make("div", { class: "tools" }, make("h2", { class: "title" }, text), remove);
  }

  definition(name) {
    return this.schema.definitions[name];
  }

  rows(table, value, at, field, left = []) {
    const names = Object.keys(table.properties).filter((name) => !left.includes(name));
    const set = names.filter((name) => value?.[name] !== undefined), unset = names.filter((name) => value?.[name] === undefined);
    const made = (name) => this.field(name, table.properties[name], value?.[name], at, [...field, name]);
    const simple = unset.filter((name) => !this.tableIn(table.properties[name]));
    const tables = unset.filter((name) => this.tableIn(table.properties[name]));
    return make("div", { class: "rows" }, ...[...set, ...simple, ...tables].map(made));
  }

  field(name, part, value, at, field) {
    const table = this.tableIn(part), control = this.control(part, value, at, field), about = part.description ?? "";
    const key = [...at, ...field].join("."), sentences = this.state.marks
      .filter((mark) => mark.path.join(".") === key).map((mark) => make("p", { class: "wrong" }, mark.sentence));
    if (sentences.length) control?.setAttribute("aria-invalid", "true");
    if (!table) return row(name, control, about, ...sentences);
    const inner = typeof value === "object" && !Array.isArray(value) ? value : {};
    const box = make("details", { open: this.open.has(key) || Object.keys(inner).length > 0 },
      make("summary", {}, name, make("span", { class: "note" }, ` ${about}`)), ...sentences,
      control ? row("short form", control, "") : "", this.rows(table, inner, at, field));
    box.addEventListener("toggle", () => { if (box.open) this.open.add(key); else this.open.delete(key); });
    return box;
  }

  /** All forms that a value can have: references and choices followed. */
  choices(part) {
    if (part.$ref) return this.choices(this.definition(part.$ref.split("/").pop()));
    const several = part.anyOf ?? part.oneOf;
    return several ? several.flatMap((one) => this.choices(one)) : [part];
  }

  tableIn(part) {
    return this.choices(part).find((one) => one.properties);
  }

  control(part, value, at, field) {
    const choices = this.choices(part), id = field.join("."), words = choices.flatMap(wordsOf);
    const flag = choices.some((one) => one.type === "boolean"), plain = value === undefined || typeof value !== "object";
    const free = choices.some((one) => !wordsOf(one).length && ["string", "integer", "number"].includes(one.type));
    const put = (text) => this.hooks.set(at, field, read(text, choices));
    if (!plain) return this.tableIn(part) ? null : make("span", { class: "note" }, "a list, in the text");
    if ((words.length || flag) && !free) {
      const known = flag ? ["true", "false", ...words] : words, now = value === undefined ? "" : String(value);
      const items = ["", ...known, ...(now && !known.includes(now) ? [now] : [])].map((word) =>
        make("option", { value: word, selected: word === now }, word || unset(part)));
      return make("select", { "data-field": id, change: (event) => put(event.target.value) }, ...items);
    }
    if (!free) return this.tableIn(part) ? null : make("span", { class: "note" }, "a list, in the text");
    const list = words.length ? make("datalist", { id: `words-${id}` }, ...words.map((word) => make("option", { value: word }))) : null;
    const input = make("input", { "data-field": id, value: value ?? "", placeholder: unset(part), spellcheck: "false",
      list: list ? `words-${id}` : null, change: (event) => put(event.target.value) });
    return list ? make("span", {}, input, list) : input;
  }
}

function wordsOf(choice) {
  return choice.const === undefined ? choice.enum ?? [] : [choice.const];
}

function unset(part) {
  return part.default === undefined || typeof part.default === "object" ? "not set" : `${part.default} (unless set)`;
}

/** Return what was typed as a value; what is no number stays text, which the model judges. */
function read(text, choices) {
  const trimmed = text.trim();
  if (trimmed === "") return null;
  if ((trimmed === "true" || trimmed === "false") && choices.some((one) => one.type === "boolean")) return trimmed === "true";
  const numeric = choices.some((one) => one.type === "integer" || one.type === "number");
  return numeric && Number.isFinite(Number(trimmed)) ? Number(trimmed) : trimmed;
}

function row(name, control, about, ...more) {
  return make("div", { class: "row" }, make("label", { title: about }, make("span", {}, name), control ?? ""),
    make("span", { class: "note about" }, about), ...more);
}
