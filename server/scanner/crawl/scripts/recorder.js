// Runs before the scripts of every frame: notes which script stores something, by its stack. It changes nothing that a
// page could see but the functions' text, and never throws into the page.
(binding) => {
  const report = globalThis[binding];
  if (typeof report !== "function") return;
  delete globalThis[binding];
  const { apply } = Reflect;
  const { stringify } = JSON;
  const { slice } = String.prototype;
  const FrameError = Error;
  const cut = (text) => apply(slice, `${text}`, [0, 2000]);
  const note = (kind, name) => {
    try {
      const { stack } = new FrameError();
      const [, host = ""] = /^https?:\/\/(\[[^\]]*\]|[^:/]*)/.exec(origin) ?? [];
      report(stringify({ kind, name: cut(name), stack: apply(slice, `${stack}`, [0, 8000]), host }));
    } catch {}
  };
  const wrap = (owner, name, kind, nameOf) => {
    const original = owner?.[name];
    if (typeof original !== "function") return;
    const wrapped = {
      [name](...given) {
        try {
          note(kind, nameOf(given, this));
        } catch {}
        return apply(original, this, given);
      },
    }[name];
    try {
      Object.defineProperty(owner, name, { value: wrapped, configurable: true, enumerable: true, writable: true });
    } catch {}
  };
  const cookie = Object.getOwnPropertyDescriptor(Document.prototype, "cookie");
  if (cookie?.set)
    Object.defineProperty(Document.prototype, "cookie", {
      ...cookie,
      set(value) {
        try {
          const text = `${value}`;
          const end = text.search(/[=;]/);
          note("cookie", end < 0 ? "" : text.slice(0, end).trim());
        } catch {}
        return apply(cookie.set, this, [value]);
      },
    });
  wrap(globalThis.CookieStore?.prototype, "set", "cookie", ([first]) => first?.name ?? first);
  wrap(globalThis.Storage?.prototype, "setItem", "storage", ([key]) => key);
  wrap(globalThis.IDBFactory?.prototype, "open", "indexed_db", ([name]) => name);
  wrap(globalThis.CacheStorage?.prototype, "open", "cache_storage", ([name]) => name);
  wrap(globalThis.ServiceWorkerContainer?.prototype, "register", "service_worker", ([url]) =>
    new URL(url, document.baseURI).href.split(/[?#]/)[0],
  );
};
