// A new account begins with the time zone of the browser; without this, with that of the server's country.

export function startZone() {
  const field = document.querySelector("select[data-browser-zone]");
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  if (field && [...field.options].some((option) => option.value === timeZone)) field.value = timeZone;
}
