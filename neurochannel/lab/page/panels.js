/** Lint, costs and locality, as the server writes them for reports. */

import { make } from "./dom.js";

export class Panels {
  constructor(node) {
    this.node = node;
    this.told = make("p", { class: "note", role: "status" });
    node.append(this.told);
    this.parts = new Map();
  }

  /** The texts in these parts are escaped by the server, and the policy of the page lets no script in them run. */
  show(answer) {
    this.told.textContent = answer.sentence ?? "";
    this.node.classList.toggle("old", answer.parts.length === 0);
    for (const { name, html } of answer.parts) {
      if (!this.parts.has(name)) {
        this.parts.set(name, make("section", { id: `part-${name}` }));
        this.node.append(this.parts.get(name));
      }
      const parsed = new DOMParser().parseFromString(html, "text/html");
      this.parts.get(name).replaceChildren(...parsed.body.childNodes);
    }
  }
}
