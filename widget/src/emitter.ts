// Listeners of the page. One that throws harms neither the others nor us.

export type EventName = "ready" | "change" | "show" | "hide";
export type Listener = (detail?: unknown) => void;

export interface Emitter {
  /** Adds a listener and returns what removes it. `ready` is replayed to those who come late. */
  readonly on: (event: EventName, listener: Listener) => () => void;
  readonly emit: (event: EventName, detail?: unknown) => void;
}

/** `latest` is the detail for a late listener of `ready`. */
export function createEmitter(latest: () => unknown): Emitter {
  const all = new Set<readonly [EventName, Listener]>();
  let ready = false;
  const call = (listener: Listener, detail?: unknown) => {
    try {
      listener(detail);
    } catch (error) {
      console.error(error);
    }
  };
  return {
    on(event, listener) {
      const entry = [event, listener] as const;
      all.add(entry);
      if (ready && event === "ready") call(listener, latest());
      return () => void all.delete(entry);
    },
    emit(event, detail) {
      ready ||= event === "ready";
      for (const [name, listener] of all) if (name === event) call(listener, detail);
    },
  };
}
