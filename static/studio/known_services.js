// The list of known services is narrowed while somebody types; the server knows what belongs to which. Without
// this, the button beside the field does it. What is ticked stays in sight, and in the address, so that going
// back to the page loses nothing.

const PAUSE = 150;

export function startKnownServices() {
  const form = document.querySelector("form[data-known]");
  if (!form) return;
  const field = form.elements.q;
  let timer = 0;
  let asked = "";

  function show({ keys, count }) {
    const found = new Set(keys);
    for (const group of form.querySelectorAll(".known-group")) {
      const entries = [...group.querySelectorAll("li")];
      for (const entry of entries) entry.hidden = !found.has(entry.dataset.key) && !entry.querySelector("input").checked;
      const seen = entries.filter((entry) => !entry.hidden);
      group.hidden = seen.length === 0;
      group.querySelector("[data-count]").textContent = seen.length;
      // What was found lies open; what is ticked, too.
      group.open = asked !== "" || seen.some((entry) => entry.querySelector("input").checked);
    }
    form.querySelector(".known-none").hidden = keys.length > 0;
    document.getElementById("known-count").textContent = count;
  }

  async function ask() {
    const question = field.value.trim();
    asked = question;
    const answer = await fetch(`${form.dataset.known}?${new URLSearchParams({ q: question })}`).catch(() => null);
    // A login that has ended is answered with a page; the button then leads to it.
    const readable = answer?.ok && answer.headers.get("content-type")?.startsWith("application/json");
    if (readable && question === asked) show(await answer.json());
  }

  const remember = () => history.replaceState(null, "", `?${new URLSearchParams(new FormData(form))}`);

  form.addEventListener("input", (event) => {
    remember();
    if (event.target !== field) return;
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  });
}
