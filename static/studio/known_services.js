// The list of known services is narrowed while somebody types; the server knows what belongs to which. Without
// this, the button beside the field does it. What is ticked stays in sight, and with the page in the history, so
// that going back to it loses nothing; also in the address, as long as servers accept that.

const PAUSE = 150;

const LONGEST = 2000; // characters of the address behind its path; gunicorn refuses lines of 4094 bytes

export function startKnownServices() {
  const form = document.querySelector("form[data-known]");
  if (!form) return;
  const field = form.elements.q;
  let timer = 0;
  let asked = "";
  const groups = [...form.querySelectorAll(".known-group")];

  function show({ keys, count }) {
    const found = new Map(keys.map((key, place) => [key, place]));
    const rank = (entry) => found.get(entry.dataset.key) ?? keys.length;
    const best = new Map();
    for (const group of groups) {
      const entries = [...group.querySelectorAll("li")].sort((one, other) => rank(one) - rank(other));
      group.querySelector("ul").append(...entries);
      best.set(group, asked === "" ? 0 : rank(entries[0]));
      for (const entry of entries) entry.hidden = !found.has(entry.dataset.key) && !entry.querySelector("input").checked;
      const seen = entries.filter((entry) => !entry.hidden);
      group.hidden = seen.length === 0;
      group.querySelector("[data-count]").textContent = seen.length;
      // What was found lies open; what is ticked, too.
      group.open = asked !== "" || seen.some((entry) => entry.querySelector("input").checked);
    }
    // The best come first, and so do the groups that have them.
    form.querySelector(".known-none").before(...groups.toSorted((one, other) => best.get(one) - best.get(other)));
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

  const boxes = [...form.querySelectorAll("input[name=service]")];

  function remember() {
    const ticked = boxes.filter((box) => box.checked).map((box) => box.value);
    const said = new URLSearchParams({ q: field.value });
    for (const key of ticked) said.append("service", key);
    const fits = said.toString().length <= LONGEST;
    history.replaceState({ ticked }, "", fits ? `?${said}` : `?${new URLSearchParams({ q: field.value })}`);
  }

  const before = history.state?.ticked;
  if (before) {
    for (const box of boxes) {
      box.checked = before.includes(box.value);
      const entry = box.closest("li");
      // What a page of the website loads stands apart from the groups, and is always in sight.
      const group = box.closest(".known-group");
      if (!box.checked || !group) continue;
      group.open = true;
      if (entry.hidden) entry.hidden = group.hidden = false;
    }
  }

  form.addEventListener("input", (event) => {
    remember();
    if (event.target !== field) return;
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  });
}
