// The panel shows what the browser reports: which requests left the page, what is stored, what was decided.
// It stores nothing, and sends requests to the shop's own server alone.

const panel = document.querySelector("[data-panel]");
const find = (name) => panel.querySelector(`[data-panel-${name}]`);
const facts = JSON.parse(panel.querySelector("[data-panel-facts]").textContent);
const { texts, counted } = facts;
const categoryName = (key) => facts.categories.find((each) => each.key === key)?.name;
const prefix = facts.elsewhere + facts.path + "/";

const make = (tag, content = "", attributes = {}) => {
  const element = document.createElement(tag);
  element.append(...[content].flat());
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
};

// --- requests to others ------------------------------------------------------------------------------------

const KINDS = [
  [/\/(start|tell)\.js/, "script"],
  [/\/treff\.gif/, "hit"],
  [/\/plakat\.gif/, "pixel"],
  [/\/spiller/, "player"],
];
const calls = [];

/** A resource that the browser has fetched, if it came from somebody else. */
function notice({ name, startTime }) {
  const url = new URL(name, location.href);
  const stranger = facts.elsewhere !== location.origin && url.origin === facts.elsewhere;
  if (!stranger && !name.startsWith(prefix)) return;
  const key = name.startsWith(prefix) ? name.slice(prefix.length).split("/")[0] : "";
  const kind = KINDS.find(([pattern]) => pattern.test(url.pathname))?.[1] ?? "other";
  calls.push({ party: facts.parties[key], host: url.host, kind, at: startTime });
  calls.sort((one, other) => one.at - other.at);
  draw();
  void ask();
}

new PerformanceObserver((list) => list.getEntries().forEach(notice)).observe({ type: "resource", buffered: true });

