// The page that checks a receipt: takes the file and the keys, and writes what each step has found. Nothing leaves the
// browser: the page's Content-Security-Policy forbids every request.
import { MOST_BYTES, STEPS, verify } from "./receipt.js";
import { BadNote, keyOf } from "./signed_note.js";

/** Fields of the record that are shown, in this order. */
const SHOWN = ["site", "recorded_at", "action", "choices", "services", "version", "lang", "cid", "expires_at"];

/** What the steps have computed, in the order in which they do. */
const COMPUTED = ["record", "commitment", "entry", "log", "size", "root", "key", "by", "leaf", "index"];

/** @param {string} id */
const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

const words = JSON.parse(byId("words").textContent ?? "{}");
const file = /** @type {HTMLInputElement} */ (byId("file"));
const keys = /** @type {HTMLTextAreaElement} */ (byId("keys"));

/** @type {File | undefined} */
let chosen;
/** Number of the newest check: an earlier one that ends later shows nothing. */
let newest = 0;

/**
 * Words with values filled in.
 * @param {string} template
 * @param {Record<string, string>} [values]
 */
function filled(template, values = {}) {
  return template.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** The keys in the field, one a line. */
async function trusted() {
  const found = [];
  for (const [at, line] of keys.value.split("\n").entries()) {
    if (!line.trim()) continue;
    try {
      found.push(await keyOf(line));
    } catch (fault) {
      if (!(fault instanceof BadNote)) throw fault;
      throw new BadNote("key", { line: String(at + 1), why: words.faults[fault.code] });
    }
  }
  if (!found.length) throw new BadNote("no_keys");
  return found;
}

async function check() {
  if (!chosen) {
    file.focus();
    return;
  }
  const number = ++newest;
  say(words.checking);
  /** @type {import("./receipt.js").Report} */
  let report = { passed: 0, found: {} };
  keys.removeAttribute("aria-invalid");
  try {
    if (!crypto.subtle) throw new BadNote("no_crypto");
    const known = await trusted();
    // What is larger is refused, however much larger it is.
    report = await verify(new Uint8Array(await chosen.slice(0, MOST_BYTES + 1).arrayBuffer()), known);
  } catch (fault) {
    const named = fault instanceof BadNote ? fault : new BadNote("unreadable");
    report = { ...report, fault: { code: named.code, values: named.values } };
    if (named.code === "key" || named.code === "no_keys") {
      keys.setAttribute("aria-invalid", "true");
      keys.closest("details")?.setAttribute("open", "");
    }
  }
  if (number === newest) show(report);
}

/** @param {string} sentence */
function say(sentence) {
  byId("verdict").textContent = sentence;
}

/** @param {import("./receipt.js").Report} report */
function show(report) {
  const proved = report.passed === STEPS.length;
  const why = report.fault ? filled(words.faults[report.fault.code], report.fault.values) : "";
  const verdict = byId("verdict");
  verdict.dataset.result = proved ? "proved" : "not";
  verdict.dataset.fault = report.fault?.code ?? "";
  say(proved ? words.proved : filled(report.record ? words.not_proved : words.not_receipt, { why }));

  STEPS.forEach((step, at) => {
    const item = byId(`step-${step}`);
    const before = ["no_crypto", "unreadable", "key", "no_keys"].includes(report.fault?.code ?? "");
    const state = at < report.passed ? "passed" : at === report.passed && !before ? "failed" : "open";
    item.dataset.state = state;
    part(item, "state").textContent = words.states[state];
    part(item, "result").textContent =
      state === "passed" ? filled(words.steps[step].passed, report.found) : state === "failed" ? why : "";
  });

  byId("says").hidden = !report.record;
  if (report.record) {
    byId("says-title").textContent = proved ? words.says : words.says_unproved;
    list("record", recordRows(report.record));
  }
  const rows = COMPUTED.filter((name) => name in report.found);
  byId("found").hidden = !rows.length;
  list("found-list", rows.map((name) => [words.found[name], name === "by" ? words.by[report.found.by] : report.found[name]]));
}

/**
 * @param {Map<string, any>} record
 * @returns {[string, string][]}
 */
function recordRows(record) {
  return SHOWN.map((name) => {
    const value = record.get(name);
    if (value instanceof Map) return [words.record[name], answers(value)];
    if (name.endsWith("_at")) return [words.record[name], moment(value)];
    if (name === "action") return [words.record[name], words.actions[value] ?? String(value)];
    if (name === "lang") return [words.record[name], languageName(String(value))];
    return [words.record[name], String(value)];
  });
}

/**
 * The name of a language; its code if that is no language tag.
 * @param {string} code
 */
function languageName(code) {
  try {
    return new Intl.DisplayNames(document.documentElement.lang, { type: "language" }).of(code) ?? code;
  } catch {
    return code;
  }
}

/**
 * A time for people, in their time zone: 28. november 2026 kl. 14.05.09 CET. As it was recorded, it stands in the
 * canonical form.
 * @param {string} recorded
 */
function moment(recorded) {
  const time = new Date(recorded);
  if (Number.isNaN(time.getTime())) return recorded;
  const language = document.documentElement.lang;
  const locale = language === "en" ? "en-GB" : language;
  const day = new Intl.DateTimeFormat(locale, { dateStyle: "long" }).format(time);
  const hour = new Intl.DateTimeFormat(locale, { timeStyle: "long" }).format(time);
  return language === "en" ? `${day} at ${hour}` : `${day} kl. ${hour.replaceAll(":", ".")}`;
}

/** @param {Map<string, unknown>} granted */
function answers(granted) {
  const each = [...granted].map(([key, yes]) => {
    const name = Object.hasOwn(words.categories, key) ? words.categories[key] : key;
    return filled(yes === true ? words.granted : words.refused, { name });
  });
  return each.join(", ") || words.none;
}

/**
 * @param {string} id
 * @param {[string, string][]} rows
 */
function list(id, rows) {
  byId(id).replaceChildren(
    ...rows.map(([name, value]) => {
      const row = document.createElement("div");
      const term = document.createElement("dt");
      const text = document.createElement("dd");
      term.textContent = name;
      text.textContent = value;
      row.append(term, text);
      return row;
    }),
  );
}

/**
 * @param {HTMLElement} item
 * @param {string} name
 */
function part(item, name) {
  return /** @type {HTMLElement} */ (item.querySelector(`[data-part=${name}]`));
}

/** @param {FileList | null | undefined} files */
function choose(files) {
  if (!files?.length) return;
  chosen = files[0];
  byId("chosen").textContent = chosen.name;
  check();
}

file.addEventListener("change", () => {
  choose(file.files);
  file.value = ""; // so that the same file, changed meanwhile, can be chosen again
});
byId("again").addEventListener("click", check);
byId("checking").addEventListener("submit", (event) => event.preventDefault());

// A file that is dropped beside the field must not replace the page.
document.addEventListener("dragover", (event) => {
  event.preventDefault();
  byId("drop").dataset.over = "yes";
});
for (const name of ["dragleave", "drop"]) document.addEventListener(name, () => delete byId("drop").dataset.over);
document.addEventListener("drop", (event) => {
  event.preventDefault();
  choose(event.dataTransfer?.files);
});
byId("tool").hidden = false;
