// The fragment of sites that tell other tools on the page what was decided.
import type { Page } from "./fragment.ts";
import { tell } from "./signals/tell.ts";

tell(PAGE as Page);
