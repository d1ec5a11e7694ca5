// The live preview: what visitors see of the field that somebody is in, with what was typed, shortly after each change.
import { choices, keep } from "./preview_choices.js";
import { showReadout } from "./preview_readout.js";
import { hasAnswered, pageOf, plain, sceneOf, stateFor, visitOf } from "./preview_scenes.js";
import { startSheet } from "./preview_sheet.js";
import { startSizes } from "./preview_size.js";
import { createStage } from "./preview_stage.js";
import { say } from "./words.js";

/** Milliseconds without typing before the preview is rendered again. */
const PAUSE = 300;

const fields = () => document.querySelector("form[data-editor], form[data-preview-fields]");

/** The name of the field that an element belongs to: editors of formatted text stand beside theirs. */
const nameOf = (element) => element.name || element.closest(".field")?.querySelector("[name]")?.name || "";

/** Sends the form with what was typed and is not saved yet. `submit()` sends no event, so htmx does not take it. */
function send(form, address, target) {
  const before = ["action", "target", "rel"].map((name) => [name, form.getAttribute(name)]);
  form.setAttribute("action", address);
  form.setAttribute("target", target);
  if (target === "_blank") form.setAttribute("rel", "noopener");
  HTMLFormElement.prototype.submit.call(form);
  for (const [name, value] of before) value === null ? form.removeAttribute(name) : form.setAttribute(name, value);
}

