// The table of what a service stores: a blank row is always at its end, Enter leads to the next row, and what is
// removed can be brought back. Rows are saved while somebody types (autosave.js): from then on, their fields have the
// names that the draft gives them. Without this, a button adds rows, and ticks remove them.
import { say } from "./words.js";

const table = () => document.querySelector("table[data-storage]");
const rows = () => [...(table()?.querySelectorAll(":scope > .storage-row") ?? [])];
const isNew = (row) => row.dataset.row.startsWith("new.");
const freeNumber = () => 1 + Math.max(0, ...rows().filter(isNew).map((row) => Number(row.dataset.row.split(".")[1])));
const inputs = (row) => [...row.querySelectorAll(".form-control")];
const isBlank = (row) => inputs(row).every((input) => !input.value.trim());
const isRemoved = (row) => row.classList.contains("is-removed");

/** The blank row at the end, made if there is none. */
function blankRow() {
  const last = rows().at(-1);
  if (isNew(last) && isBlank(last) && !isRemoved(last)) return last;
  const model = rows().findLast(isNew) ?? last;
  const made = model.cloneNode(true);
  renumber(made, model.dataset.row, `new.${freeNumber()}.`);
  setEntry(made, null);
  made.classList.remove("is-removed");
  made.querySelector(".storage-undo")?.remove();
  for (const input of made.querySelectorAll("input")) input.type === "checkbox" ? (input.checked = false) : (input.value = "");
  for (const select of made.querySelectorAll("select")) select.selectedIndex = 0;
  last.after(made);
  return made;
}

/** Gives a copied row, and everything in it, the names of another number. */
export function renumber(row, from, to) {
  for (const each of [row, ...row.querySelectorAll("*")]) {
    for (const { name, value } of [...each.attributes]) {
      if (value.startsWith(from)) each.setAttribute(name, to + value.slice(from.length));
      else if (`${value}.` === from) each.setAttribute(name, to.slice(0, -1));
    }
  }
}

/** What a row is in the draft, for the server to find it again; null: it is not there. */
function setEntry(row, entry) {
  let was = row.querySelector('input[name^="was."]');
  if (entry && !was) {
    was = Object.assign(document.createElement("input"), { type: "hidden" });
    row.querySelector("td").prepend(was);
  }
  if (entry) Object.assign(was, { name: `was.${entry.number}`, value: entry.was });
  else was?.remove();
  row.querySelector("input[name=remove]").value = entry ? entry.number : row.dataset.row.slice(0, -1);
  if (entry) for (const each of row.querySelectorAll("bdi")) each.textContent = inputs(row)[0].value;
}

/** Name → value of what is typed in new rows. */
export function newRowValues() {
  const written = rows().filter((row) => isNew(row) && !isRemoved(row) && !isBlank(row));
  return new Map(written.flatMap((row) => [...row.querySelectorAll(".form-control, .form-select")].map((each) => [each.name, each.value])));
}

/** The fields that say which rows these are, and which are removed. */
export const rowMarks = (form) => [...new FormData(form)].filter(([name]) => name === "remove" || name.startsWith("was."));

/** What of the rows the draft does not have yet, as text; empty if there is nothing. */
export function unsavedRows() {
  const gone = rows().filter((row) => isRemoved(row) && !isNew(row)).map((row) => row.dataset.row);
  const typed = [...newRowValues()];
  return gone.length || typed.length ? JSON.stringify([gone, typed]) : "";
}

/** Whether something is written in a row that has no name, without which it cannot be saved. */
export const hasNameless = () => rows().some((row) => isNew(row) && !isRemoved(row) && !isBlank(row) && !inputs(row)[0].value.trim());

/** Gives rows the names that the server says; returns old → new beginning of names. */
export function takeRows(entries) {
  const moved = rows().filter((row) => row.dataset.row in entries).map((row) => ({ row, from: row.dataset.row, entry: entries[row.dataset.row] }));
  // By names that no row has: one may get what another had.
  for (const [at, { row, from }] of moved.entries()) renumber(row, from, `moved.${at}.`);
  const renamed = new Map();
  for (const [at, { row, from, entry }] of moved.entries()) {
    const to = entry?.base ?? `new.${freeNumber()}.`;
    renumber(row, `moved.${at}.`, to);
    setEntry(row, entry);
    if (from !== to) renamed.set(from, to);
  }
  return renamed;
}

function remove(row) {
  const name = inputs(row)[0].value.trim() || say("The row");
  row.querySelector("input[name=remove]").checked = true;
  row.classList.add("is-removed");
  const line = document.createElement("tr");
  line.className = "storage-undo";
  const cell = line.insertCell();
  cell.colSpan = 5;
  const said = document.createElement("span");
  said.id = `${row.dataset.row}removed`;
  said.textContent = say("%(name)s is removed.", { name });
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "btn btn-sm", textContent: say("Undo") });
  button.setAttribute("aria-describedby", said.id);
  button.addEventListener("click", () => {
    row.querySelector("input[name=remove]").checked = false;
    row.classList.remove("is-removed");
    line.remove();
    tell(row);
    inputs(row)[0].focus();
  });
  cell.append(said, " ", button);
  row.append(line);
  tell(row);
  button.focus();
}

/** Code that follows what is typed gets the event. */
const tell = (row) => row.querySelector("input[name=remove]").dispatchEvent(new Event("input", { bubbles: true }));

function nextRow(row) {
  const all = rows();
  return all.slice(all.indexOf(row) + 1).find((each) => !isRemoved(each)) ?? blankRow();
}

export function startStorageTable() {
  document.documentElement.classList.add("scripted");
  document.addEventListener("input", (event) => {
    const row = event.target.closest("table[data-storage] > .storage-row");
    if (row && !isRemoved(row)) blankRow();
  });
  document.addEventListener("click", (event) => {
    const add = event.target.closest("[data-add-row]");
    const removed = event.target.closest("[data-remove-row]");
    if (add) {
      event.preventDefault();
      inputs(blankRow())[0].focus();
    }
    if (removed) remove(removed.closest(".storage-row"));
  });
  // Several cells at once are read by the server, which shows what it understands before it is taken.
  document.addEventListener("paste", (event) => {
    if (!event.target.matches("table[data-storage] .form-control")) return;
    const text = event.clipboardData.getData("text/plain");
    if (!/\t|\n\s*\S/.test(text)) return;
    event.preventDefault();
    const field = document.getElementById("pasted");
    field.value = text;
    field.closest("details").open = true;
    document.querySelector("[data-read]").click();
  });
  document.addEventListener("htmx:afterSettle", () => document.getElementById("reading")?.focus());
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || !event.target.matches("table[data-storage] .form-control")) return;
    event.preventDefault();
    inputs(nextRow(event.target.closest(".storage-row")))[0].focus();
  });
}
