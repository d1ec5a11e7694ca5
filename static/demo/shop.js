// What the shop itself does: a basket, the way to the chat, and tidying up after those who may no longer stay.

const facts = JSON.parse(document.querySelector("[data-panel-facts]").textContent);

// --- the basket: stored only when the visitor puts something in it -------------------------------------------

const BASKET = "ullvaer_kurv";
const read = () => {
  try {
    return JSON.parse(sessionStorage.getItem(BASKET)) ?? [];
  } catch {
    return [];
  }
};
const shelf = document.querySelector("[data-basket]");
const count = document.querySelector("[data-basket-count]");

function drawBasket() {
  const things = read();
  count.textContent = things.length;
  count.classList.toggle("full", things.length > 0);
  if (shelf) shelf.querySelector("[data-basket-empty]").hidden = things.length === 0;
}

if (shelf) {
  const status = shelf.querySelector("[data-basket-status]");
  shelf.querySelector("[data-basket-add]").addEventListener("click", () => {
    sessionStorage.setItem(BASKET, JSON.stringify([...read(), shelf.dataset.basket]));
    status.textContent = status.dataset.added;
    drawBasket();
  });
  shelf.querySelector("[data-basket-empty]").addEventListener("click", () => {
    sessionStorage.removeItem(BASKET);
    status.textContent = status.dataset.emptied;
    drawBasket();
    shelf.querySelector("[data-basket-add]").focus();
  });
}
drawBasket();

// --- the chat ------------------------------------------------------------------------------------------------

const chat = document.querySelector("[data-chat]");

function drawChat() {
  if (!chat) return;
  const ready = !!window.praten;
  const state = chat.querySelector("[data-chat-state]");
  const sentence = ready ? state.dataset.on : state.dataset.off;
  if (state.textContent !== sentence) state.textContent = sentence;
  state.classList.toggle("on", ready);
  chat.querySelector("[data-chat-open]").hidden = !ready;
  chat.querySelector("[data-chat-ask]").hidden = ready;
}
chat?.querySelector("[data-chat-open]").addEventListener("click", () => window.praten?.open());
addEventListener("praten:ready", drawChat);
drawChat();

// --- the visitor's own page: it asks with the secret of this browser, which is in the fragment and not sent ----

document.querySelector("[data-own-choice]")?.addEventListener("click", ({ currentTarget }) => {
  const { id } = window.samtykke?.me ?? {};
  if (id) currentTarget.hash = id;
});

// --- after a decision ----------------------------------------------------------------------------------------

/** Removes what services have stored on this page that are not allowed (any more), and ends what they show. */
function tidy() {
  const { samtykke } = window;
  if (!samtykke) return;
  for (const { name, kind, key, category } of facts.stored) {
    if (category === "necessary" || samtykke.allows(key)) continue;
    if (kind === "cookie") document.cookie = `${name}=;path=/;max-age=0`;
    if (kind === "local_storage") localStorage.removeItem(name);
  }
  if (!samtykke.allows("praten")) window.praten?.end();
  drawChat();
}
document.addEventListener("samtykke:change", tidy);
