// Says that a form waits for another server, which may take seconds. Its button is not pressed twice meanwhile.

export function startBusy() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || !form.dataset.busy) return;
    if (form.querySelector(".busy")) return event.preventDefault();
    const line = Object.assign(document.createElement("p"), { className: "busy", role: "status" });
    event.submitter?.after(line);
    line.textContent = form.dataset.busy;
  });
  // A page that comes back from the history waits for nothing any more.
  addEventListener("pageshow", () => document.querySelectorAll(".busy").forEach((line) => line.remove()));
}
