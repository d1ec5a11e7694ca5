// The line above the editor that says whether everything is saved; what is news is also read aloud.
import { say } from "./words.js";

const line = () => document.getElementById("save-state");

let shown = "";

/** Says something to people who do not see the line. Not each saving: only what is new to them. */
function tell(state, text) {
  const news = document.getElementById("save-news");
  if (state === "saving" || !news) return;
  const kind = state === "saved" ? "saved" : text;
  if (kind === shown) return;
  shown = kind;
  news.textContent = text;
}

/** Shows a state (`saved`, `saving`, `waiting` or `problem`) in words, with elements behind them. */
export function showStatus(state, text, ...behind) {
  const at = line();
  if (!at) return;
  at.dataset.state = state;
  const words = document.createElement("span");
  words.textContent = text;
  at.replaceChildren(words, ...behind.flatMap((each) => [" ", each]));
  tell(state, at.textContent);
}

/** A link to a field, with what it is called. */
export function linkTo(name, label) {
  const link = document.createElement("a");
  link.href = `#${name}`;
  link.textContent = label;
  link.addEventListener("click", (event) => {
    const field = document.getElementById(name);
    if (!field) return;
    event.preventDefault();
    for (let fold = field.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    field.scrollIntoView({ block: "center" });
    (field.matches("legend") ? field.parentElement.querySelector("input") : field).focus();
  });
  return link;
}

/** A button in the line. */
export function buttonFor(label, press) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-sm";
  button.textContent = label;
  button.addEventListener("click", press);
  return button;
}

/** What the line says after an answer of the server. */
export function showAnswer(answer, { rest, nameless, choose }) {
  const problems = Object.entries(answer.errors);
  const colliding = Object.entries(answer.conflicts);
  if (colliding.length) {
    const [[name, label]] = colliding;
    const text = say("%(name)s changed this too:", { name: answer.by });
    return showStatus("problem", text, linkTo(name, label), buttonFor(say("Choose which to keep"), choose));
  }
  if (problems.length) {
    const [[name, { label }]] = problems;
    const number = problems.length;
    const text = number === 1 ? say("Not saved: one field has to be put right.") : say("Not saved: %(number)s fields have to be put right.", { number });
    return showStatus("problem", text, linkTo(name, label));
  }
  if (answer.general.length) return showStatus("problem", answer.general.join(" "));
  if (answer.others) return showStatus("saved", say("Saved %(time)s, together with what %(name)s changed.", { time: answer.at, name: answer.others }));
  if (nameless) return showStatus("waiting", say("Saved %(time)s. A row needs a name to be saved.", { time: answer.at }));
  if (rest) return showStatus("waiting", say("Saved %(time)s. Press Save draft for the rest.", { time: answer.at }));
  showStatus("saved", say("Saved %(time)s", { time: answer.at }));
}