export function startPreview() {
  const panel = document.getElementById("preview");
  if (!panel) return;
  const find = (selector) => panel.querySelector(selector);
  const table = JSON.parse(find("#preview-scenes").textContent);
  const [states, language, scheme, visitor] = ["state", "language", "scheme", "visitor"].map((name) => find(`#preview-${name}`));
  const stage = find("[data-stage]");
  const note = find("[data-unseen]");
  const [, service = ""] = panel.dataset.part.match(/^service:(.+)/) ?? [];
  /** What the last field that visitors see is about; before that, what the page is about. */
  let followed = plain(panel.dataset.start, panel.dataset.part);
  const before = choices();
  const alone = panel.classList.contains("preview-alone");
  if (!alone && [...language.options].some(({ value }) => value === before.language)) language.value = before.language;
  /** What somebody chose, where the field does not need something else. */
  const chosen = { scheme: (!panel.dataset.scheme && before.scheme) || scheme.value, visitor: before.visitor ?? visitor.value };
  const sizes = startSizes(panel, stage, before.width ?? 0, (width) => keep({ width }));
  let lastField;
  let unseen = false;
  /** Whether the last frame did not come, as when the login has ended. */
  let failed = false;
  /** The language of the last field that has one. */
  let spoken = language.value;
  /** The scene that was asked for last: its number, where its page came from, whether buttons were pressed for it. */
  let asked = { number: 0, key: "", pressed: false };
  /** Where somebody was in it. */
  let place;
  /** The state and the width that were scrolled to last. */
  let seen = "";
  /** Whether something was typed that no frame has yet. */
  let stale = false;
  let timer;

  /** What is to be seen now. */
  const wanted = () => {
    const scene = states.value && states.value !== followed.state ? plain(states.value) : followed;
    const named = scene.part.startsWith("=");
    const source = named ? document.getElementsByName(scene.part.slice(1))[0] : lastField;
    return {
      ...scene,
      visit: visitOf(scene, chosen.visitor),
      scheme: scene.scheme || chosen.scheme,
      part: named ? "" : scene.part,
      text: source?.value ?? "",
    };
  };

  const query = (values) => new URLSearchParams(Object.entries(values).filter(([, value]) => value));
  const address = ({ state, visit, scheme: colours }) =>
    `${panel.dataset.preview}?${query({ page: pageOf(state), language: language.value, scheme: colours, visit, service })}`;

  /** On a device that is wider than the panel, scrolls to what was asked for; later, where somebody has scrolled to stays. */
  function bringIntoSight({ state, left, width: taken }) {
    const now = `${state} ${sizes.width}`;
    if (seen !== now) stage.scrollLeft = taken < stage.clientWidth ? left + (taken - stage.clientWidth) / 2 : left;
    seen = now;
  }

  function mention(sentence) {
    if (note.textContent !== sentence) note.textContent = sentence;
    note.hidden = !sentence;
  }

  function heard(data) {
    if (data.event === "place") place = data.place;
    failed = data.event === "failed";
    if (failed) {
      stage.ariaBusy = "false";
      mention(say("The preview did not load. Your login may have ended, or the server cannot be reached."));
    }
    if (data.event === "read") {
      showReadout(panel, data, language.value);
      sizes.grow();
    }
    if (data.event !== "shown") return;
    bringIntoSight(data);
    if (unseen && !states.value) mention(say("Visitors do not see this field."));
    else if (data.example) mention(say("The draft has nothing new to ask about. As an example, the last service is shown as new."));
    else mention("");
    // What a frame says by itself is no answer to what was asked since.
    if (data.done !== asked.number) return;
    if (stale) later();
    else stage.ariaBusy = String(!!timer);
  }

  const frames = createStage(
    stage,
    (frame, scene) => {
      sizes.fit();
      const form = fields();
      if (form) send(form, address(scene), frame.name);
      else frame.src = address(scene);
    },
    heard,
  );

  /**
   * Shows what is wanted: in the present frame, or in a new one if the server has to make something else of it, or
   * makes it of something else.
   */
  function update({ reload = false, kept = false } = {}) {
    clearTimeout(timer);
    timer = undefined;
    if (!sheet.inSight()) return;
    const scene = { ...wanted(), number: asked.number + 1 };
    const key = address(scene);
    scheme.value = scene.scheme;
    visitor.value = hasAnswered(scene.visit) ? "returning" : "first";
    visitor.disabled = pageOf(scene.state) !== "banner";
    stage.ariaBusy = "true";
    stale = false;
    const stays = kept && key === asked.key && scene.press.length === 0;
    if (reload || frames.isEmpty || key !== asked.key || asked.pressed) frames.load(scene, stays ? place : undefined);
    else frames.aim(scene);
    asked = { number: scene.number, key, pressed: scene.press.length > 0 };
  }

  function later() {
    stage.ariaBusy = "true";
    clearTimeout(timer);
    timer = setTimeout(() => {
      // One at a time: what was typed meanwhile is shown next.
      if (frames.isLoading) stale = true;
      else update({ reload: true, kept: true });
    }, PAUSE);
  }

  const sheet = startSheet(
    panel,
    () => lastField,
    (isInSight) => {
      if (isInSight) update({ reload: true });
      else frames.clear();
    },
  );

  document.addEventListener("focusin", ({ target }) => {
    if (!target.closest("form[data-editor]")) return;
    const scene = sceneOf(table, nameOf(target));
    if (!scene) return;
    // Who goes to a field in another language sees that; who has chosen another one keeps it until then.
    if (target.lang && target.lang !== spoken && [...language.options].some(({ value }) => value === target.lang)) {
      language.value = target.lang;
    }
    spoken = target.lang || spoken;
    lastField = target;
    unseen = !scene.state;
    if (scene.state) followed = scene;
    // Who types on goes on seeing the same; it is rendered again in a moment.
    if (!states.value && !timer) update();
  });
  document.addEventListener("login-renewed", () => failed && update({ reload: true }));
  document.addEventListener("input", ({ target }) => target.closest("form[data-editor]") && later());
  document.addEventListener("htmx:afterSettle", ({ detail }) => detail.elt?.id === "editor" && later());
  states.addEventListener("change", () => update());
  language.addEventListener("change", () => {
    keep({ language: language.value });
    update();
  });
  scheme.addEventListener("change", () => {
    keep({ scheme: (chosen.scheme = scheme.value) });
    if (followed.scheme) followed = { ...followed, scheme: "" };
    update();
  });
  visitor.addEventListener("change", () => {
    keep({ visitor: (chosen.visitor = visitor.value) });
    const { state } = wanted();
    const near = stateFor(state, chosen.visitor);
    if (near !== state) states.value = near;
    else if (followed.visit) followed = { ...followed, visit: "", press: [] };
    update();
  });
  find("[data-preview-again]").addEventListener("click", () => update({ reload: true }));
  find("[data-preview-full]")?.addEventListener("click", (event) => {
    const { state, scheme: colours } = wanted();
    const to = `${panel.dataset.full}?${query({ language: language.value, scheme: colours, state })}`;
    event.preventDefault();
    const form = fields();
    if (form) send(form, to, "_blank");
    else open(to, "_blank", "noopener");
  });
  if (!panel.dataset.scheme && !before.scheme && matchMedia("(prefers-color-scheme: dark)").matches) chosen.scheme = "dark";
  sheet.start();
}
