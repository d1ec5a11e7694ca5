// Whose a frame is that names a category alone: then a visitor can allow the one service, not the whole category.
import { owners } from "./blocking/hosts.ts";
import type { Owner } from "./config.ts";
import type { Host, Part } from "./part.ts";

export const createOwner = (hosts: readonly Owner[], { _config: config }: Host): Pick<Part, "_identify"> => ({
  _identify({ dataset }) {
    const [key, ...others] = owners(hosts, dataset.consentSrc ?? "", document.baseURI, location.href, config.origin);
    const service = config.services.find((each) => each.key === key);
    // A host that several services share says nothing. What is declared otherwise than it is marked waits for
    // what it is marked with.
    if (key && !others.length && service?.category === dataset.consent) dataset.consentService = key;
  },
});
