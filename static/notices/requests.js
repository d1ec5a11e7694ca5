// The forms for requests and subscriptions: solves the challenge of the page (ALTCHA: the number whose SHA-256 with
// a salt is given), so that programs do not send thousands. The form for requests needs it, and is shown only where
// it can be solved. And the page that follows a request: its code stands in the
// address after #, which is sent nowhere; it is taken from there into the form.
"use strict";

const BATCH = 500;

const hex = (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");

async function solve({ algorithm, challenge, maxNumber, salt, signature }) {
  const encoder = new TextEncoder();
  for (let first = 0; first <= maxNumber; first += BATCH) {
    const numbers = Array.from({ length: Math.min(BATCH, maxNumber + 1 - first) }, (_, at) => first + at);
    const digests = await Promise.all(
      numbers.map((number) => crypto.subtle.digest(algorithm, encoder.encode(salt + number))),
    );
    const found = digests.findIndex((digest) => hex(digest) === challenge);
    if (found >= 0) return btoa(JSON.stringify({ algorithm, challenge, number: first + found, salt, signature }));
  }
  return "";
}

function prepareForm(form) {
  // Browsers give this to pages over HTTPS, and to those of the machine itself.
  if (!crypto.subtle) return;
  const instead = document.getElementById("without-script");
  if (instead) instead.hidden = true;
  form.hidden = false;
  document.getElementById("problems")?.focus();
  let proof;
  const start = () => (proof ??= solve(JSON.parse(form.dataset.challenge)));
  form.addEventListener("focusin", start, { once: true });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (form.dataset.sending) return;
    form.dataset.sending = "yes";
    const working = document.getElementById("working");
    working.textContent = working.dataset.text;
    form.elements.proof.value = await start();
    form.submit();
  });
  // Back from the next page: the form can be sent again, which the server answers with a new challenge.
  addEventListener("pageshow", () => {
    delete form.dataset.sending;
    document.getElementById("working").textContent = "";
  });
}

function prepareCode(form) {
  const code = location.hash.slice(1);
  if (!code) return;
  history.replaceState(null, "", location.pathname + location.search);
  form.elements.code.value = code;
  form.requestSubmit();
}

const formWithWork = document.querySelector("form[data-challenge]");
if (formWithWork) prepareForm(formWithWork);
const codeForm = document.getElementById("follow");
if (codeForm) {
  prepareCode(codeForm);
  // A link that is opened while the page is.
  addEventListener("hashchange", () => prepareCode(codeForm));
}
