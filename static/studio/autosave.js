// The form of the editor is saved while somebody types: a second after the last key, and when a field or the page
// is left. Only fields of the document are, each with what it had before, so that the server brings together what
// two people change. The field in which somebody types is never touched. Without this, the button saves.
import { clearError, isDecided, isInFocus, isSuspended, isWriting, restOf, setValue, showError, valuesOf } from "./draft_fields.js";
import { firstEdited, forgetEdits, noteEdit } from "./edit_order.js";
import { leads, patiently, presentOf } from "./leaving.js";
import { ensureLogin, settle } from "./login_again.js";
import { showOrigins } from "./origins.js";
import { released, startPressing } from "./pressing.js";
import { renameRows } from "./saved_rows.js";
import { buttonFor, showAnswer, showStatus } from "./save_status.js";
import { showFinding } from "./next_finding.js";
import { isBehind, sendAgain } from "./send_again.js";
import { hasNameless, newRowValues, rowMarks, unsavedRows } from "./storage_table.js";
import { isStep, showOutcome, showSteps } from "./undo.js";
import { say } from "./words.js";

const PAUSE = 1000; // milliseconds without typing
const CHOSEN = 250; // after a choice, which is made at once
const RETRIES = [2, 4, 8, 15, 30]; // seconds

/** The form that is on the page: for each field what the server has, and what the form showed of that. */
let now = null;
let timer = 0;
let running = null;
let again = false;
let failures = 0;
let leaving = false;
let sending = null; // what the form had when a button sent it
/** Fields whose error is shown once somebody has left them. */
const held = new Map();

const bar = () => document.getElementById("edit-bar");
const parsed = (html) => new DOMParser().parseFromString(html, "text/html");

function adopt() {
  const form = document.querySelector("form[data-editor]");
  if (!form || !bar()) return (now = null);
  if (now?.form === form) return now;
  // A form that was refused has what was typed: the draft still has what was there before.
  const known = document.getElementById("problems") && now?.form.action === form.action ? now.fields : new Map();
  const fields = new Map([...valuesOf(form)].map(([name, value]) => [name, known.get(name) ?? { server: value, shown: value }]));
  held.clear();
  forgetEdits(fields.keys());
  return (now = { form, fields, rest: restOf(form, fields), rows: "", refresh: false });
}

/** Names of the fields that are not as the draft has them. */
function edited(values = valuesOf(now.form)) {
  return [...now.fields].filter(([name, field]) => values.has(name) && values.get(name) !== field.shown).map(([name]) => name);
}

const hasRest = () => restOf(now.form, now.fields) !== now.rest;

/** Whether the form says already why a field is not saved. */
const isWrong = (name) => held.has(name) || !!document.getElementById(`${name}-error`);

/** What is saved next of the fields that were edited: one thing that somebody did, with what was wrong so far. */
function nextOf(names) {
  // There may be no time for another request.
  if (document.visibilityState === "hidden") return names;
  return [...names.filter(isWrong), ...firstEdited(names.filter((name) => !isWrong(name)))];
}

/** Whether what somebody has typed into a field of the draft is not saved; undefined if it is none of its fields. */
export function isTyped(name) {
  const field = now?.form.isConnected && now.fields.get(name);
  return field ? valuesOf(now.form).get(name) !== field.shown : undefined;
}

/** Whether leaving the page would lose something. */
const isUnsaved = () => !!now?.form.isConnected && (hasRest() || edited().length > 0 || unsavedRows() !== "");

function schedule(pause) {
  clearTimeout(timer);
  timer = setTimeout(flush, pause);
}

/** Saves what is not saved yet; the promise ends when the server has answered. */
export function flush() {
  clearTimeout(timer);
  again = true;
  running ??= (async () => {
    while (again) {
      again = false;
      await save();
    }
  })().finally(() => (running = null));
  return running;
}

/** No button of the page is replaced while it is pressed; who goes away waits for nothing. */
const unpressed = () => (document.visibilityState === "hidden" ? null : released());

async function save() {
  await unpressed();
  // The browser is sending the whole form: another copy of it would come in between.
  if (leaving || !now?.form.isConnected) return;
  // A button is saving everything at this moment.
  if (sending) return schedule(PAUSE);
  if (isSuspended(now.form)) {
    // Once all is chosen the form is sent; not while somebody is writing in it, since it is replaced.
    if (isDecided(now.form) && !isWriting()) sendAgain(now.form, now.form.querySelector("#save"), "saved");
    return;
  }
  const { form } = now;
  const values = new Map([...valuesOf(form), ...newRowValues()]);
  const open = edited(values);
  const names = nextOf(open);
  const waiting = open.filter((name) => !names.includes(name));
  for (const name of waiting) values.delete(name);
  forgetEdits(names);
  const rows = unsavedRows();
  if (!names.length && !now.refresh && rows === now.rows) {
    if (hasRest()) showStatus("waiting", say("Press Save draft for what was added or removed."));
    return;
  }
  Object.assign(now, { refresh: false, rows });
  if (names.length || rows) showStatus("saving", say("Saving …"));
  const response = await post(form, values, names);
  if (!response?.ok) return;
  const answer = await response.json();
  await unpressed();
  take(answer, form, values, names);
  again ||= waiting.length > 0;
}

