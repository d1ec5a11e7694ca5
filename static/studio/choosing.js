// In the list of sites, all on the page are chosen at once; then all that match the filter are offered, on other pages
// too. Without this, both can be chosen as they stand.

export function startChoosing() {
  const bar = document.querySelector("[data-choose]");
  if (!bar) return;
  const form = bar.closest("form");
  const boxes = [...form.querySelectorAll("input[name=site]")];
  const ofPage = bar.querySelector("[data-choose-page] input");
  const all = bar.querySelector("[data-choose-all]");
  const every = all?.querySelector("input");
  const questions = [...form.querySelectorAll("[data-confirm-all]")].map((button) => [button, button.dataset.confirm]);

  function show() {
    const ticked = boxes.filter((box) => box.checked).length;
    ofPage.checked = ticked === boxes.length;
    ofPage.indeterminate = ticked > 0 && !ofPage.checked;
    if (!all) return;
    all.hidden = !ofPage.checked;
    if (all.hidden) every.checked = false;
    for (const [button, few] of questions) button.dataset.confirm = every.checked ? button.dataset.confirmAll : few;
  }

  function tick(on) {
    for (const box of boxes) box.checked = on;
    show();
  }

  ofPage.addEventListener("change", () => tick(ofPage.checked));
  form.addEventListener("change", show);
  bar.querySelector("[data-choose-page]").hidden = false;
  // A page that comes back from the history has what was ticked.
  addEventListener("pageshow", () => (every?.checked ? tick(true) : show()));
}
