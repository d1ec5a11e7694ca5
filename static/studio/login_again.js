// A login that has ended while a page was open, or is too old for what a form does. Before a form is sent, and where the answer
// says so to htmx, a dialog asks for the login, or for the password, in place; then the same form goes on. What was
// typed by one person is not sent in the name of another without asking.
import { passkeyAnswer } from "./passkeys.js";
import { isBehind, sendAgain } from "./send_again.js";
import { say } from "./words.js";

const page = () => document.getElementById("login-again");

let open = null; // the promise of the dialog that is open
const waiting = new WeakSet();
const renewed = new WeakSet();
let last = {};

/** The session that the browser has now, and whether what is asked for has to be confirmed first. */
async function present(asked = {}) {
  const response = await fetch(`${page().dataset.session}?${new URLSearchParams(asked)}`);
  if (!response.ok) throw new Error(response.status);
  return response.json();
}

/** Gives all forms the token of the present session. */
function renew({ token }) {
  for (const input of document.querySelectorAll("input[name=csrf_token]")) input.value = token;
  document.dispatchEvent(new CustomEvent("login-renewed"));
}

/** Whether forms of this page may be sent in this session; asks if it has ended, is another person's or too old. */
export function settle(session, asked) {
  if (session.email !== page().dataset.email || session.confirm) return ask(session, asked);
  renew(session);
  return Promise.resolve(true);
}

/** The same, of the session that the browser has now, for what is asked for: a path and a method. */
export const ensureLogin = async (asked) => settle(await present(asked), asked);

/** What a form asks for, sent by this button. */
function askedBy(form, button) {
  const address = button?.getAttribute("formaction") || form.getAttribute("hx-post") || form.getAttribute("action") || "";
  return { path: new URL(address, location.href).pathname };
}

function ask(session, asked) {
  open ??= new Promise((answer) => show(session, answer, asked)).finally(() => (open = null));
  return open;
}

function show(session, answer, asked) {
  const dialog = page().content.firstElementChild.cloneNode(false);
  let goesOn = false;
  /** Shows one part of the template alone. */
  const turnTo = (name) => {
    const part = page().content.querySelector(`[data-part=${name}]`).cloneNode(true);
    dialog.replaceChildren(part);
    dialog.setAttribute("aria-labelledby", part.querySelector("h2").id);
    for (const button of part.querySelectorAll("[data-close]")) button.addEventListener("click", () => dialog.close());
    return part;
  };
  const finish = (with_) => {
    renew(with_);
    goesOn = true;
    dialog.close();
  };
  const other = (with_) => {
    const part = turnTo("other");
    const names = { email: with_.email, first: page().dataset.email };
    part.querySelector("[data-who]").textContent = say("You are logged in as %(email)s, and this page was opened by %(first)s. What was typed here is not sent yet.", names);
    const button = part.querySelector("[data-send]");
    button.textContent = say("Send it as %(email)s", names);
    button.addEventListener("click", () => {
      page().dataset.email = with_.email;
      finish(with_);
    });
    button.focus();
  };
  /** The login is in a tab of its own: whether it was one is asked when this one is looked at again. */
  const checkInstead = (form) => {
    const button = form.querySelector("[data-check]");
    const check = async (event) => {
      const found = await present(asked).catch(() => ({}));
      if (!dialog.open) return;
      if (found.email && found.email !== page().dataset.email) other(found);
      else if (found.email && !found.confirm) finish(found);
      else if (event.type === "click") complain(form, say("You are not logged in yet."));
    };
    form.elements.namedItem("csrf_token").value = session.token;
    form.addEventListener("submit", () => (button.hidden = false));
    button.addEventListener("click", check);
    addEventListener("focus", check);
    dialog.addEventListener("close", () => removeEventListener("focus", check));
  };
  /** The part by which somebody confirms: by the identity provider, where the login was by it. */
  const confirmBy = (means) => (page().content.querySelector("[data-part=confirm]") ? "confirm" : `confirm-${means}`);
  const askFor = (name, asking) => {
    const form = turnTo(name);
    if ("elsewhere" in form.dataset) return checkInstead(form);
    form.querySelector("[autofocus]").focus();
    const goOn = async (button) => {
      const found = await authenticate(form, session, button);
      if (found.email === page().dataset.email) finish(found);
      else if (found.email) other(found);
      else if (found.factor) askFor("factor", found);
      else if (button) complain(form, found.fault);
      else refuse(form, found.fault);
    };
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      goOn();
    });
    const button = form.querySelector("[data-with-passkey]");
    if (!button) return;
    // Whose login it will be is not known yet, nor whether they have one: it is offered, as on the page of the login.
    button.hidden = !(asking.passkey || name === "login") || !("PublicKeyCredential" in window);
    button.addEventListener("click", () => goOn(button));
  };
  dialog.addEventListener("close", () => {
    dialog.remove();
    answer(goesOn);
  });
  document.body.append(dialog);
  const mine = session.email === page().dataset.email;
  if (!session.email || (mine && session.confirm)) askFor(mine ? confirmBy(session.confirm) : "login", session);
  dialog.showModal();
  if (session.email && !mine) other(session);
}

