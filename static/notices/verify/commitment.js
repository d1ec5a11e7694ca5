// The commitment to a record, and the entry of the log that holds it. The salt is the key of an HMAC: without it,
// nobody can find out from the public log what a record says, and with it, no other record has the same commitment.
import { joined, utf8 } from "./bytes.js";

/** Length of a salt in bytes. */
export const SALT_BYTES = 32;

/** Length of an entry in bytes: the word `samtykke/entry/v1`, a line feed, the kind, and the commitment. */
export const ENTRY_BYTES = 51;

/** The kind of entry that is a visitor's decision. */
const DECISION = 1;

/**
 * HMAC-SHA256, with the salt as key, of `samtykke/record/v1`, a line feed and the canonical record.
 * @param {Uint8Array<ArrayBuffer>} salt
 * @param {Uint8Array<ArrayBuffer>} record
 */
export async function commitment(salt, record) {
  const key = await crypto.subtle.importKey("raw", salt, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, joined(utf8("samtykke/record/v1\n"), record)));
}

/**
 * The entry of the log that commits to a decision.
 * @param {Uint8Array<ArrayBuffer>} committed
 */
export function entryOf(committed) {
  return joined(utf8("samtykke/entry/v1\n"), Uint8Array.of(DECISION), committed);
}