/** The answer; null if there is none, or if it is no answer to this. */
async function post(form, values, names) {
  const body = new FormData();
  for (const name of ["csrf_token", "revision"]) body.set(name, form.elements.namedItem(name).value);
  body.set("next", location.pathname + location.search);
  for (const [name, value] of values) if (now.fields.has(name) || name.startsWith("new.")) body.set(name, value);
  for (const [name, value] of rowMarks(form)) body.append(name, value);
  for (const name of names) body.set(`before.${name}`, now.fields.get(name).server);
  const leaves = document.visibilityState === "hidden";
  let response;
  try {
    response = await fetch(bar().dataset.autosave, { method: "POST", body, headers: { "HX-Request": "true" }, keepalive: leaves });
  } catch {
    later(say("Offline – will be saved"));
    return null;
  }
  if (response.headers.get("HX-Redirect")) return lacksFactor(response.headers.get("HX-Redirect"));
  if (response.ok) failures = 0;
  else refused(response);
  return response;
}

/** The role that somebody has now needs a second factor: it is added in another tab, and what was typed stays here. */
function lacksFactor(address) {
  const link = Object.assign(document.createElement("a"), { href: address, target: "_blank", textContent: say("Add a second factor") });
  showStatus("problem", say("Not saved: your role needs a second factor now."), link);
  return null;
}

/** A page of the editor is only opened with the right to save: it was taken away since. */
function isTakenAway({ status }) {
  if (status === 403) showStatus("problem", say("Not saved: your role was changed, and does not include editing here any more. What you typed stays on this page; ask an owner to change your role back."));
  else if (status === 404) showStatus("problem", say("Not saved: the site was deleted, or your role is not for it any more. What you typed stays on this page; ask an owner."));
  else return false;
  return true;
}

function later(text) {
  showStatus("waiting", text);
  schedule(RETRIES[Math.min(failures++, RETRIES.length - 1)] * 1000);
}

function refused(response) {
  if (isTakenAway(response)) return;
  if (response.status === 419) {
    // The token is of another session, perhaps of another person.
    if (failures++ < RETRIES.length) settle(JSON.parse(response.headers.get("HX-Trigger"))["form-renewed"]);
  } else if (response.status === 401) {
    // No dialog by itself: somebody is typing, and would go on in the field of the password.
    const ask = () => ensureLogin().catch(() => later(say("Offline – will be saved")));
    showStatus("problem", say("Not saved: your login has ended."), buttonFor(say("Log in again"), ask));
  } else if (response.status >= 500 || response.status === 429) {
    later(say("Not saved: the server cannot save just now. It will be tried again."));
  } else {
    showStatus("problem", say("Not saved: the server refuses it. Press Save draft to see why."));
  }
}

/** Takes an answer into the form: what is saved, what others changed, and what is wrong. */
function take(answer, form, sent, names) {
  if (now?.form !== form) return;
  const values = new Map([...valuesOf(form), ...newRowValues()]);
  for (const [name, before] of sent) {
    const field = now.fields.get(name);
    if (!field || name in answer.errors || name in answer.conflicts) continue;
    const value = answer.values[name] ?? before;
    const mine = names.includes(name);
    if (values.get(name) !== before) {
      // Typed further meanwhile. What others changed there collides with that, and the next answer says so.
      if (mine) Object.assign(field, { server: value, shown: before });
    } else if (value === before || !isInFocus(form, name)) {
      Object.assign(field, { server: value, shown: value });
      if (value !== before) setValue(form, name, value);
    } else if (mine) Object.assign(field, { server: value, shown: before });
    else now.refresh = true;
  }
  // While something waits for a decision, the button sends what the form was made of.
  if (!Object.keys(answer.conflicts).length && !answer.general.length) {
    for (const input of document.querySelectorAll("main input[name=revision]")) input.value = answer.revision;
  }
  showErrors(answer, form, sent);
  renameRows(now, held, { answer, sent, values });
  showOrigins(answer);
  showSteps(parsed(answer.steps).getElementById("edit-steps"));
  showFinding(parsed(answer.finding).getElementById("next-finding"));
  showAnswer({ ...answer, by: answer.others || say("Another window") }, { rest: hasRest(), nameless: hasNameless(), choose: () => sendAgain(form, form.querySelector("#save"), "saved") });
  if (edited().some((name) => !(name in answer.errors) && !(name in answer.conflicts))) schedule(PAUSE);
}

function showErrors(answer, form, sent) {
  held.clear();
  for (const name of sent.keys()) if (!(name in answer.errors)) clearError(form, name);
  for (const [name, { element }] of Object.entries(answer.errors)) {
    if (isInFocus(form, name)) held.set(name, element);
    else showError(form, name, element);
  }
  const open = [answer.errors, answer.conflicts, answer.general].some((each) => Object.keys(each).length);
  if (!open) document.getElementById("problems")?.remove();
}

