// Decisions on their way to the server: kept until acknowledged, never in front of an effect on the page.

/** A decision as the contract words it. */
export interface Message {
  readonly id: string;
  readonly decided_at: string;
  readonly [field: string]: unknown;
}

export interface Answer {
  readonly status: number;
  /** Seconds that the server asks to wait; NaN or 0 when it does not. */
  readonly wait: number;
  /** Public number of the record, when the server told it. */
  readonly number?: string | undefined;
}

export interface Store {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

export interface Surroundings {
  /** Called whenever it is needed, for a browser may refuse storage by throwing. */
  readonly store: () => Store;
  readonly send: (message: Message) => Promise<Answer>;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** At least 0, below 1. */
  readonly chance: () => number;
  /** Days after which a decision that did not arrive is given up. */
  readonly patience: number;
  readonly later: (work: () => unknown, milliseconds: number) => void;
}

export interface Queue {
  readonly enqueue: (message: Message) => void;
  /** Sends what waits, unless the server asked for peace. */
  readonly flush: () => Promise<void>;
  readonly kept: () => Kept;
}

/** What is stored. */
export interface Kept {
  /** Decisions that have not been acknowledged. */
  readonly items: readonly Message[];
  /** Not before, in milliseconds since 1970: the server's own wish. */
  readonly until?: number;
  /** Public number of the newest acknowledged record. */
  readonly number?: string | undefined;
}

/** Where a site's decisions wait in localStorage. */
export const storageKey = ({ site }: { readonly site: string }): string => "samtykke:queue:" + site;

/** More decisions than this without an answer, and the oldest are given up. */
const MOST = 20;
/** Longest pause between two tries in milliseconds, and the longest that a server may ask for. */
const LONGEST = 600_000;
const LONGEST_ASKED = 86_400_000;

/** Whether another try cannot change the answer. */
const final = (status: number): boolean => status < 300 || (status < 500 && status !== 408 && status !== 429);

export function createQueue(key: string, { store, send, clock, chance, patience, later }: Surroundings): Queue {
  let memory: Kept = { items: [] };
  let busy = false;
  let planned = false;
  let failures = 0;

  // Read anew each time: another tab works on the same list.
  const load = (): Kept => {
    try {
      const kept = JSON.parse(store().getItem(key) as string) as Kept;
      if (Array.isArray(kept.items)) return kept;
    } catch {
      // Nothing is stored, or nothing may be.
    }
    return memory;
  };
  const save = (kept: Kept) => {
    memory = kept;
    try {
      store().setItem(key, JSON.stringify(kept));
      memory = { items: [] };
    } catch {
      // The list lives as long as the page.
    }
  };

  const flush = async (): Promise<void> => {
    const { items, until = 0, number } = load();
    const fresh = items.filter(({ decided_at }) => Date.parse(decided_at) > clock() - patience * 864e5);
    const message = fresh[0];
    if (fresh.length < items.length) save({ items: fresh, number });
    if (busy || !message || clock() < until) return;
    busy = true;
    const answer = await send(message).catch((): Answer => ({ status: 599, wait: 0 }));
    busy = false;
    const kept = load();
    if (final(answer.status)) {
      failures = 0;
      save({ items: kept.items.filter(({ id }) => id !== message.id), number: answer.number ?? kept.number });
      return flush();
    }
    const asked = Math.min(answer.wait * 1000 || 0, LONGEST_ASKED);
    // Half of the pause is chance, so that the visitors of a server that was down do not come back at once.
    const pause = Math.min(LONGEST, 1000 * 2 ** ++failures) * (0.5 + chance() / 2);
    save({ ...kept, until: clock() + asked });
    if (!planned) later(() => ((planned = false), flush()), Math.max(asked, pause));
    planned = true;
  };

  return {
    enqueue(message) {
      const kept = load();
      save({ ...kept, items: [...kept.items, message].slice(-MOST) });
      void flush();
    },
    flush,
    kept: load,
  };
}
