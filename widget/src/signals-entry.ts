// The fragment of sites that pass the decision on to other tools on the page.
import type { Page } from "./fragment.ts";
import { informTools } from "./signals/inform.ts";

informTools(...(PAGE as Page));
