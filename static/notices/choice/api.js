// The API for what is stored about this browser, `/api/v1/sites/{site}/me`.

/** An answer that is none: `reason` is the server's word, or `offline` where there was no answer. */
export class NoAnswer extends Error {
  /**
   * @param {string} reason
   * @param {string} [seconds] after which to try again
   */
  constructor(reason, seconds = "5") {
    super(reason);
    this.reason = reason;
    this.seconds = seconds;
  }
}

/**
 * @param {string} path
 * @param {string} secret
 * @param {string} [method]
 * @returns {Promise<Response>}
 * @throws {NoAnswer}
 */
export async function ask(path, secret, method = "GET") {
  /** @type {Response} */
  let answer;
  try {
    answer = await fetch(path, {
      method,
      credentials: "omit",
      cache: "no-store",
      referrerPolicy: "no-referrer",
      headers: { Authorization: `Bearer ${secret}` },
    });
  } catch {
    throw new NoAnswer("offline");
  }
  if (answer.ok) return answer;
  const body = await answer.json().catch(() => ({}));
  throw new NoAnswer(body.reason ?? "offline", answer.headers.get("Retry-After") ?? undefined);
}

/**
 * Everything that is stored about this browser, newest first.
 * @param {string} path
 * @param {string} secret
 * @returns {Promise<Stored[]>}
 *
 * @typedef {object} Stored
 * @property {string} consent_id
 * @property {string} recorded_at
 * @property {string} expires_at
 * @property {number} version
 * @property {string} action
 * @property {Record<string, boolean>} choices
 * @property {Record<string, boolean>} services
 */
export async function everything(path, secret) {
  const records = [];
  let before = "";
  do {
    const answer = await ask(path + (before && `?before=${encodeURIComponent(before)}`), secret);
    const part = await answer.json();
    records.push(...part.records);
    before = part.before ?? "";
  } while (before);
  return records;
}

/**
 * How a version names what was decided.
 * @param {string} path
 * @returns {Promise<Names>}
 *
 * @typedef {object} Names
 * @property {string} notice
 * @property {{key: string, name: string, necessary: boolean}[]} categories
 * @property {Record<string, {name: string, category: string}>} services
 * @property {string[]} forms
 */
export async function namesOf(path) {
  try {
    const answer = await fetch(path, { credentials: "omit" });
    if (answer.ok) return await answer.json();
  } catch {
    // As below.
  }
  throw new NoAnswer("offline");
}
