/** Text, drawing, checks and training of one network; all that is known of it is what the server answers. */

import { Canvas, selectionKey } from "./canvas.js";
import { make } from "./dom.js";
import { Editor } from "./editor.js";
import { Form } from "./form.js";
import { Panels } from "./panels.js";
import { Server } from "./server.js";
import { Training } from "./training.js";

const OFTEN = 250, SELDOM = 1000;
const NARROW = matchMedia("(max-width: 700px)");
const by = (id) => document.getElementById(id);

class Lab {
  constructor(server, choices) {
    this.server = server;
    this.state = null;
    this.selection = null;
    this.work = Promise.resolve();
    this.lost = false;
    const edit = (body) => this.edit(body);
    this.editor = new Editor(by("written"), { changed: (text) => this.change("text", { text }),
      complete: (text, at) => server.post("complete", { text, at }) });
    this.canvas = new Canvas(by("canvas"), by("starts"), { edge: (kind, source, target) => this.join(kind, source, target),
      choose: (selection) => this.choose(selection), remove: (selection) => this.remove(selection), say,
      starts: () => this.state.starts, more: () => this.more() });
    this.form = new Form(by("form"), choices.schema, { set: (at, field, value) => edit({ do: "set", at, field, value }),
      rename: (name, to) => this.rename(name, to), part: (edge) => edit({ do: "part_edge", ...edge }),
      remove: (selection) => this.remove(selection), edge: (kind, source, target) => this.join(kind, source, target) });
    this.panels = new Panels(by("checked"));
    this.training = new Training(by("trained"), choices, { train: (body) => this.train(body), data: () => this.check() });
    this.listen(choices);
  }

  listen(choices) {
    const group = (label, items) => make("optgroup", { label }, ...items);
    by("open").append(
      group("this folder", choices.files.map((name) => make("option", { value: `name ${name}` }, name))),
      group("topologies", choices.topologies.map((one) => make("option", { value: `topology ${one.name}`, title: one.about }, one.name))));
    by("open").addEventListener("change", (event) => {
      const [kind, name] = event.target.value.split(/ (.*)/);
      event.target.value = "";
      this.selection = null;
      this.change("open", { [kind]: name });
    });
    by("undo").addEventListener("click", () => this.change("undo", {}));
    by("redo").addEventListener("click", () => this.change("redo", {}));
    by("save").addEventListener("click", () => this.save());
    by("python").addEventListener("click", () => this.copy());
    by("report").addEventListener("click", () => open(this.server.address("report", { data: this.training.data.value }), "_blank"));
    document.addEventListener("keydown", (event) => this.pressed(event));
    NARROW.addEventListener("change", () => this.look());
  }

  pressed(event) {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    const key = event.key.toLowerCase(), field = event.target.closest?.("input, select");
    if (key === "s") this.save();
    else if (key === "z" && !field) this.change(event.shiftKey ? "redo" : "undo", {});
    else if (key === "y" && !field) this.change("redo", {});
    else return;
    event.preventDefault();
  }

  /** Make one change after the other, each of the text that the one before has left. */
  change(name, body) {
    const typed = name === "text" ? null : this.editor.flush();
    const step = async () => {
      if (await typed === false) throw new Error("what was typed is not taken");
      try {
        const revision = this.state.revision;
        this.adopt(await this.server.post(name, { revision, ...body }), body.text);
        this.lost = false;
        if (name !== "text") say("");
      } catch (error) {
        if (error.status === 409) await this.renew();
        else if (name === "text") {
          this.editor.unsent = true;
          this.lost = error.status === 0;
        }
        say(error.message, true);
        throw error;
      }
    };
    const done = this.work.then(step);
    this.work = done.catch(() => {});
    return done.then(() => true, () => false);
  }

  edit(edit) {
    return this.change("edit", { edit });
  }

  async join(kind, source, target) {
    const before = this.state.marks.length;
    if (!await this.edit({ do: "add_edge", kind, source, target })) return;
    const edge = { kind, source, target };
    this.choose(edge);
    const broken = this.state.marks.length > before ? ` ${this.state.marks.at(-1).sentence}; Undo takes it away.` : "";
    say(`Made a ${kind} edge from ${source} to ${target}.${broken}`, broken !== "");
  }

  async remove(selection) {
    const names = this.state.tree.populations ?? {};
    if (selection.kind === "population" && !(selection.name in names)) return;
    const what = selection.kind === "population" ? { do: "remove_population", name: selection.name } : { do: "remove_edge", ...selection };
    if (!await this.edit(what)) return;
    this.choose(null);
    say(`Deleted ${selectionKey(selection).replace(/^(block|edge) /, "")}.`);
  }

