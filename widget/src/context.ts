// What the server appends to the script: the site's configuration.
import type { Config } from "./config.ts";

export const config = CONFIGURATION as Config;
