// Signatures with Ed25519 (RFC 8032): by the browser itself, and in browsers that do not have it yet by the audited
// library @noble/ed25519 (https://github.com/paulmillr/noble-ed25519).
import { verifyAsync } from "@noble/ed25519";

/**
 * Whether the key made this signature of the message, and who has checked it.
 * @param {Uint8Array<ArrayBuffer>} key 32 bytes
 * @param {Uint8Array<ArrayBuffer>} message
 * @param {Uint8Array<ArrayBuffer>} signature
 * @returns {Promise<{valid: boolean, by: "browser" | "library"}>}
 */
export async function signedBy(key, message, signature) {
  const known = await nativeKey(key);
  if (known) {
    return { valid: await crypto.subtle.verify({ name: "Ed25519" }, known, signature, message), by: "browser" };
  }
  try {
    // Strict, as in RFC 8032: no second way to write a point.
    return { valid: await verifyAsync(signature, message, key, { zip215: false }), by: "library" };
  } catch {
    return { valid: false, by: "library" }; // it throws at what has the wrong length or is no point
  }
}

/**
 * The key for the browser's own check; null where the browser does not know Ed25519, or does not take this key.
 * @param {Uint8Array<ArrayBuffer>} key
 */
async function nativeKey(key) {
  try {
    return await crypto.subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
  } catch {
    return null;
  }
}
