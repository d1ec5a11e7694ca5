// The live preview: the real banner in a frame of its own, rendered again shortly after each change.
import { say } from "./words.js";

const PAUSE = 350; // milliseconds without typing before the preview is rendered again

export function startPreview() {
  const panel = document.getElementById("preview");
  if (!panel) return;
  const stage = panel.querySelector("[data-stage]");
  const language = panel.querySelector("#preview-language");
  const scheme = panel.querySelector("#preview-scheme");
  if (matchMedia("(prefers-color-scheme: dark)").matches) scheme.value = "dark";
  let width = 1120;
  const wide = (pixels) => {
    width = pixels;
    for (const button of panel.querySelectorAll("[data-width]")) {
      button.ariaPressed = String(Number(button.dataset.width) === width);
    }
    stage.classList.toggle("stage-phone", width < 600);
  };
  if (innerWidth < 600) wide(390);
  let count = 0;
  let timer;

  /** Fits the frame into the panel: a page of `width` pixels, made smaller where there is less room. */
  const fit = () => {
    const tallest = width < 600 ? stage.clientHeight / 700 : 1;
    const scale = Math.min(1, stage.clientWidth / width, tallest);
    for (const frame of stage.querySelectorAll("iframe")) {
      frame.style.width = `${width}px`;
      frame.style.height = `${stage.clientHeight / scale}px`;
      frame.style.transform = `scale(${scale})`;
      frame.style.left = `${Math.max(0, (stage.clientWidth - width * scale) / 2)}px`;
    }
  };

  /** Loads a new frame behind the present one, and lets it take its place: no flicker, no steps in the history. */
  const show = () => {
    const frame = document.createElement("iframe");
    frame.name = `preview-${++count}`;
    frame.title = say("Preview of the banner");
    frame.setAttribute("sandbox", "allow-scripts");
    frame.className = "is-coming";
    const mine = count;
    frame.addEventListener("load", () => {
      if (mine !== count) return frame.remove();
      frame.classList.remove("is-coming");
      for (const other of stage.querySelectorAll("iframe")) if (other !== frame) other.remove();
      stage.dataset.shown = String(mine);
    });
    const query = new URLSearchParams({ language: language.value, scheme: scheme.value });
    const address = `${panel.dataset.preview}?${query}`;
    const form = document.querySelector("form[data-editor]");
    if (!form) {
      frame.src = address;
      stage.append(frame);
      return fit();
    }
    stage.append(frame);
    fit();
    // What was typed and is not saved yet goes along. `submit()` sends no event, so htmx does not take it.
    const { action, target, noValidate } = form;
    form.action = address;
    form.target = frame.name;
    HTMLFormElement.prototype.submit.call(form);
    Object.assign(form, { action, noValidate });
    if (target) form.target = target;
    else form.removeAttribute("target");
  };

  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(show, PAUSE);
  };

  document.addEventListener("input", (event) => event.target.closest("form[data-editor]") && soon());
  document.addEventListener("htmx:afterSettle", ({ detail }) => detail.elt?.id === "editor" && soon());
  language.addEventListener("change", show);
  scheme.addEventListener("change", show);
  panel.querySelector("[data-preview-again]").addEventListener("click", show);
  for (const button of panel.querySelectorAll("[data-width]")) {
    button.addEventListener("click", () => {
      wide(Number(button.dataset.width));
      fit();
    });
  }
  new ResizeObserver(fit).observe(stage);
  show();
}
