// The fragment of sites that hold back what nobody marked.
import { block } from "./blocking/block.ts";
import type { Page } from "./fragment.ts";

block(...(PAGE as Page));
