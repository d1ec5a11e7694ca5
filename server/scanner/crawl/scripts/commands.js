// What Google's dataLayer has that concerns consent or a tag: pairs of a name and its parameters.
() => {
  const cut = (value) => `${value}`.slice(0, 100);
  const found = [];
  for (const entry of Array.from(globalThis.dataLayer ?? []).slice(0, 500)) {
    const isCommand = typeof entry?.length === "number";
    const [name, first, second] = isCommand ? Array.from(entry) : ["event", entry?.event];
    if (name === "consent" && (first === "default" || first === "update")) {
      const states = Object.entries(second ?? {}).slice(0, 20);
      found.push([`consent_${first}`, states.map(([key, value]) => cut(`${key}=${value}`))]);
    } else if (name === "js") found.push(["js", []]);
    else if ((name === "config" || name === "event") && first) found.push([name, [cut(first)]]);
  }
  return found;
};
