// Who else is editing the draft: each open tab gives a sign while it can be seen, and shows the signs of others.
const PAUSE = 10; // seconds between signs
const IDLE = 120; // seconds without a key, a click or scrolling, after which nobody is said to be editing
const SOON = 1500; // milliseconds after going to another field

const bar = () => document.getElementById("edit-bar");
const tab = crypto.randomUUID?.() ?? String(Math.random()).slice(2);

let timer = 0;
let ended = false;
let active = performance.now();

const isIdle = () => performance.now() - active > IDLE * 1000;

/** The field of the draft that somebody is writing in. */
function field() {
  const here = document.activeElement;
  if (!here?.closest("form[data-editor]")) return "";
  const name = here.name ?? here.id;
  return name?.includes(".") ? name : (here.id ?? "");
}

async function sign(about) {
  clearTimeout(timer);
  if (ended || !bar()) return;
  const body = new FormData();
  const sent = { csrf_token: document.querySelector("input[name=csrf_token]")?.value ?? "", tab, page: bar().dataset.page, ...about };
  for (const [name, value] of Object.entries(sent)) body.set(name, value);
  if (!about.gone) timer = setTimeout(again, PAUSE * 1000);
  try {
    const response = await fetch(bar().dataset.presence, { method: "POST", body, headers: { "HX-Request": "true" }, keepalive: !!about.gone });
    // A login that has ended is the business of what is typed; a token is renewed there, too.
    if (!response.ok || about.gone) return;
    const { others, revision } = await response.json();
    show(others);
    document.dispatchEvent(new CustomEvent("draft-revision", { detail: revision }));
  } catch {
    show([]);
  }
}

function again() {
  if (document.visibilityState === "visible") sign(isIdle() ? { idle: "1" } : { field: field() });
}

function stir() {
  const back = isIdle();
  active = performance.now();
  if (back) again();
}

function show(others) {
  const line = document.getElementById("presence");
  const text = others.join(" · ");
  if (line && line.textContent !== text) line.textContent = text;
}

export function startPresence() {
  if (!bar()?.dataset.presence) return;
  again();
  for (const event of ["keydown", "pointerdown", "input", "scroll"]) addEventListener(event, stir, { passive: true, capture: true });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") again();
    else sign({ gone: "1" });
  });
  addEventListener("pagehide", () => {
    sign({ gone: "1" });
    ended = true;
  });
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    ended = false;
    again();
  });
  document.addEventListener("focusin", ({ target }) => {
    if (!target.closest("form[data-editor]")) return;
    clearTimeout(timer);
    timer = setTimeout(again, SOON);
  });
}
