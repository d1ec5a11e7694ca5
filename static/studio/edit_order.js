// What somebody did to the fields of the form, in its order: each thing is saved by itself, so that it can be undone by
// itself, even where several were done before there was a network.

/** Name of a field → what was done to it: typed in, by its name; or filled in with others by a script, at once. */
const edits = new Map();
let together = null;

/** Notes that the value of a field has changed. */
export function noteEdit({ target, isTrusted }) {
  if (edits.has(target.name)) return;
  if (!isTrusted && !together) {
    together = {};
    queueMicrotask(() => (together = null));
  }
  edits.set(target.name, isTrusted ? target.name : together);
}

/** Those of these fields, which are all that were edited, that were changed first, by one thing that somebody did. */
export function firstEdited(names) {
  // What the server has put into a field, or somebody has taken back, is no edit of it.
  forgetEdits([...edits.keys()].filter((name) => !names.includes(name)));
  const [first] = edits.keys();
  return names.filter((name) => edits.get(name) === edits.get(first));
}

/** These fields are being saved: what is done to them from now on is another thing. */
export function forgetEdits(names) {
  for (const name of names) edits.delete(name);
}
