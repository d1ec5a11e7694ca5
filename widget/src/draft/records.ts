// Nothing is recorded in a preview, so there is nothing to see or to erase.
import type { Host, Part } from "../part.ts";

const nothing = () => Promise.reject(new Error("samtykke: nothing is stored in a preview"));

export const noRecords = ({
  _session: session,
  _apply: apply,
}: Host): Pick<Part, "_me" | "_download" | "_forget"> => ({
  _me: nothing,
  _download: nothing,
  _forget() {
    session._forget();
    apply();
  },
});
