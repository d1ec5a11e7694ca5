// The fragment of sites that want one cookie for all of their hosts.
import { widestDomain } from "./domain.ts";
import type { Page } from "./fragment.ts";

const { 6: config } = PAGE as Page;
config.domain = widestDomain();
