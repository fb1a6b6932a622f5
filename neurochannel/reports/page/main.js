/** Bring all widgets of the page to life, each by the data of its name. */

import { bars, histogram } from "./bars.js";
import { make } from "./dom.js";
import { drawing } from "./drawing.js";
import { lines } from "./lines.js";
import { passage } from "./passage.js";
import { study } from "./study.js";

const KINDS = { bars, drawing, histogram, lines, passage, study };
const DATA = JSON.parse(document.getElementById("data").textContent);

for (const figure of document.querySelectorAll("figure.widget"))
  KINDS[figure.dataset.kind](figure, DATA[figure.id], figure.id);

for (const code of document.querySelectorAll(".code")) {
  const text = code.textContent;
  const button = make("button", { type: "button", class: "copy" }, "Copy");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(code.querySelector("code"));
      button.textContent = "Selected";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });
  code.append(button);
}