/** After somebody has left a field: its error, its value as the server writes it, and what others have changed. */
function tidy() {
  if (!now?.form.isConnected) return;
  const values = valuesOf(now.form);
  for (const [name, element] of held) {
    if (isInFocus(now.form, name)) continue;
    held.delete(name);
    showError(now.form, name, element);
  }
  for (const [name, field] of now.fields) {
    if (field.server === field.shown || values.get(name) !== field.shown || isInFocus(now.form, name)) continue;
    field.shown = field.server;
    setValue(now.form, name, field.server);
  }
  if (now.refresh || unsavedRows() !== now.rows || edited(values).some((name) => !isWrong(name))) flush();
}

function watchLeaving() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (!leads(event, link) || !(running || isUnsaved())) return;
    event.preventDefault();
    patiently(flush()).then(() => location.assign(link.href));
  });
  document.addEventListener(
    "submit",
    (event) => {
      const { target: form, submitter } = event;
      if (form.method !== "post" || "login" in form.dataset || !now?.form.isConnected) return;
      const own = form === now.form;
      clearTimeout(timer);
      if (isBehind(form, "saved") || !(running || (!own && edited().length))) {
        // A form that the browser sends itself takes what was typed along.
        leaving = own && !form.hasAttribute("hx-post");
        // Unless something else holds it back, to send it later.
        setTimeout(() => (leaving &&= !event.defaultPrevented));
        return;
      }
      event.preventDefault();
      event.stopImmediatePropagation();
      patiently(own ? running : flush()).then(() => sendAgain(presentOf(form), submitter, "saved"));
    },
    true,
  );
  addEventListener("beforeunload", (event) => {
    if (!leaving && isUnsaved()) event.preventDefault();
  });
  addEventListener("visibilitychange", () => document.visibilityState === "hidden" && now && edited().length && flush());
  // A moment later: a form that waited for the login goes first.
  document.addEventListener("login-renewed", () => isUnsaved() && schedule(CHOSEN));
  addEventListener("online", () => isUnsaved() && flush());
}

/** A button has sent the form by htmx, and the answer takes its place: what was typed meanwhile comes along. */
function watchSwaps() {
  let typed = [];
  document.addEventListener("htmx:beforeRequest", ({ detail }) => {
    if (detail.elt === now?.form) sending = valuesOf(now.form);
  });
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    // The form itself is not in the page any more.
    if (detail.requestConfig.elt.matches("form[data-editor]")) sending = null;
  });
  document.addEventListener("htmx:responseError", ({ detail }) => detail.elt === now?.form && isTakenAway(detail.xhr));
  document.addEventListener("htmx:sendError", ({ detail }) => detail.elt === now?.form && later(say("Offline – will be saved")));
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (detail.target?.id !== "editor" || !detail.shouldSwap || !now) return;
    const values = valuesOf(now.form);
    // What is undone takes nothing along that is not saved yet.
    if (isStep(detail)) typed = edited(values).map((name) => [name, values.get(name)]);
    else if (sending) typed = [...values].filter(([name, value]) => sending.has(name) && sending.get(name) !== value);
  });
  // At once: somebody may type before everything is settled.
  document.addEventListener("htmx:afterSwap", adopt);
  document.addEventListener("htmx:afterSettle", () => {
    if (!now) return;
    for (const [name, value] of typed) setValue(now.form, name, value);
    typed = [];
  });
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (detail.target?.id !== "editor") return;
    const answered = parsed(detail.serverResponse);
    const line = answered.getElementById("save-state");
    if (line) document.getElementById("save-state").replaceWith(line);
    if (isStep(detail)) showOutcome(answered);
    showSteps(answered.getElementById("edit-steps"));
    showFinding(answered.getElementById("next-finding"));
  });
}

export function startAutosave() {
  if (!bar()) return;
  document.body.classList.add("has-autosave");
  startPressing();
  adopt();
  document.addEventListener("input", (event) => {
    if (!now || event.target.form !== now.form) return;
    noteEdit(event);
    // Who types further is still here, perhaps because they have stopped the sending.
    leaving = false;
    if (event.isComposing) return;
    const chosen = event.target.matches("select, [type=checkbox], [type=radio]");
    schedule(chosen ? CHOSEN : PAUSE);
  });
  document.addEventListener("compositionend", (event) => event.target.form === now?.form && schedule(PAUSE));
  // What others have saved is shown without waiting for one's own next edit.
  document.addEventListener("draft-revision", ({ detail: revision }) => {
    if (!now?.form.isConnected || running || isSuspended(now.form) || isUnsaved()) return;
    if (Number(now.form.elements.namedItem("revision").value) >= revision) return;
    now.refresh = true;
    flush();
  });
  // As the server has them: languages that were not shown before.
  document.addEventListener("fields-added", () => {
    for (const [name, value] of now ? valuesOf(now.form) : []) if (!now.fields.has(name)) now.fields.set(name, { server: value, shown: value });
  });
  // The focus is somewhere else only after this event.
  document.addEventListener("focusout", (event) => now?.form.contains(event.target) && setTimeout(() => released().then(tidy)));
  watchLeaving();
  watchSwaps();
}
