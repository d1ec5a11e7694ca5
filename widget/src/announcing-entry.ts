// The fragment of sites that notify their visitors of a change.
import { announce } from "./announcing.ts";
import type { Page } from "./fragment.ts";

announce(...(PAGE as Page));
