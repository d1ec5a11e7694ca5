// Which state of the banner shows what a field is about: by the table of server/studio/draft/preview_scenes.py. Pure.

/** States that one kind of visitor alone comes to, with that visitor. */
const VISITS = { banner: "first", again: "again", announcement: "announced", answered: "returning" };
/** States that are pages of their own. */
const PAGES = ["notice", "cookies"];

const NOWHERE = { state: "", visit: "", part: "", press: [], scheme: "" };

/** The scene of a field; undefined for a name that is no field's. */
export function sceneOf(table, name) {
  const steps = name.split(".");
  const found = table.find(([pattern]) => {
    const wanted = pattern.split(".");
    return wanted.length === steps.length && wanted.every((step, index) => step === "*" || step === steps[index]);
  });
  if (!found) return undefined;
  const [, state, visit, part, press, scheme] = found;
  return { state, visit, part: part.replaceAll(/\{(\d)\}/g, (_place, index) => steps[index]), press, scheme };
}

/** A state without anything particular in it. */
export const plain = (state, part = "") => ({ ...NOWHERE, state, part });

/** The page of the server that has a state. */
export const pageOf = (state) => (PAGES.includes(state) ? state : "banner");

/** Who visits: whom the scene needs, else who is chosen where both kinds of visitors come to the state. */
export const visitOf = ({ state, visit }, chosen) => visit || VISITS[state] || (PAGES.includes(state) ? "" : chosen);

/** Whether somebody who visits so has answered before. */
export const hasAnswered = (visit) => ["again", "announced", "returning", "unsent"].includes(visit);

/** The state nearest to one that this visitor does not come to. */
export function stateFor(state, visitor) {
  const needed = VISITS[state];
  if (!needed || hasAnswered(needed) === (visitor === "returning")) return state;
  return visitor === "returning" ? "answered" : "banner";
}
