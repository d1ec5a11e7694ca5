// The settings module: what the server appends is the texts and declarations of one language.
import { createSettings, type Declaration } from "./ui/settings.ts";

OPEN = createSettings(SETTINGS as Declaration);
