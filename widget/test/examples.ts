// CI judges a change by the same examples each time; new ones are found at the desk, as many as EXAMPLES says.
import fc from "fast-check";

const { CI, EXAMPLES = "100" } = process.env;
fc.configureGlobal({ numRuns: Number(EXAMPLES), ...(CI ? { seed: 1 } : {}) });
