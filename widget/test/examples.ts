// CI judges a change by the same examples each time; new ones are found at the desk, as many as EXAMPLES says.
import fc from "fast-check";

// What the build puts in the place of the configuration.
(globalThis as { CONFIGURATION?: unknown }).CONFIGURATION = {};

const { CI, EXAMPLES = "100" } = process.env;
fc.configureGlobal({ numRuns: Number(EXAMPLES), ...(CI ? { seed: 1 } : {}) });
