// Whether this product's banner is on the page, whether it is shown, and the address of its script.
() => {
  const own = typeof globalThis.samtykke?.acceptAll === "function";
  const banner = document.querySelector("#samtykke");
  const script = [...document.scripts].find(({ src }) => /\/w\/[a-z0-9-]{2,40}(\.[0-9a-f]+)?\.js([?#]|$)/.test(src));
  return { own, shown: Boolean(own && banner?.getClientRects().length), script: own && script ? script.src : "" };
};
