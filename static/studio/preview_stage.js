// The frames of the preview: a new one takes the place of the present one once it shows what that showed.
// Each is in a sandbox and has no origin: they talk by messages, and nothing but the forms below is understood.
import { say } from "./words.js";

/** Milliseconds that a frame has after loading to say that it is ready: else it is something else, such as a login page. */
const PATIENCE = 3000;

const isText = (value) => typeof value === "string";
const isNumber = (value) => typeof value === "number" && Number.isFinite(value);
const isEntry = (value) => isText(value?.name) && isText(value.kind);
const isContrast = (value) => value === null || (isNumber(value?.ratio) && isNumber(value.least) && isText(value.text));
const isPlace = (value) =>
  Array.isArray(value?.open) &&
  value.open.every(isText) &&
  Array.isArray(value.scrolled) &&
  value.scrolled.every((each) => isText(each?.[0]) && isNumber(each[1]));

/** What a frame may say, and what else belongs to it. */
const FORMS = {
  ready: () => true,
  place: ({ place }) => isPlace(place),
  shown: ({ done, state, left, width, example }) =>
    [done, left, width].every(isNumber) && isText(state) && typeof example === "boolean",
  read: ({ keyboard, contrast }) =>
    isNumber(keyboard?.count) && Array.isArray(keyboard.first) && keyboard.first.every(isEntry) && isContrast(contrast),
};

export const understood = (data) =>
  data?.samtykke === "preview" && Object.hasOwn(FORMS, data.event) && FORMS[data.event](data);

/**
 * @param fill Loads a frame with a scene.
 * @param heard Called with what the frame in sight says, and with `{event: "failed"}` when a new one did not come.
 */
export function createStage(stage, fill, heard) {
  let present;
  let coming;
  let count = 0;

  const ask = ({ frame, scene, place }) =>
    frame.contentWindow?.postMessage({ samtykke: "preview", event: "show", scene, place }, "*");

  const drop = (one) => {
    clearTimeout(one?.timer);
    one?.frame.remove();
  };

  const fail = (one) => {
    if (one !== coming) return;
    drop(one);
    coming = undefined;
    heard({ event: "failed" });
  };

  /** Shows a new frame in place of the present one. Nothing in it can take the focus before it is in sight. */
  function load(scene, place) {
    drop(coming);
    const frame = document.createElement("iframe");
    frame.name = `preview-${++count}`;
    frame.title = say("Preview of the banner");
    frame.setAttribute("sandbox", "allow-scripts");
    frame.className = "is-coming";
    frame.inert = true;
    const mine = { frame, scene, place };
    coming = mine;
    stage.append(frame);
    // From here on: a frame that is still empty has loaded too.
    frame.addEventListener("load", () => {
      clearTimeout(mine.timer);
      mine.timer = setTimeout(() => mine.ready || fail(mine), PATIENCE);
    });
    fill(frame, scene);
  }

  /** Brings the present frame into another state. */
  function aim(scene) {
    if (coming) return load(scene);
    present.frame.inert = true;
    ask(Object.assign(present, { scene, place: undefined }));
  }

  addEventListener("message", ({ source, origin, data }) => {
    const one = [coming, present].find((each) => each?.frame.contentWindow === source);
    // What has another origin than none is not one of our frames any more.
    if (!one || origin !== "null" || !understood(data)) return;
    if (data.event === "ready") {
      one.ready = true;
      return ask(one);
    }
    if (one === coming && data.event === "shown") {
      drop(present);
      present = one;
      coming = undefined;
      one.frame.classList.remove("is-coming");
    }
    if (one !== present) return;
    if (data.event === "shown") one.frame.inert = false;
    heard(data);
  });

  return {
    load,
    aim,
    get isEmpty() {
      return !present && !coming;
    },
    get isLoading() {
      return !!coming;
    },
    /** Takes all frames away. */
    clear() {
      drop(coming);
      drop(present);
      coming = present = undefined;
    },
  };
}
