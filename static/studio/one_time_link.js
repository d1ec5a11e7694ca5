// The token of a link that works once stands after the #, where no server, log or referrer gets it. It goes into
// the form, out of the address and out of the history.

function open() {
  const form = document.querySelector("form[data-one-time-link]");
  const token = location.hash.slice(1);
  if (!form || !/^[\w-]{65}$/.test(token)) return;
  history.replaceState(null, "", location.pathname);
  form.querySelector("[name=link]").value = token;
  form.requestSubmit();
}

export function startOneTimeLink() {
  open();
  // Where the page is open already, another link only changes what stands behind the #.
  addEventListener("hashchange", open);
}
