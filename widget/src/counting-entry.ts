// The fragment of sites that count how often their banner is shown.
import { count } from "./counting.ts";
import type { Page } from "./fragment.ts";

count(...(PAGE as Page));
