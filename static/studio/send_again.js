// Sending a form later than its button was pressed: after what must come first, as the same button would have.

const again = new WeakMap();

/** Sends a form as if its button were pressed now; no button: as if by Enter. `stages` are what has come first. */
export function sendAgain(form, button, ...stages) {
  again.set(form, { button, stages });
  // A button that was replaced meanwhile cannot press itself.
  form.requestSubmit(button?.form === form ? button : undefined);
  again.delete(form);
}

/** Whether a form is being sent again, and a stage is behind it. */
export const isBehind = (form, stage) => !!again.get(form)?.stages.includes(stage);

export function startSendingAgain() {
  // htmx takes the button from the last click, which was long ago.
  document.addEventListener("htmx:configRequest", ({ detail }) => {
    const button = again.get(detail.elt)?.button;
    if (button?.name) detail.parameters[button.name] = button.value;
  });
}