/** Sends a part of the dialog, with what a passkey answers if its button was pressed: the session then, or the fault. */
async function authenticate(form, session, button) {
  const body = new FormData(form);
  try {
    // A token of the session that the browser has now: logging in has changed it, perhaps in another tab.
    const token = (await present()).token ?? session.token;
    body.set("csrf_token", token);
    if (button) {
      const answer = await passkeyAnswer(page().dataset.challenge, button.dataset.withPasskey, token).catch((fault) => fault);
      if (answer instanceof Error) return { fault: answer.message };
      body.set("credential", answer);
    }
    const response = await fetch((button ?? form).dataset.login ?? form.dataset.login, { method: "POST", body });
    return await response.json();
  } catch {
    return { fault: say("The server cannot be reached. Try again.") };
  }
}

function complain(form, fault) {
  const line = form.querySelector("[role=alert]");
  line.textContent = fault;
  line.hidden = false;
}

function refuse(form, fault) {
  complain(form, fault);
  const typed = form.elements.namedItem("password") ?? form.elements.namedItem("code");
  typed.setAttribute("aria-invalid", "true");
  typed.select();
  typed.focus();
}

async function sendOnceLoggedIn(form, button, session) {
  if (waiting.has(form)) return;
  waiting.add(form);
  try {
    if (await session) sendAgain(form, button, "saved", "login");
  } catch {
    // The browser itself says best that the server is away.
    sendAgain(form, button, "saved", "login");
  } finally {
    waiting.delete(form);
  }
}

/** A download that may have to be confirmed first. */
async function followOnceConfirmed(link) {
  const goesOn = await ensureLogin({ path: new URL(link.href).pathname, method: "get" }).catch(() => true);
  if (goesOn) location.assign(link.href);
}

export function startLoginAgain() {
  if (!page()) return;
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-confirmed]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    followOnceConfirmed(link);
  });
  document.addEventListener(
    "submit",
    (event) => {
      const { target: form, submitter } = event;
      if (form.method !== "post" || "login" in form.dataset) return;
      last = { form, submitter };
      if (isBehind(form, "login")) return;
      renewed.delete(form);
      // The answer says it to htmx.
      if (form.hasAttribute("hx-post")) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      sendOnceLoggedIn(form, submitter, ensureLogin(askedBy(form, submitter)));
    },
    true,
  );
  document.addEventListener("login-ended", ({ target }) => {
    if (target === last.form) sendOnceLoggedIn(last.form, last.submitter, ensureLogin(askedBy(last.form, last.submitter)));
  });
  document.addEventListener("form-renewed", ({ target, detail }) => {
    if (target !== last.form || renewed.has(target)) return;
    renewed.add(target);
    sendOnceLoggedIn(last.form, last.submitter, settle(detail));
  });
}
