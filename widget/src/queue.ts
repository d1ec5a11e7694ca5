// Decisions on their way to the server: stored until acknowledged, never in front of an effect on the page.

/** A decision in the form of the contract. */
export interface Message {
  readonly id: string;
  readonly decided_at: string;
  readonly [field: string]: unknown;
}

export interface Answer {
  readonly _status: number;
  /** Seconds that the server asks to wait; absent, NaN or 0 when it does not. */
  readonly _wait?: number;
  /** Public number of the record, when the server sent it. */
  readonly _number?: string | undefined;
}

export interface Queue {
  readonly _enqueue: (message: Message) => void;
  /** Sends what waits, unless the server asked to wait. */
  readonly _flush: () => Promise<void>;
  readonly _stored: () => StoredQueue;
}

/** What is stored. */
export interface StoredQueue {
  /** Decisions that have not been acknowledged. */
  readonly items: readonly Message[];
  /** Not before, in milliseconds since 1970: the server's own wish. */
  readonly until?: number;
  /** Public number of the newest acknowledged record. */
  readonly number?: string | undefined;
}

/** Where a site's decisions wait in localStorage. */
export const storageKey = (site: string): string => "samtykke:queue:" + site;

/** More decisions than this without an answer, and the oldest are given up. */
const MOST = 20;
/** Longest pause between two tries in milliseconds, and the longest that a server may ask for. */
const LONGEST = 600_000;
const LONGEST_ASKED = 86_400_000;

/** Whether another try cannot change the answer. */
const final = (status: number): boolean => status < 500 && status !== 408 && status !== 429;

/**
 * @param patience Days after which a decision that did not arrive is given up.
 * @param onEmpty Called when no decision waits.
 */
export function createQueue(
  key: string,
  patience: number,
  send: (message: Message, signal: AbortSignal) => Promise<Answer>,
  onEmpty: () => void,
): Queue {
  let memory: StoredQueue = { items: [] };
  let busy: AbortController | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;

  // Read each time: another tab works on the same list.
  function load(): StoredQueue {
    try {
      const stored = JSON.parse(localStorage.getItem(key) as string) as StoredQueue | null;
      if (stored?.items.map) return stored;
    } catch {
      // Nothing is stored, or nothing may be.
    }
    return memory;
  }
  function save(stored: StoredQueue) {
    memory = stored;
    try {
      localStorage.setItem(key, JSON.stringify(stored));
      memory = { items: [] };
    } catch {
      // The list lives as long as the page.
    }
  }

  /** Changes the list while no other tab does, where the browser can see to it (in secure contexts). */
  async function change(edit: (stored: StoredQueue) => StoredQueue): Promise<void> {
    const work = async () => save(edit(load()));
    // A page without an origin may not ask for locks; it has no storage to share either.
    await (navigator.locks ? navigator.locks.request(key, work).catch(work) : work());
  }
  /** The list with a decision in it: in front where it is missing, so that no newer one is given up for it. */
  function including(message: Message, stored: StoredQueue): StoredQueue {
    const { items } = stored;
    return items.some(({ id }) => id === message.id) ? stored : { ...stored, items: [message, ...items].slice(-MOST) };
  }

  const flush = async (): Promise<void> => {
    const { items, until = 0 } = load();
    const message = items[0];
    if (!message) return onEmpty();
    if (busy || Date.now() < until) return;
    busy = new AbortController();
    const late = Date.parse(message.decided_at) < Date.now() - patience * 864e5;
    // Given up, or without an answer: that is like a server's error.
    const answer: Answer = late ? { _status: 0 } : await send(message, busy.signal).catch(() => ({ _status: 599 }));
    if (final(answer._status)) {
      failures = 0;
      await change(({ items, number }) => ({
        items: items.filter(({ id }) => id !== message.id),
        number: answer._number ?? number,
      }));
      busy = undefined;
      return flush();
    }
    const asked = Math.min((answer._wait as number) * 1000 || 0, LONGEST_ASKED);
    // Half of the pause is chance, so that the visitors of a server that was down do not come back at once.
    const pause = Math.min(LONGEST, 1000 * 2 ** ++failures) * (0.5 + Math.random() / 2);
    await change((stored) => ({ ...including(message, stored), until: Date.now() + asked }));
    busy = undefined;
    clearTimeout(timer);
    timer = setTimeout(flush, Math.max(asked, pause));
  };

  return {
    _enqueue(message) {
      // At once, as the page may be left at any moment; and again, should a tab that had read before write after us.
      const stored = load();
      save({ ...stored, items: [...stored.items, message].slice(-MOST) });
      void change((stored) => including(message, stored));
      // An answer that sets an older decision's cookie must not come now. That decision is sent again.
      busy?.abort();
      void flush();
    },
    _flush: flush,
    _stored: load,
  };
}
