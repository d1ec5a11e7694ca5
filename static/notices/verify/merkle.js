// Inclusion in a Merkle tree (RFC 6962, 2.1; RFC 9162, 2.1.3.2). The path has the neighbours of an entry on the way up
// to the root: who hashes them together in the right order arrives at the root, or the entry is not in the tree.
import { equal, joined } from "./bytes.js";

/** Length of every hash in bytes: SHA-256. */
export const HASH_BYTES = 32;

/** @param {...Uint8Array<ArrayBuffer>} parts */
async function sha256(...parts) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", joined(...parts)));
}

/**
 * Hash of a leaf. The zero in front keeps a leaf from being taken for a node.
 * @param {Uint8Array<ArrayBuffer>} entry
 */
export function leafHash(entry) {
  return sha256(Uint8Array.of(0), entry);
}

/**
 * Whether the path proves that the tree of `size` leaves with this root has this leaf at this index.
 * Index and size are BigInt: they may have more bits than a JavaScript number holds exactly.
 * @param {Uint8Array<ArrayBuffer>} leaf
 * @param {bigint} index
 * @param {bigint} size
 * @param {readonly Uint8Array<ArrayBuffer>[]} path
 * @param {Uint8Array<ArrayBuffer>} root
 */
export async function included(leaf, index, size, path, root) {
  if (index < 0n || index >= size) return false;
  let position = index;
  let last = size - 1n;
  let top = leaf;
  for (const step of path) {
    if (step.length !== HASH_BYTES || last === 0n) return false;
    if (position & 1n || position === last) {
      top = await sha256(Uint8Array.of(1), step, top);
      // A node without a neighbour is its own parent.
      while (!(position & 1n) && position) {
        position >>= 1n;
        last >>= 1n;
      }
    } else {
      top = await sha256(Uint8Array.of(1), top, step);
    }
    position >>= 1n;
    last >>= 1n;
  }
  return last === 0n && equal(top, root);
}
