// Decisions on their way to the server: kept until acknowledged, never in front of an effect on the page.

/** A decision as the contract words it. */
export interface Message {
  readonly id: string;
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
  removeItem(key: string): void;
}

export interface Surroundings {
  /** Called whenever it is needed, for a browser may refuse storage by throwing. */
  readonly store: () => Store;
  readonly send: (message: Message) => Promise<Answer>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** At least 0, below 1. */
  readonly random: () => number;
  readonly later: (work: () => void, milliseconds: number) => void;
}

export interface Queue {
  add(message: Message): void;
  /** Sends what waits, unless the server asked for peace. */
  flush(): Promise<void>;
  /** True while a decision has not been acknowledged. */
  waiting(): boolean;
  /** Public number of the newest acknowledged record. */
  number(): string | undefined;
  clear(): void;
}

interface Kept {
  readonly items: readonly Message[];
  /** Not before, in milliseconds since 1970: the server's own wish. */
  readonly until?: number;
  readonly number?: string | undefined;
}

/** More decisions than this without an answer, and the oldest are given up. */
const MOST = 20;
/** Longest pause between two tries in milliseconds. */
const LONGEST = 600_000;
/** Longest pause that a server may ask for: a day. */
const LONGEST_ASKED = 86_400_000;

/** An answer that another try cannot change. */
const final = ({ status }: Answer): boolean =>
  status < 300 || (status >= 400 && status < 500 && status !== 408 && status !== 429);

export function createQueue(key: string, around: Surroundings): Queue {
  let memory: Kept = { items: [] };
  let busy = false;
  let planned = false;
  let failures = 0;

  // Read anew each time: another tab works on the same list.
  const load = (): Kept => {
    try {
      const kept = JSON.parse(around.store().getItem(key) ?? "null") as Kept | null;
      if (kept && Array.isArray(kept.items)) return kept;
      if (!kept) return memory;
    } catch {
      return memory;
    }
    return { items: [] };
  };
  const save = (kept: Kept) => {
    memory = kept;
    try {
      around.store().setItem(key, JSON.stringify(kept));
      memory = { items: [] };
    } catch {
      // Without storage the list lives as long as the page.
    }
  };

  const plan = (milliseconds: number) => {
    if (planned) return;
    planned = true;
    around.later(() => {
      planned = false;
      void flush();
    }, milliseconds);
  };

  async function flush(): Promise<void> {
    const { items, until = 0 } = load();
    const message = items[0];
    if (busy || !message) return;
    if (around.now() < until) return plan(until - around.now());
    busy = true;
    const answer = await around.send(message).catch((): Answer => ({ status: 599, wait: 0 }));
    busy = false;
    if (final(answer)) {
      failures = 0;
      const { items, number } = load();
      save({ items: items.filter(({ id }) => id !== message.id), number: answer.number ?? number });
      return flush();
    }
    const asked = Math.min(answer.wait * 1000 || 0, LONGEST_ASKED);
    // Half of the pause is chance, so that the visitors of a server that was down do not come back at once.
    const pause = Math.min(LONGEST, 1000 * 2 ** ++failures) * (0.5 + around.random() / 2);
    if (asked > 0) save({ ...load(), until: around.now() + asked });
    plan(Math.max(asked, pause));
  }

  return {
    add(message) {
      const kept = load();
      save({ ...kept, items: [...kept.items, message].slice(-MOST) });
      void flush();
    },
    flush,
    waiting: () => load().items.length > 0,
    number: () => load().number,
    clear() {
      memory = { items: [] };
      try {
        around.store().removeItem(key);
      } catch {
        // Nothing was stored either.
      }
    },
  };
}
