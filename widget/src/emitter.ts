// Listeners of the page. One that throws harms neither the others nor us.

export type EventName = "ready" | "change" | "show" | "hide";
export type Listener = (detail?: unknown) => void;

export interface Emitter {
  /** Adds a listener and returns what removes it. `ready` is replayed to those who come late. */
  on(event: EventName, listener: Listener): () => void;
  emit(event: EventName, detail?: unknown): void;
}

export function createEmitter(latest: () => unknown): Emitter {
  const listeners = new Map<EventName, Set<Listener>>();
  let ready = false;
  const call = (listener: Listener, detail: unknown) => {
    try {
      listener(detail);
    } catch (error) {
      console.error(error);
    }
  };
  return {
    on(event, listener) {
      // Wrapped, so that one function added twice is called twice and removed one at a time.
      const mine: Listener = (detail) => call(listener, detail);
      const all = listeners.get(event) ?? new Set();
      listeners.set(event, all.add(mine));
      if (event === "ready" && ready) mine(latest());
      return () => {
        all.delete(mine);
      };
    },
    emit(event, detail) {
      if (event === "ready") ready = true;
      for (const listener of [...(listeners.get(event) ?? [])]) listener(detail);
    },
  };
}
