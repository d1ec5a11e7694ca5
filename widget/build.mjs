// Builds dist/widget.js and dist/settings.js, prints their sizes and fails above a budget.
//
// widget.js is one function expression that takes the site's configuration; the server appends "(<json>);".
// settings.js is `export default (function …)`, to which the server appends "(<json>);" in the same way.
// So no JavaScript is ever templated, and the bytes in front are the same for every site.
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { Script } from "node:vm";
import { build, transform } from "esbuild";

const here = new URL("./", import.meta.url);
const dist = new URL("dist/", here);
const { budgets } = JSON.parse(await readFile(new URL("package.json", here), "utf8"));

/** Browsers that the scripts are written for: syntax only, missing features are looked for at run time. */
const target = ["chrome100", "firefox100", "safari15.4"];

/** Lets a module import a stylesheet as its minified text, with nesting flattened for older browsers. */
const stylesheets = {
  name: "stylesheets",
  setup(bundler) {
    bundler.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(await readFile(path, "utf8"), { loader: "css", minify: true, target });
      return { contents: code.trim(), loader: "text" };
    });
  },
};

async function bundle(entry, properties) {
  const result = await build({
    absWorkingDir: new URL(".", here).pathname,
    entryPoints: [entry],
    bundle: true,
    format: "esm",
    minify: true,
    charset: "utf8",
    legalComments: "none",
    target,
    write: false,
    logLevel: "warning",
    plugins: [stylesheets],
    mangleProps: /_$/,
    mangleCache: properties,
  });
  return { code: result.outputFiles[0].text.trim().replace(/;$/, ""), properties: result.mangleCache };
}

/** Size in bytes as files and as browsers receive them. */
const sizes = (text) => ({
  raw: Buffer.byteLength(text),
  gzip: gzipSync(text, { level: 9 }).length,
  brotli: brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length,
});

async function make() {
  const main = await bundle("src/index.ts", {});
  // The chunk calls functions that the main bundle hands it, so both use the same short names.
  const chunk = await bundle("src/settings-chunk.ts", main.properties);
  const files = {
    "widget.js": `(function(CONFIGURATION){"use strict";${main.code}})`,
    "settings.js": `export default (function(SETTINGS){"use strict";let OPEN;${chunk.code};return OPEN})`,
  };
  for (const text of Object.values(files)) new Script(text.replace(/^export default /, "")); // syntax
  await mkdir(dist, { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(new URL(name, dist), text);
}

async function check() {
  let over = false;
  for (const [name, budget] of Object.entries(budgets)) {
    const size = sizes(await readFile(new URL(name, dist), "utf8"));
    const verdict = size.brotli > budget ? "TOO LARGE" : "ok";
    over ||= size.brotli > budget;
    console.log(
      `${name.padEnd(12)} raw ${size.raw}  gzip ${size.gzip}  brotli ${size.brotli}  budget ${budget}  ${verdict}`,
    );
  }
  return over;
}

const built = await stat(new URL("widget.js", dist)).catch(() => undefined);
if (!process.argv.includes("--check-budgets") || !built) await make();
if (await check()) process.exitCode = 1;
