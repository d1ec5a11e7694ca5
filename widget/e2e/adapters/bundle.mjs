// Prints an application with its framework as one script, as a developer's own build would make it.
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const { outputFiles } = await build({
  entryPoints: [fileURLToPath(new URL(process.argv[2], import.meta.url))],
  bundle: true,
  write: false,
  format: "iife",
  define: {
    // The frameworks' own warnings are wanted: a mismatch after hydration is reported only in development.
    "process.env.NODE_ENV": '"development"',
    __VUE_OPTIONS_API__: "true",
    __VUE_PROD_DEVTOOLS__: "false",
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "true",
  },
});
process.stdout.write(outputFiles[0].text);
