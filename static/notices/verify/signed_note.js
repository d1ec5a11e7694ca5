// Keys, signed notes and checkpoints (https://c2sp.org/signed-note, https://c2sp.org/tlog-checkpoint). A checkpoint is
// what the log has signed: its name, how many entries it has, and the root over all of them.
import { equal, fromBase64, joined, toHex, utf8 } from "./bytes.js";
import { signedBy } from "./ed25519.js";
import { HASH_BYTES } from "./merkle.js";

const ED25519 = 1;
const MOST_SIGNS = 64 * 1024;
const MOST_SIGNATURES = 100;

/** What separates names: Unicode's white space, as Python has it. */
const SPACE = /[\s\u001c-\u001f\u0085]/;

/**
 * @typedef {object} Key
 * @property {string} name under which it signs; the origin of its log
 * @property {Uint8Array<ArrayBuffer>} id four bytes by which its signatures are recognised; they prove nothing
 * @property {Uint8Array<ArrayBuffer>} public 32 bytes
 */

/** Why a note, checkpoint or key is not accepted: a key of the page's words, and what goes into them. */
export class BadNote extends Error {
  /**
   * @param {string} code
   * @param {Record<string, string>} [values]
   */
  constructor(code, values = {}) {
    super(code);
    this.code = code;
    this.values = values;
  }
}

/**
 * The key in a C2SP vkey, `name+id+key`.
 * @param {string} vkey
 * @returns {Promise<Key>}
 * @throws {BadNote} `key_form`, `key_kind` or `key_id`
 */
export async function keyOf(vkey) {
  const found = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(vkey.trim());
  if (!found || !isName(found[1])) throw new BadNote("key_form");
  const encoded = fromBase64(found[3]);
  if (!encoded || encoded.length !== 33 || encoded[0] !== ED25519) throw new BadNote("key_kind");
  const named = joined(utf8(`${found[1]}\n`), encoded);
  const id = new Uint8Array(await crypto.subtle.digest("SHA-256", named)).slice(0, 4);
  if (toHex(id) !== found[2]) throw new BadNote("key_id");
  return { name: found[1], id, public: encoded.slice(1) };
}

/**
 * The checkpoint in a note that the log itself has signed with one of the keys.
 *
 * Signatures of unknown keys are ignored. One under the name and id of a known key must be valid.
 * @param {string} note
 * @param {readonly Key[]} keys
 * @throws {BadNote} `note_form`, `changed_after`, `unknown_key`, `checkpoint_form` or `other_log`
 */
export async function trustedCheckpoint(note, keys) {
  const { text, signatures } = split(note);
  /** @type {Key[]} */
  const signers = [];
  let by = "browser";
  for (const each of signatures) {
    for (const key of keys) {
      if (key.name !== each.name || !equal(key.id, each.id)) continue;
      const checked = await signedBy(key.public, utf8(text), each.signature);
      if (!checked.valid) throw new BadNote("changed_after", { key: key.name });
      by = checked.by;
      signers.push(key);
    }
  }
  if (!signers.length) throw new BadNote("unknown_key", { signers: signatures.map(({ name }) => name).join(", ") });
  const checkpoint = checkpointOf(text);
  const signer = signers.find((key) => key.name === checkpoint.origin);
  if (!signer) throw new BadNote("other_log", { log: checkpoint.origin });
  return { ...checkpoint, signer, by };
}

/**
 * The text of a note, and its signatures, not yet checked.
 * @param {string} note
 */
function split(note) {
  // A note's length is counted in characters, of which some have two units here.
  if (note.length > 2 * MOST_SIGNS || [...note].length > MOST_SIGNS) throw new BadNote("note_form");
  const gap = note.lastIndexOf("\n\n");
  if (gap < 0 || !note.endsWith("\n") || note.length < gap + 3) throw new BadNote("note_form");
  const text = note.slice(0, gap + 1);
  // No control character but the line feed, and no half of a surrogate pair.
  if (/[\0-\x09\x0b-\x1f]/.test(text) || /[\ud800-\udfff]/u.test(text)) throw new BadNote("note_form");
  const lines = note.slice(gap + 2, -1).split("\n");
  if (lines.length > MOST_SIGNATURES) throw new BadNote("note_form");
  return { text, signatures: lines.map(signatureOf) };
}

/** @param {string} line `— name base64(id, signature)` */
function signatureOf(line) {
  const found = /^\u2014 ([^ ]*) (.*)$/su.exec(line);
  const value = found && isName(found[1]) ? fromBase64(found[2]) : null;
  if (!found || !value || value.length < 5) throw new BadNote("note_form");
  return { name: found[1], id: value.slice(0, 4), signature: value.slice(4) };
}

/**
 * Origin, size and root. Extension lines below them are signed too, and not needed here.
 * @param {string} text
 */
function checkpointOf(text) {
  const lines = text.slice(0, -1).split("\n");
  const root = fromBase64(lines[2] ?? "");
  if (lines.length < 3 || lines.includes("") || !/^(0|[1-9][0-9]{0,18})$/.test(lines[1]) || root?.length !== HASH_BYTES) {
    throw new BadNote("checkpoint_form");
  }
  return { origin: lines[0], size: BigInt(lines[1]), root };
}

/** @param {string} name */
function isName(name) {
  return name !== "" && !name.includes("+") && !SPACE.test(name);
}