const seconds = (milliseconds) =>
  new Intl.NumberFormat(facts.language, { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(milliseconds / 1000) + " s";

function drawCalls() {
  find("calls").textContent = calls.length;
  find("calls").classList.toggle("some", calls.length > 0);
  find("no-calls").hidden = calls.length > 0;
  find("call-list").replaceChildren(
    ...calls.map(({ party, host, kind, at }) => {
      const what = [texts.kinds[kind], party && categoryName(party.category), host].filter(Boolean).join(", ");
      return make("li", [make("time", seconds(at)), make("b", party?.name ?? host), make("small", what)]);
    }),
  );
}

/** What the stand-ins have counted themselves, since this page was made: it only grows, in whatever order answers come. */
let own = 0;
async function ask() {
  try {
    const answer = await fetch("/demo/seen.json", { credentials: "omit", cache: "no-store" });
    const seen = await answer.json();
    const total = Object.values(seen).flatMap((kinds) => Object.values(kinds)).reduce((sum, count) => sum + count, 0);
    own = Math.max(own, total - counted);
    find("own").textContent = texts.calls_own.replace("{count}", own);
  } catch {
    find("own").textContent = "";
  }
}

// --- what is stored ----------------------------------------------------------------------------------------

const names = (storage) => {
  try {
    return Object.keys(storage());
  } catch {
    return []; // a browser may forbid even to look
  }
};

const cookies = () => document.cookie.split("; ").filter(Boolean).map((cookie) => cookie.split("=")[0]);

/** What the film's player says that it keeps at its own address. */
let elsewhere = [];
addEventListener("message", ({ origin, data }) => {
  if (origin !== facts.elsewhere || data?.from !== "lerretet" || !Array.isArray(data.stored)) return;
  elsewhere = data.stored.map(({ kind, name }) => ({ kind: String(kind), name: String(name), host: new URL(origin).host }));
  draw();
});

const stored = () => [
  ...cookies().map((name) => ({ kind: "cookie", name })),
  ...names(() => localStorage).map((name) => ({ kind: "local_storage", name })),
  ...names(() => sessionStorage).map((name) => ({ kind: "session_storage", name })),
  ...elsewhere,
];

const declared = ({ kind, name }) =>
  facts.stored.find(
    (each) => each.kind === kind && (each.name.endsWith("*") ? name.startsWith(each.name.slice(0, -1)) : each.name === name),
  );

function drawStored(items) {
  find("stored").textContent = items.length;
  find("stored").classList.toggle("some", items.some((item) => declared(item)?.category !== "necessary"));
  find("none-stored").hidden = items.length > 0;
  find("elsewhere").hidden = elsewhere.length === 0;
  find("stored-list").replaceChildren(
    ...items.map((item) => {
      const known = declared(item);
      const what = [known?.service ?? texts.unknown, texts.kinds[item.kind] ?? item.kind, known && categoryName(known.category), known?.lifetime, item.host];
      return make("li", [make("b", item.name), make("small", what.filter(Boolean).join(", "))]);
    }),
  );
}

// --- the decision ------------------------------------------------------------------------------------------

/** The number of the last decision that the server has stored. */
function consentNumber() {
  try {
    return JSON.parse(localStorage.getItem("samtykke:queue:demo"))?.number;
  } catch {
    return undefined;
  }
}

function drawConsent() {
  const consent = window.samtykke?.consent;
  const decided = consent?.decided === true;
  find("state").textContent = decided ? texts.decided : texts.undecided;
  find("undecided").hidden = decided;
  const rows = [];
  if (decided) {
    for (const { key, name } of facts.categories) {
      if (key === "necessary") continue;
      const yes = consent[key] === true;
      rows.push(make("div", [make("dt", name), make("dd", yes ? texts.allowed : texts.refused, yes ? { class: "yes" } : {})]));
    }
    for (const [key, { name, category }] of Object.entries(facts.parties)) {
      const yes = consent.services[key] === true;
      if (yes !== (consent[category] === true)) {
        rows.push(make("div", [make("dt", name), make("dd", yes ? texts.allowed : texts.refused, yes ? { class: "yes" } : {})]));
      }
    }
    const when = new Intl.DateTimeFormat(facts.language, { dateStyle: "medium", timeStyle: "medium" }).format(new Date(consent.decidedAt));
    const number = consentNumber();
    rows.push(
      make("div", [make("dt", texts.number), make("dd", [number ? make("code", number) : make("small", texts.number_waiting), make("br"), make("small", texts.consent_made.replace("{when}", when))])], { class: "long" }),
    );
  }
  find("choices").replaceChildren(...rows);
}

// --- together ----------------------------------------------------------------------------------------------

let announced = "";
let last = "";
function draw() {
  const items = stored();
  // Renders only after a change, so that a screen reader or a selection in the panel is not disturbed.
  const now = JSON.stringify([calls.length, items, window.samtykke?.consent, consentNumber()]);
  if (now === last) return;
  last = now;
  drawCalls();
  drawStored(items);
  drawConsent();
}

/** Announces the totals to screen readers, 1.5 s after a decision. */
function announce() {
  setTimeout(() => {
    const sentence = texts.status.replace("{calls}", calls.length).replace("{stored}", stored().length);
    if (sentence !== announced) find("status").textContent = announced = sentence;
  }, 1500);
}

const toggle = find("toggle");
function open(wanted) {
  toggle.setAttribute("aria-expanded", String(wanted));
  document.getElementById("panel-body").hidden = !wanted;
  // Remembered in the addresses of the shop's own pages, for storing it would need a reason.
  for (const link of document.querySelectorAll('a[href^="/demo"]')) {
    const url = new URL(link.href);
    if (wanted) url.searchParams.set("panel", "1");
    else url.searchParams.delete("panel");
    link.setAttribute("href", url.pathname + url.search);
  }
}
toggle.addEventListener("click", () => open(toggle.getAttribute("aria-expanded") !== "true"));
if (new URLSearchParams(location.search).has("panel")) open(true);

find("restart").addEventListener("click", () => {
  for (const storage of [localStorage, sessionStorage]) storage.clear();
  for (const name of cookies()) document.cookie = `${name}=;path=/;max-age=0`;
  location.reload();
});

document.addEventListener("samtykke:ready", draw);
document.addEventListener("samtykke:change", () => {
  draw();
  announce();
});
addEventListener("storage", draw);
// No event for changed cookies works in every browser; reading them twice a second costs next to nothing.
setInterval(draw, 500);
draw();
void ask();