  async rename(name, to) {
    if (await this.edit({ do: "rename_population", name, to })) this.choose({ kind: "population", name: to });
  }

  async more() {
    let n = 1;
    while (`new${n}` in (this.state.tree.populations ?? {})) n += 1;
    if (await this.edit({ do: "add_population", name: `new${n}` })) this.choose({ kind: "population", name: `new${n}` });
  }

  choose(selection) {
    this.selection = selection;
    this.canvas.choose(selection);
    this.form.show(selection, this.state);
  }

  async renew() {
    this.adopt(await this.server.get("state"));
  }

  /** Show an answer; the text stays if somebody has typed on since it was sent. */
  adopt(state, sent) {
    this.state = state;
    if (sent === undefined || this.editor.text === sent) this.editor.show(state.text, state.marks);
    if (document.activeElement !== by("name")) by("name").value = state.name;
    by("saved").textContent = state.saved ? "saved" : "not saved";
    by("undo").disabled = !state.undo;
    by("redo").disabled = !state.redo;
    document.title = `${state.saved ? "" : "* "}${state.title}`;
    const { kind, name } = this.selection ?? {};
    if (kind === "population" && !(name in (state.tree.populations ?? {}))) this.selection = null;
    this.form.show(this.selection, state);
    this.look();
  }

  /** Ask for checks, then for the drawing, of the newest text only. */
  async look() {
    if (this.looking) { this.again = true; return; }
    this.looking = true;
    do {
      this.again = false;
      try {
        await this.check();
        const answer = await this.server.get("drawing", { window: NARROW.matches ? "narrow" : "wide" });
        if (answer.revision === this.state.revision) this.canvas.show(answer, Object.keys(this.state.tree.populations ?? {}));
        this.canvas.choose(this.selection);
      } catch (error) {
        if (error.status !== 0) say(error.message, true);
      }
    } while (this.again);
    this.looking = false;
  }

  async check() {
    const answer = await this.server.get("inspection", { data: this.training.data.value });
    if (answer.revision !== this.state.revision) return;
    this.panels.show(answer);
    this.canvas.tell(answer.facts);
    document.body.dataset.checked = answer.revision;
  }

  async save() {
    const name = by("name").value.trim();
    const send = (overwrite) => this.change("save", { name, overwrite });
    if (await send(false)) say(`Saved ${name}.`);
    else if (by("said").textContent.endsWith("or replace it") && confirm(`${by("said").textContent}?`))
      if (await send(true)) say(`Replaced ${name}.`);
  }

  async copy() {
    let text;
    try {
      if (await this.editor.flush() === false) return;
      await this.work;
      ({ text } = await this.server.get("python"));
    } catch (error) {
      say(error.message, true);
      return;
    }
    try {
      await navigator.clipboard.writeText(text);
      say("Copied as Python.");
    } catch {
      hand(text);
    }
  }

  async train(body) {
    try {
      if (await this.editor.flush() === false) return;
      await this.work;
      this.training.show(await this.server.post("train", body));
      say("");
    } catch (error) {
      say(error.message, true);
    }
  }

  /** Hear of other pages, of training, and whether the server is there. */
  async watch() {
    for (;;) {
      try {
        if (!this.editor.waits) {
          await this.work;
          const state = await this.server.get("state", { seen: this.state.revision });
          if (state.text !== undefined && state.revision > this.state.revision && !this.editor.waits) this.adopt(state);
        }
        this.training.show(await this.server.get("training", { seen: this.training.changes }));
        if (this.lost) await this.editor.flush();
      } catch (error) {
        if (!("status" in error)) throw error;
      }
      await new Promise((go) => setTimeout(go, this.training.isUnderWay ? OFTEN : SELDOM));
    }
  }
}

function say(text, wrong = false) {
  by("said").textContent = text;
  by("said").classList.toggle("wrong", wrong);
}

/** Show a text to be copied where the browser does not let a page do that. */
function hand(text) {
  const area = make("textarea", { readonly: true, "aria-label": "The network as Python", rows: 20, cols: 80 }, text);
  const box = make("dialog", { close: () => box.remove() }, area,
    make("div", { class: "tools" }, make("button", { type: "button", click: () => box.close() }, "Close")));
  document.body.append(box);
  box.showModal();
  area.select();
}

function gone(sentence) {
  by("gone").textContent = sentence;
  by("gone").hidden = sentence === "";
}

const served = new Server(gone);
const lab = new Lab(served, await served.get("choices"));
await lab.renew();
lab.watch();
