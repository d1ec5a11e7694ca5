// The logo on the page of the appearance: uploaded at once, shown as it is, and removed; each can be taken back.
import { apply, refuse } from "./filling.js";
import { say } from "./words.js";

const LARGEST = 100 * 1024; // bytes, as the server has it

async function upload(button) {
  const input = document.getElementById("logo_file");
  const [file] = input.files;
  const { logo } = button.closest("[data-logo]").dataset;
  if (!file) return refuse(button, input, say("Choose a file first."));
  if (file.size > LARGEST) return refuse(button, input, say("The file is larger than 100 KB. Make it smaller."));
  const body = new FormData();
  body.set("csrf_token", button.form.elements.csrf_token.value);
  body.set(input.name, file);
  button.disabled = true;
  try {
    const response = await fetch(logo, { method: "POST", body });
    const answer = [200, 422].includes(response.status) ? await response.json() : undefined;
    button.disabled = false;
    if (!answer) return refuse(button, input, say("The file could not be uploaded. Try again."));
    if (answer.error) return refuse(button, input, answer.error);
    input.value = "";
    refuse(button, input);
    apply(button, answer.fields, answer.sentences);
  } catch {
    button.disabled = false;
    refuse(button, input, say("The server cannot be reached. Nothing was saved; try again."));
  }
}

/** Shows the logo of the form, from here or as the page came with it: other hosts are not asked. */
function showLogo() {
  const part = document.querySelector("[data-logo]");
  if (!part) return;
  const address = document.getElementById("appearance.logo").value.trim();
  const shown = part.querySelector("[data-logo-shown]");
  for (const image of shown.querySelectorAll("img")) {
    const known = address === image.getAttribute("src") || address.startsWith(`${location.origin}/s/`);
    if (known && address !== image.getAttribute("src")) image.src = address;
    shown.hidden = !known;
  }
  part.querySelector("[data-logo-remove]").hidden = !address;
}

export function startLogo() {
  // Before htmx, which would send the form, and after the question whether to remove it.
  document.addEventListener(
    "click",
    (event) => {
      const button = event.target.closest("[data-logo-upload], [data-logo-remove]");
      if (!button) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      if ("logoUpload" in button.dataset) upload(button);
      else apply(button, { "appearance.logo": "", "appearance.logo_text": "" }, [say("The logo is removed from the form.")]);
    },
    true,
  );
  document.addEventListener("input", (event) => event.target.id === "appearance.logo" && showLogo());
  document.addEventListener("htmx:afterSettle", showLogo);
}
