// What a receipt proves, step by step. A receipt is one JSON file: the record of a decision, the salt of the
// commitment to it, the entry of the log, and the proof that the log has that entry (https://c2sp.org/tlog-proof).
//
// The same checks, in the same order, are made by the command `samtykke log verify`; one list of forged files is tried
// on both.
import { equal, fromBase64, fromHex, toBase64, toHex } from "./bytes.js";
import { canonical } from "./canonical.js";
import { ENTRY_BYTES, SALT_BYTES, commitment, entryOf } from "./commitment.js";
import { HASH_BYTES, included, leafHash } from "./merkle.js";
import { BadNote, trustedCheckpoint } from "./signed_note.js";
import { BadJson, strictJson } from "./strict_json.js";

/** The steps, in their order. */
export const STEPS = /** @type {const} */ (["file", "commitment", "signature", "inclusion"]);

/** Most bytes of a receipt. */
export const MOST_BYTES = 256 * 1024;

const FORMAT = "samtykke/receipt/v1";
const PARTS = ["entry", "format", "proof", "record", "salt"];
const HEAD = "c2sp.org/tlog-proof@v1";

/** Fields of the record in form 1, and the kind of each. */
const FIELDS = {
  v: "bigint",
  site: "string",
  cid: "string",
  idem: "string",
  version: "bigint",
  cfg: "string",
  lang: "string",
  action: "string",
  surface: "string",
  choices: "map",
  services: "map",
  signals: "map",
  decided_at: "string",
  recorded_at: "string",
  expires_at: "string",
};

/** A step that was not passed: a key of the page's words for it, and what goes into them. */
class Failed extends Error {
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
 * @typedef {object} Report
 * @property {number} passed how many of the steps were passed; all of them: the receipt proves its record
 * @property {{code: string, values: Record<string, string>}} [fault] why the next step was not
 * @property {Map<string, any>} [record] the record, from the first step on
 * @property {Record<string, string>} found what the steps have computed, for who checks them by hand
 */

/**
 * Check a receipt against the keys that are trusted.
 * @param {Uint8Array<ArrayBuffer>} file
 * @param {readonly import("./signed_note.js").Key[]} keys
 * @returns {Promise<Report>}
 */
export async function verify(file, keys) {
  /** @type {Report} */
  const report = { passed: 0, found: {} };
  try {
    const { record, canonicalRecord, salt, entry, proof } = read(file);
    report.record = record;
    report.found.record = new TextDecoder().decode(canonicalRecord);
    report.passed = 1;

    const committed = await commitment(salt, canonicalRecord);
    report.found.commitment = toHex(committed);
    report.found.entry = toHex(entry);
    if (!equal(entryOf(committed), entry)) throw new Failed("changed");
    report.passed = 2;

    const { index, path, note } = parts(proof);
    const checkpoint = await trustedCheckpoint(note, keys);
    report.found.log = checkpoint.origin;
    report.found.size = String(checkpoint.size);
    report.found.root = toBase64(checkpoint.root);
    report.found.key = toHex(checkpoint.signer.id);
    report.found.by = checkpoint.by;
    report.passed = 3;

    const leaf = await leafHash(entry);
    report.found.leaf = toBase64(leaf);
    report.found.index = String(index);
    if (!(await included(leaf, index, checkpoint.size, path, checkpoint.root))) {
      throw new Failed("not_included", { log: checkpoint.origin, index: String(index) });
    }
    report.passed = 4;
  } catch (fault) {
    if (!(fault instanceof Failed || fault instanceof BadJson || fault instanceof BadNote)) throw fault;
    report.fault = { code: fault.code, values: fault.values };
  }
  return report;
}

/**
 * The parts of a receipt, each of its right form.
 * @param {Uint8Array<ArrayBuffer>} file
 */
function read(file) {
  if (file.length > MOST_BYTES) throw new Failed("too_large");
  const text = decoded(file);
  if (!text.trim()) throw new Failed("empty");
  const value = strictJson(text);
  if (!(value instanceof Map)) throw new Failed("other_file");
  if ([...value.keys()].sort().join() !== PARTS.join()) throw new Failed(kindOf(value));
  if (value.get("format") !== FORMAT) throw new Failed("other_format", { format: String(value.get("format")).slice(0, 60) });
  const record = value.get("record");
  if (!(record instanceof Map)) throw new Failed("record_form", { field: "record" });
  for (const name of new Set([...Object.keys(FIELDS), ...record.keys()])) {
    const kind = record.get(name) instanceof Map ? "map" : typeof record.get(name);
    const right = Object.hasOwn(FIELDS, name) && FIELDS[/** @type {keyof typeof FIELDS} */ (name)] === kind;
    if (!right || (name === "v" && record.get(name) !== 1n)) throw new Failed("record_form", { field: name.slice(0, 40) });
  }
  const proof = value.get("proof");
  if (typeof proof !== "string") throw new Failed("proof_form");
  const salt = fromHex(value.get("salt"), SALT_BYTES);
  if (!salt) throw new Failed("bytes", { part: "salt", length: String(SALT_BYTES) });
  const entry = fromHex(value.get("entry"), ENTRY_BYTES);
  if (!entry) throw new Failed("bytes", { part: "entry", length: String(ENTRY_BYTES) });
  try {
    return { record, canonicalRecord: canonical(record), salt, entry, proof };
  } catch (fault) {
    if (fault instanceof RangeError) throw new Failed("record_form", { field: "record" });
    throw fault;
  }
}

/** @param {Uint8Array<ArrayBuffer>} file */
function decoded(file) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(file);
  } catch {
    throw new Failed("not_text");
  }
}

/**
 * What a JSON file is that is no receipt, as far as it can be recognised.
 * @param {Map<string, unknown>} value
 */
function kindOf(value) {
  if (value.get("@type") === "dpv:ConsentReceipt") return "iso27560";
  if (typeof value.get("version") === "string" && String(value.get("version")).startsWith("KI-CR-")) return "kantara";
  if (Array.isArray(value.get("records"))) return "all_records";
  return value.get("format") === FORMAT ? "parts" : "other_file";
}

/**
 * Place, path and signed checkpoint of a proof.
 * @param {string} proof
 */
function parts(proof) {
  const gap = proof.indexOf("\n\n");
  const [head, place, ...lines] = proof.slice(0, Math.max(gap, 0)).split("\n");
  const index = /^index (0|[1-9][0-9]{0,18})$/.exec(place ?? "");
  if (gap < 0 || head !== HEAD || !index) throw new Failed("proof_form");
  const path = lines.map((line) => {
    const hash = fromBase64(line);
    if (hash?.length !== HASH_BYTES) throw new Failed("proof_form");
    return hash;
  });
  return { index: BigInt(index[1]), path, note: proof.slice(gap + 2) };
}
