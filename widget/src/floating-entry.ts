// The fragment of sites that show a small button which opens the settings.
import type { Page } from "./fragment.ts";
import { floating } from "./ui/floating.ts";

floating(...(PAGE as Page));
