// A new account begins with the time zone of the browser. Without this the first owner's is that of the server's country,
// and the invited have none of their own.

export function startZone() {
  const field = document.querySelector("[data-browser-zone]");
  if (!field) return;
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  // A hidden field has no list to choose from: the server knows which zones there are.
  if (!field.options || [...field.options].some((option) => option.value === timeZone)) field.value = timeZone ?? "";
}
