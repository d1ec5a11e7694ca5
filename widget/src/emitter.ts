// Events for the page: on `document`, and for listeners of `samtykke.on`. A listener that throws harms nobody.

export type EventName = "ready" | "change" | "show" | "hide";
export type Listener = (detail?: unknown) => void;

export interface Emitter {
  /** Adds a listener and returns what removes it. `ready` is replayed to those who come late. */
  readonly _on: (event: EventName, listener: Listener) => () => void;
  /** Calls every listener with the newest detail. */
  readonly _emit: (event: EventName) => void;
}

/** `latest` is the detail of every event. */
export function createEmitter(target: EventTarget, latest: () => unknown): Emitter {
  let ready: EventName | undefined;
  return {
    _on(event, listener) {
      const name = "samtykke:" + event;
      const notify = () => {
        try {
          listener(latest());
        } catch (error) {
          console.error(error);
        }
      };
      target.addEventListener(name, notify);
      if (ready === event) notify();
      return () => target.removeEventListener(name, notify);
    },
    _emit: (event) => {
      if (event === "ready") ready = event;
      target.dispatchEvent(new CustomEvent("samtykke:" + event, { detail: latest() }));
    },
  };
}
