// How large the preview is: as high as the room below it on the screen; each device has its own width, and a phone its
// height too, of which the whole is shown, made smaller where it has to be.
import { say } from "./words.js";

const LEAST = 352; // pixels
const BELOW = 130; // pixels for what is said below, at most
const BESIDE = matchMedia("(min-width: 78rem)");

/**
 * @param width The width that is chosen first; 0: as wide as there is room.
 * @param chosen Called with the width when another is chosen.
 */
export function startSizes(panel, stage, width, chosen) {
  const buttons = [...panel.querySelectorAll("[data-width]")];
  const size = panel.querySelector("[data-size]");
  let device;
  const choose = (pixels) => (device = buttons.find((each) => Number(each.dataset.width) === pixels) ?? buttons[0]);
  choose(width);

  function fit() {
    const pixels = Number(device.dataset.width) || stage.clientWidth;
    const height = Number(device.dataset.height) || stage.clientHeight;
    const scale = Math.min(1, stage.clientHeight / height);
    for (const { style } of stage.querySelectorAll("iframe")) {
      Object.assign(style, { width: `${pixels}px`, height: `${height}px`, transform: scale < 1 ? `scale(${scale})` : "" });
      style.marginBottom = scale < 1 ? `${(scale - 1) * height}px` : "";
    }
    const text = scale < 1
      ? say("%(width)s × %(height)s px, made smaller", { width: pixels, height })
      : say("%(width)s px wide", { width: pixels });
    if (size.textContent !== text) size.textContent = text;
    for (const button of buttons) button.ariaPressed = String(button === device);
  }

  /** As high as there is room now, and never higher than there is room once the page is scrolled. */
  function grow() {
    if (!BESIDE.matches || panel.classList.contains("preview-alone")) return void (stage.style.height = "");
    const { top, bottom } = stage.getBoundingClientRect();
    const whole = panel.getBoundingClientRect();
    const below = Math.min(BELOW, whole.bottom - bottom) + 16;
    const stuck = parseFloat(getComputedStyle(panel).top) + top - whole.top;
    const room = innerHeight - below - Math.max(top, stuck);
    stage.style.height = `${Math.round(Math.max(LEAST, room))}px`;
  }

  for (const button of buttons) {
    button.addEventListener("click", () => {
      choose(Number(button.dataset.width));
      chosen(Number(button.dataset.width));
      fit();
    });
  }
  new ResizeObserver(fit).observe(stage);
  for (const event of ["scroll", "resize"]) addEventListener(event, () => requestAnimationFrame(grow), { passive: true });
  grow();
  return {
    fit,
    grow,
    get width() {
      return Number(device.dataset.width);
    },
  };
}
