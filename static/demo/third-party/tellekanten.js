// A stand-in for a service that counts visits: it gives the browser a number and reports each page.
(() => {
  const name = "_maaling";
  const days = 30;
  const known = document.cookie.split("; ").find((cookie) => cookie.startsWith(name + "="));
  const id = known?.slice(name.length + 1) ?? crypto.randomUUID();
  document.cookie = `${name}=${id};path=/;max-age=${days * 86400};samesite=lax${location.protocol === "https:" ? ";secure" : ""}`;
  const hit = new URL("treff.gif", document.currentScript.src);
  hit.search = new URLSearchParams({ besok: id, side: location.pathname, bredde: innerWidth }).toString();
  new Image().src = hit.href;
})();
