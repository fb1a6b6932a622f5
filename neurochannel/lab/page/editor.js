/** The text: marks where it is wrong, and what could follow at the caret. */

import { make } from "./dom.js";

const QUIET = 90;
const WORD = /[\w"'[]/;

export class Editor {
  /** hooks: changed(text) after a pause in typing; complete(text, at) gives options. */
  constructor(node, hooks) {
    this.hooks = hooks;
    this.marks = [];
    this.timer = 0;
    this.unsent = false;
    this.lines = make("pre", { class: "numbers", "aria-hidden": "true" });
    this.back = make("pre", { class: "backdrop", "aria-hidden": "true" });
    this.area = make("textarea", { id: "text", spellcheck: "false", autocapitalize: "off", autocomplete: "off",
      wrap: "off", "aria-label": "TOML", "aria-autocomplete": "list", "aria-controls": "options",
      "aria-describedby": "mistakes" });
    this.list = make("ul", { id: "options", class: "options", role: "listbox", hidden: true });
    this.told = make("ul", { id: "mistakes", class: "mistakes", "aria-live": "polite" });
    this.paper = make("div", { class: "paper-stack" }, this.back, this.area, this.list);
    node.append(make("div", { class: "editor" }, this.lines, this.paper), this.told,
      make("p", { class: "note" }, "Ctrl+Space completes."));
    this.area.addEventListener("input", (event) => this.typed(event));
    this.area.addEventListener("scroll", () => this.scrolled());
    this.area.addEventListener("keydown", (event) => this.pressed(event));
    this.area.addEventListener("blur", () => { this.list.hidden = true; });
    for (const event of ["keyup", "click"]) this.area.addEventListener(event, () => this.tell());
  }

  get text() {
    return this.area.value;
  }

  get waits() {
    return this.timer !== 0 || this.unsent;
  }

  show(text, marks) {
    if (this.area.value !== text) {
      const at = this.area.selectionStart, focused = document.activeElement === this.area;
      this.area.value = text;
      if (focused) this.area.setSelectionRange(at, at);
    }
    this.mark(marks);
  }

  mark(marks) {
    this.marks = marks;
    const text = this.text, parts = [];
    let at = 0;
    for (const { start, end } of marks) {
      if (start < at) continue;
      parts.push(text.slice(at, start), make("mark", {}, text.slice(start, Math.max(end, start + 1)) || " "));
      at = Math.max(end, start + 1);
    }
    this.back.replaceChildren(...parts, `${text.slice(at)}\n`);
    const wrong = new Set(marks.map((one) => one.line)), n = text.split("\n").length;
    const numbers = Array.from({ length: n }, (_, i) => wrong.has(i + 1)
      ? make("b", {}, `● ${i + 1}\n`) : `${i + 1}\n`);
    this.lines.replaceChildren(...numbers);
    this.area.setAttribute("aria-invalid", String(marks.length > 0));
    this.tell();
    this.scrolled();
  }

  /** List all sentences; those at the caret first and strong. */
  tell() {
    const at = this.area.selectionStart;
    const here = (one) => document.activeElement === this.area && at >= one.start && at <= one.end;
    const go = (one) => () => { this.area.focus(); this.area.setSelectionRange(one.start, one.end); this.reveal(one); };
    const items = [...this.marks].sort((a, b) => here(b) - here(a)).map((one) => make("li", { class: here(one) ? "here" : "" },
      make("button", { type: "button", click: go(one) }, `line ${one.line}`), ` ${one.sentence}`));
    const same = this.told.textContent === items.map((item) => item.textContent).join("");
    if (same && !this.marks.some(here)) return;
    this.told.replaceChildren(...items);
  }

  reveal(one) {
    this.area.scrollTop = Math.max(0, (one.line - 4) * this.lineHeight());
  }

  scrolled() {
    this.back.style.transform = `translate(${-this.area.scrollLeft}px, ${-this.area.scrollTop}px)`;
    this.lines.style.transform = `translateY(${-this.area.scrollTop}px)`;
  }

  typed(event) {
    this.mark(moved(this.marks, this.area));
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), QUIET);
    const letter = event.data ?? "";
    if (letter.length === 1 && WORD.test(letter)) this.offer(false); else this.list.hidden = true;
  }

  /** Hand over now what was typed, and was not taken yet; false if it is not taken. */
  flush() {
    if (!this.waits) return null;
    clearTimeout(this.timer);
    this.timer = 0;
    this.unsent = false;
    return this.hooks.changed(this.text);
  }

  pressed(event) {
    if (event.key === " " && event.ctrlKey) {
      event.preventDefault();
      this.offer(true);
    } else if (!this.list.hidden) this.chosen(event);
  }

  chosen(event) {
    const items = [...this.list.children], at = items.findIndex((item) => item.getAttribute("aria-selected") === "true");
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) this.select(items, (at + step + items.length) % items.length);
    else if (event.key === "Escape") this.list.hidden = true;
    else if (event.key === "Tab" || (event.key === "Enter" && at >= 0)) this.take(Math.max(at, 0));
    else return;
    event.preventDefault();
  }

  select(items, number) {
    items.forEach((item, i) => item.setAttribute("aria-selected", String(i === number)));
    items[number].scrollIntoView({ block: "nearest" });
    this.area.setAttribute("aria-activedescendant", items[number].id);
  }

  async offer(asked) {
    const text = this.text, at = this.area.selectionStart;
    const found = await this.hooks.complete(text, at);
    const typed = text.slice(found.start, at), same = found.options.length === 1 && found.options[0].text === typed;
    if (this.text !== text || this.area.selectionStart !== at) return;
    this.list.hidden = !found.options.length || same || (!asked && typed === "");
    if (this.list.hidden) return;
    this.found = found;
    this.list.replaceChildren(...found.options.map((option, i) => make("li", { id: `option${i}`, role: "option",
      "aria-selected": String(asked && i === 0), mousedown: (event) => { event.preventDefault(); this.take(i); } },
      make("b", {}, option.text), make("span", { class: "note" }, ` ${option.about}`))));
    const before = text.slice(0, found.start).split("\n"), wide = this.letterWidth();
    this.list.style.top = `${before.length * this.lineHeight() - this.area.scrollTop + 8}px`;
    this.list.style.left = `${Math.max(0, Math.min(before.at(-1).length * wide - this.area.scrollLeft,
      this.paper.clientWidth - 220))}px`;
  }

  /** Write an option; what was typed since it was offered must still be how it begins. */
  take(number) {
    const { start, options } = this.found, at = this.area.selectionStart, { text } = options[number];
    this.list.hidden = true;
    this.area.focus();
    if (at < start || !text.toLowerCase().startsWith(this.text.slice(start, at).toLowerCase())) return;
    this.area.setRangeText(text, start, at, "end");
    this.typed({});
  }

  lineHeight() {
    return parseFloat(getComputedStyle(this.area).lineHeight);
  }

  letterWidth() {
    const pen = document.createElement("canvas").getContext("2d");
    pen.font = getComputedStyle(this.area).font;
    return pen.measureText("m").width;
  }
}

/** Keep marks that lie before what was typed, until the model has read the new text. */
function moved(marks, area) {
  const line = area.value.slice(0, area.selectionStart).split("\n").length;
  return marks.filter((one) => one.line < line);
}
