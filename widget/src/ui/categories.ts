// The categories of the settings, each with its switch and its services.
import { config, h, session, text } from "./context.ts";
import type { DeclaredCategory, DeclaredService } from "../config.ts";
import { details } from "./details.ts";
import type { Attributes } from "./dom.ts";

/** The switches of the open dialog, with the keys they stand for. */
export const switches = new Map<HTMLInputElement, string>();

/** A switch for a category or service, named and described by elements of those ids. */
const toggle = (key: string, allowed: boolean, labelledby: string, attributes: Attributes) => {
  const input = h("input", { type: "checkbox", role: "switch", "aria-labelledby": labelledby, ...attributes });
  input.checked = allowed;
  switches.set(input, key);
  return input;
};

/** A service, which can be decided on apart from its category where it has a bit of its own. */
const service = (each: DeclaredService) => {
  const id = "samtykke-service-" + each.key;
  const name = h("h4", { id }, each.name);
  const known = config.services.some(({ key }) => key === each.key);
  const input = known && toggle(each.key, session._allowed(each.key), id, { "data-service": each.key });
  return h("li", {}, input ? h("label", {}, name, input) : name, ...details(each));
};

/** A category with its switch; what is necessary has none. */
export const category = (each: DeclaredCategory) => {
  const id = "samtykke-" + each.key;
  const name = h("h3", { id }, each.name);
  const optional = config.categories.some(({ key }) => key === each.key);
  const input =
    optional &&
    toggle(each.key, session._allowed(each.key), id, {
      name: each.key,
      "aria-describedby": id + "-why",
    });
  const { services } = each;
  const heading = id + "-services";
  const section = h(
    "section",
    {},
    input ? h("label", {}, name, input) : h("div", { class: "head" }, name, h("span", {}, text("always_on"))),
    h("p", { id: id + "-why" }, each.description),
    services.length > 0 &&
      h(
        "details",
        {},
        // Read out together with the category, whose name stands far away.
        h(
          "summary",
          { id: heading, "aria-labelledby": `${heading} ${id}` },
          `${text("services_heading")} (${services.length})`,
        ),
        h("ul", {}, ...services.map(service)),
      ),
  );
  // A category decides its services, until one of them is decided by itself.
  input &&
    input.addEventListener("change", () => {
      for (const inner of section.querySelectorAll<HTMLInputElement>("li input")) inner.checked = input.checked;
    });
  return section;
};
