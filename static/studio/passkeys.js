// Passkeys: a form that has a challenge to sign asks the browser for it when it is sent, and carries the answer.
import { sendAgain } from "./send_again.js";
import { say } from "./words.js";

const possible = () => "PublicKeyCredential" in window;

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (each) => each.charCodeAt(0));

const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

const withBytes = (list) => (list ?? []).map((each) => ({ ...each, id: bytes(each.id) }));

/** What a credential has, as JSON (WebAuthn level 3, 5.1): older browsers cannot write it themselves. */
function written(credential) {
  const { response } = credential;
  const part = (name) => (response[name] ? { [name]: text(response[name]) } : {});
  return JSON.stringify({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    response: Object.assign({}, ...["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"].map(part)),
  });
}

async function sign(options) {
  const challenge = bytes(options.challenge);
  if (options.user) {
    const user = { ...options.user, id: bytes(options.user.id) };
    return navigator.credentials.create({ publicKey: { ...options, challenge, user, excludeCredentials: withBytes(options.excludeCredentials) } });
  }
  return navigator.credentials.get({ publicKey: { ...options, challenge, allowCredentials: withBytes(options.allowCredentials) } });
}

/** What the passkey of somebody answers to a challenge of the server; an Error with a sentence if it does not. */
export async function passkeyAnswer(address, purpose, token) {
  const body = new FormData();
  body.set("csrf_token", token);
  body.set("for", purpose);
  let options;
  try {
    const response = await fetch(address, { method: "POST", body });
    if (!response.ok) throw new Error(response.status);
    options = await response.json();
  } catch {
    throw new Error(say("The server cannot be reached. Try again."));
  }
  try {
    return written(await sign(options));
  } catch (fault) {
    if (fault.name === "InvalidStateError") throw new Error(say("This device has a passkey for your account already."));
    throw new Error(say("No passkey was used. Try again, or go on without one."));
  }
}

/** Shows in a form why its passkey was not used. */
export function refusePasskey(form, sentence) {
  const line = form.querySelector("[role=alert]");
  line.textContent = sentence;
  line.hidden = false;
}

async function answerAndSend(form, button) {
  const field = form.elements.namedItem("credential");
  try {
    field.value = await passkeyAnswer(form.dataset.passkey, form.dataset.for, form.elements.namedItem("csrf_token").value);
  } catch (fault) {
    refusePasskey(form, fault.message);
    return;
  }
  sendAgain(form, button, "saved", "login");
}

export function startPasskeys() {
  for (const part of document.querySelectorAll("[data-passkeys]")) part.hidden = !possible();
  document.addEventListener(
    "submit",
    (event) => {
      const { target: form, submitter } = event;
      if (event.defaultPrevented || !form.dataset.passkey || form.elements.namedItem("credential").value) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      answerAndSend(form, submitter);
    },
    true,
  );
  // A page that is gone back to asks again.
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-passkey]")) form.elements.namedItem("credential").value = "";
  });
}
