// What this browser has decided: shows it, gives it as files, erases it, and leads back to the site to change it.
import { NoAnswer, ask, everything, namesOf } from "./api.js";
import { takeAlong, takeSecret } from "./secret.js";

/** @param {string} id */
const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

const { api, versions, back, site, words } = JSON.parse(byId("data").textContent ?? "{}");
const language = byId("status").closest("[lang]")?.getAttribute("lang") ?? "en";
const dialog = /** @type {HTMLDialogElement} */ (byId("ask"));

let secret = takeSecret();
/** @type {import("./api.js").Stored[]} */
let records = [];
/** Number of the newest reading: what an earlier one finds is not shown. */
let newest = 0;

/**
 * Words with values filled in.
 * @param {string} template
 * @param {Record<string, string>} [values]
 */
function filled(template, values = {}) {
  const all = { name: words.name, host: words.host, ...values };
  return template.replace(/\{(\w+)\}/g, (whole, name) => all[/** @type {"name"} */ (name)] ?? whole);
}

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string>} [attributes]
 * @param {...(Node | string)} children
 */
function h(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/**
 * A time as people write it: 28. november 2026 kl. 14.05.
 * @param {string} iso
 */
function moment(iso) {
  const time = new Date(iso);
  const locale = language === "en" ? "en-GB" : language;
  const day = new Intl.DateTimeFormat(locale, { dateStyle: "long" }).format(time);
  const hour = new Intl.DateTimeFormat(locale, { timeStyle: "short" }).format(time);
  return language === "en" ? `${day} at ${hour}` : `${day} kl. ${hour.replace(":", ".")}`;
}

/** @param {string} [shown] the one part that is shown */
function show(shown) {
  for (const id of ["how", "problem", "nothing", "erased", "stored"]) byId(id).hidden = id !== shown;
}

/** @param {string} sentence */
function say(sentence) {
  byId("status").textContent = sentence;
}

async function read() {
  if (!secret) {
    show("how");
    return;
  }
  const number = ++newest;
  show();
  say(words.loading);
  try {
    // A secret that no browser can have finds nothing either.
    const found = await everything(api, secret).catch((fault) => {
      if (fault instanceof NoAnswer && fault.reason === "authentication_required") return [];
      throw fault;
    });
    const named = new Map();
    await Promise.all(
      [...new Set(found.map(({ version }) => version))].map(async (version) =>
        named.set(version, await namesOf(versions.replace("/0.json", `/${version}.json`))),
      ),
    );
    if (number !== newest) return;
    records = found;
    say("");
    if (found.length) render(named);
    else byId("nothing-why").textContent = filled(words.nothing);
    show(found.length ? "stored" : "nothing");
  } catch (fault) {
    if (number !== newest) return;
    const named = fault instanceof NoAnswer ? fault : new NoAnswer("offline");
    const why = { rate_limited: words.busy, origin_not_allowed: words.refused };
    byId("why").textContent = filled(why[/** @type {"rate_limited"} */ (named.reason)] ?? words.offline, {
      seconds: named.seconds,
    });
    say("");
    show("problem");
    byId("retry").focus();
  }
}

/** @param {Map<number, import("./api.js").Names>} named */
function render(named) {
  const [now, ...earlier] = records;
  byId("now").replaceChildren(...decision(now, names(named, now)));
  byId("expired").hidden = new Date(now.expires_at) > new Date();
  byId("change").textContent = filled(words.change_link);
  byId("earlier").replaceChildren(
    ...(earlier.length
      ? earlier.map((each) =>
          h(
            "details",
            { class: "earlier" },
            h("summary", {}, `${moment(each.recorded_at)}: ${words.actions[each.action] ?? each.action}`),
            ...decision(each, names(named, each)),
          ),
        )
      : [h("p", {}, words.earlier_none)]),
  );
}

/**
 * @param {Map<number, import("./api.js").Names>} named
 * @param {import("./api.js").Stored} record
 */
function names(named, record) {
  return /** @type {import("./api.js").Names} */ (named.get(record.version));
}

/**
 * @param {import("./api.js").Stored} record
 * @param {import("./api.js").Names} named
 */
function decision(record, named) {
  const link = h("a", { href: named.notice }, filled(words.version_link, { version: String(record.version) }));
  return [
    answers(record, named),
    h(
      "dl",
      { class: "facts" },
      fact(words.when, moment(record.recorded_at)),
      fact(words.action, words.actions[record.action] ?? record.action),
      fact(words.version, link),
      fact(words.number, record.consent_id),
      fact(words.expires, moment(record.expires_at)),
    ),
    h("h3", {}, words.receipts),
    receipts(record, named),
  ];
}

/**
 * Each category with its answer, and below it those of its services that were answered otherwise.
 * @param {import("./api.js").Stored} record
 * @param {import("./api.js").Names} named
 */
function answers(record, named) {
  const list = h("ul", { class: "answers" });
  for (const { key, name, necessary } of named.categories) {
    if (necessary) list.append(answer(name, words.necessary));
    else if (key in record.choices) list.append(answer(name, yesOrNo(record.choices[key])));
    for (const [service, granted] of Object.entries(record.services)) {
      const known = named.services[service];
      if (known?.category === key) list.append(answer(known.name, yesOrNo(granted), "apart"));
    }
  }
  return list;
}

/** @param {boolean} granted */
function yesOrNo(granted) {
  return granted ? words.yes : words.no;
}

/**
 * @param {string} name
 * @param {string} given
 * @param {string} [kind]
 */
function answer(name, given, kind = "") {
  return h("li", { class: kind }, h("span", {}, name), h("span", { class: "answer" }, given));
}

/**
 * @param {string} term
 * @param {Node | string} value
 */
function fact(term, value) {
  return h("div", {}, h("dt", {}, term), h("dd", {}, value));
}

/**
 * @param {import("./api.js").Stored} record
 * @param {import("./api.js").Names} named
 */
function receipts(record, named) {
  const number = record.consent_id;
  const fault = h("p", { class: "fault", role: "alert" });
  const buttons = ["receipt", ...named.forms].map((form) => {
    const button = h("button", { type: "button", class: "quiet" }, words[form]);
    button.addEventListener("click", async () => {
      fault.textContent = "";
      const profile = form === "receipt" ? "" : `?profile=${form}`;
      try {
        const made = await ask(`${api}/receipts/${number}${profile}`, secret);
        // As it came, to the last byte.
        save(await made.blob(), `samtykke-${number}${profile && `-${form}`}.json`);
      } catch (no) {
        const pending = no instanceof NoAnswer && no.reason === "receipt_pending";
        fault.textContent = pending ? filled(words.pending, { seconds: no.seconds }) : words.receipt_failed;
      }
    });
    return button;
  });
  return h("div", {}, h("p", { class: "receipts" }, ...buttons), fault);
}

/**
 * @param {Blob} content
 * @param {string} name
 */
function save(content, name) {
  const href = URL.createObjectURL(content);
  h("a", { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
}

async function erase() {
  const buttons = /** @type {HTMLButtonElement[]} */ ([byId("yes"), byId("no")]);
  const fault = byId("ask-fault");
  fault.textContent = "";
  for (const button of buttons) button.disabled = true;
  say(words.erasing);
  try {
    const { erased } = await (await ask(api, secret, "DELETE")).json();
    secret = "";
    records = [];
    for (const id of ["now", "earlier"]) byId(id).replaceChildren();
    byId("erased-count").textContent = filled(erased === 1 ? words.erased_one : words.erased, { count: String(erased) });
    byId("forget").textContent = filled(words.forget_link);
    dialog.close();
    show("erased");
    byId("erased").focus();
  } catch {
    fault.textContent = words.erase_failed;
  }
  say("");
  for (const button of buttons) button.disabled = false;
}

byId("retry").addEventListener("click", read);
byId("download").addEventListener("click", () => {
  const content = JSON.stringify({ site, records }, null, 2);
  save(new Blob([content], { type: "application/json" }), `samtykke-${site}.json`);
});
byId("erase").addEventListener("click", () => {
  byId("ask-fault").textContent = "";
  dialog.showModal();
});
byId("no").addEventListener("click", () => dialog.close());
byId("yes").addEventListener("click", erase);

for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll(".languages a"))) {
  link.addEventListener("click", (event) => {
    if (!secret || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    takeAlong(link.href, secret, back);
  });
}

// The site's link can lead here while the page is open already.
addEventListener("hashchange", () => {
  const found = takeSecret();
  if (!found) return;
  secret = found;
  read();
});
// Back from the site, where the decision may have been changed.
addEventListener("pageshow", (event) => {
  if (event.persisted) read();
});

read();
