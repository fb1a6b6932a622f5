/** Training: what is to be trained, how far it is, and its curves. */

import { make } from "./dom.js";
import { lines } from "./lines.js";

const NUMBERS = [["epochs", 100], ["rate", 0.1], ["batch_size", 10], ["seed", 0]];

export class Training {
  /** hooks: train(body), say(sentence). */
  constructor(node, choices, hooks) {
    this.hooks = hooks;
    this.changes = "";
    this.charts = new Map();
    this.data = make("select", { id: "data", change: () => hooks.data() },
      ...[...new Set([choices.chosen, ...choices.data])].map((name) => make("option", { value: name }, name)));
    this.numbers = NUMBERS.map(([name, value]) => make("input", { id: name, size: 6, value, inputmode: "decimal" }));
    this.compare = make("input", { id: "compare", size: 16, list: "recipes", placeholder: "nothing", spellcheck: "false" });
    const list = make("datalist", { id: "recipes" }, ...choices.recipes.map((name) => make("option", { value: name })));
    const button = (what, text) => make("button", { type: "button", id: `train-${what}`, click: () => this.tell(what) }, text);
    this.buttons = { start: button("start", "Train"), pause: button("pause", "Pause"), resume: button("resume", "Resume"),
      stop: button("stop", "Stop") };
    const labels = NUMBERS.map(([name], i) => make("label", {}, name.replace("_", " "), this.numbers[i]));
    this.states = make("ul", { class: "learners", "aria-live": "polite" });
    this.holder = make("div", { class: "charts" });
    node.append(make("h2", {}, "Training"),
      make("p", { class: "note" }, "A change of the network while it trains, or while it is paused, branches the run: it "
        + "continues with what was learned."),
      make("div", { class: "tools" }, make("label", {}, "data", this.data), ...labels,
        make("label", {}, "compare with", this.compare, list), ...Object.values(this.buttons)), this.states, this.holder);
    this.show({ changes: "", learners: [], charts: [] });
  }

  tell(what) {
    // A word is sent as it is, for the sentence that refuses it.
    const values = this.numbers.map(({ value }, i) => [NUMBERS[i][0], Number.isNaN(Number(value)) ? value : Number(value)]);
    return this.hooks.train({ do: what, data: this.data.value, compare: this.compare.value.trim(), ...Object.fromEntries(values) });
  }

  get isUnderWay() {
    return this.states.dataset.running === "true";
  }

  show(answer) {
    this.changes = answer.changes;
    if (!answer.learners) return;
    const states = answer.learners.map((one) => one.state), any = (...some) => states.some((state) => some.includes(state));
    this.states.dataset.running = String(any("starting", "running"));
    this.buttons.pause.disabled = !any("starting", "running");
    this.buttons.resume.disabled = !any("paused");
    this.buttons.stop.disabled = !any("starting", "running", "paused");
    this.states.replaceChildren(...answer.learners.map((one) => {
      const branches = one.branches ? `, branched ${one.branches === 1 ? "once" : `${one.branches} times`}` : "";
      return make("li", { "data-state": one.state }, make("b", {}, one.label), ` ${one.state}, epoch ${one.epoch} of ${one.epochs}${branches}`,
        one.sentence ? make("span", { class: "wrong" }, ` ${one.sentence}`) : "");
    }));
    this.draw(answer.charts);
  }

  draw(charts) {
    const names = charts.map((chart) => chart.name);
    for (const [name, { figure }] of this.charts)
      if (!names.includes(name)) { figure.remove(); this.charts.delete(name); }
    for (const { name, data } of charts) {
      if (this.charts.has(name)) { this.charts.get(name).renew(data); continue; }
      const figure = make("figure", { class: "widget lines", id: name, role: "group", "aria-label": data.title });
      this.holder.append(figure);
      this.charts.set(name, { figure, renew: lines(figure, data, name) });
    }
  }
}
