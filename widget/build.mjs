// Builds what the server puts together into each site's script, and prints the sizes; with --check-budgets, only those,
// and fails above a budget. A build never fails for its size: another release of Brotli may find some bytes less.
//
// widget.js is one function expression that takes the site's configuration; the server appends "(<json>);".
// Fragments are function expressions too, for sites that need them at once: "(<json>,<fragment>,<fragment>);".
// choosing.js is one for sites that compare two variants: "(choosing([<json>,<json>]),<fragment>);".
// rules.json has the style rules of layouts, positions and logos, of which each site's configuration has its own.
// offline.js is one too, for a page that shows a banner without its server: "(<json>)" is what it may fetch.
// Parts are `export default (function …)`, fetched when needed; the server appends "(<json>);" in the same way.
// So no JavaScript is ever templated, and the bytes in front are the same for every site.
import { copyFile, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { Script } from "node:vm";
import { parse } from "acorn";
import { build, transform } from "esbuild";
import { minify } from "terser";

const here = new URL("./", import.meta.url);
const dist = new URL("dist/", here);
const { budgets, added } = JSON.parse(await readFile(new URL("package.json", here), "utf8"));

/** Browsers that the scripts are written for: syntax only, missing features are looked for at run time. */
const target = ["chrome100", "firefox100", "safari15.4"];

/**
 * Members that never leave these files begin with an underscore and are shortened; what is of JSON, of the browser or of
 * `window.samtykke` is not named so. The short names are collected here, since files that are loaded together share them.
 */
const mangleProps = /^_[a-z]/;
const names = {};

/** A stylesheet as minified text, with nesting flattened for older browsers. */
async function stylesheet(path) {
  const { code } = await transform(await readFile(path, "utf8"), { loader: "css", minify: true, target });
  return code.trim();
}

/** Lets a module import a stylesheet as its text. */
const stylesheets = {
  name: "stylesheets",
  setup(bundler) {
    bundler.onLoad({ filter: /\.css$/ }, async ({ path }) => ({ contents: await stylesheet(path), loader: "text" }));
  },
};

/** The rules that only some sites need, by name. */
async function siteRules() {
  const folder = new URL("src/ui/sites/", here);
  const made = {};
  for (const file of (await readdir(folder)).sort()) {
    made[file.replace(/\.css$/, "")] = await stylesheet(new URL(file, folder));
  }
  return JSON.stringify(made);
}

/**
 * In which order variables are named, in the main bundle and in fragments: so phrases of a fragment are the same there,
 * and cost next to nothing on the wire. Any order is right. This one was found by trying many: it makes the main bundle
 * some 20 bytes smaller than naming by how often each letter occurs.
 */
const LETTERS = "etnxgidavohumzpQbfsDkHJlWACK$GVBwjLMRXYyPNUcTSEIFOZqr_";
const sameNames = {
  nth_identifier: {
    get(n) {
      const { length } = LETTERS;
      return LETTERS[n % length] + (n < length ? "" : Math.floor(n / length));
    },
  },
};

/** One entry with all it imports, as statements. */
async function bundle(entry, define, mangle = true) {
  const result = await build({
    absWorkingDir: fileURLToPath(here),
    entryPoints: [entry],
    bundle: true,
    format: "esm",
    minify: true,
    charset: "utf8",
    legalComments: "none",
    target,
    define,
    write: false,
    logLevel: "warning",
    plugins: [stylesheets],
    mangleProps,
    mangleCache: names,
  });
  Object.assign(names, result.mangleCache);
  // A second minifier finds what the first leaves: together some 4 % of the bytes on the wire.
  const { code } = await minify(result.outputFiles[0].text, {
    module: true,
    ecma: 2020,
    mangle,
    compress: { passes: 3, inline: 1, sequences: false, hoist_funs: true, unsafe: true, unsafe_arrows: true, pure_getters: true },
  });
  return code.replace(/;$/, "");
}

/**
 * Puts arrow functions in parentheses. Engines take that as the sign of what is called at once, and compile it together
 * with what is around it; otherwise they pass over it and come back when it is called. Left alone is what visitors seldom
 * need: functions, methods, what is async, and listeners. See docs/adr/0011-compiled-at-once-or-when-called.md.
 */
function hurry(code) {
  const marks = [];
  const visit = (node, parent) => {
    if (typeof node?.type !== "string") return;
    if (node.type === "ArrowFunctionExpression" && !node.async) {
      const { callee } = parent;
      const listens = /^(addEventListener|then|catch|setTimeout)$/.test(callee?.property?.name ?? callee?.name);
      if (callee !== node && !listens) marks.push([node.start, "("], [node.end, ")"]);
    }
    for (const value of Object.values(node)) for (const child of [value].flat()) visit(child, node);
  };
  visit(parse(code, { ecmaVersion: "latest" }));
  // From behind, so that the places of the others stay right.
  marks.sort(([one], [other]) => other - one);
  return marks.reduce((text, [at, mark]) => text.slice(0, at) + mark + text.slice(at), code);
}

/** A function of these statements; where they only hand its arguments `_` on to a function, that one. */
function asFunction(code) {
  const [statement, ...more] = parse(code, { ecmaVersion: "latest" }).body;
  const { callee, arguments: given = [] } = statement.expression ?? {};
  const handsOn = !more.length && given.length === 1 && given[0].argument?.name === "_";
  if (callee?.type !== "ArrowFunctionExpression" || !handsOn) return `((..._)=>{${code}})`;
  return `(${code.slice(callee.start, callee.end)})`;
}

/** Size in bytes as files and as browsers receive them. */
const sizes = (text) => ({
  raw: Buffer.byteLength(text),
  gzip: gzipSync(text, { level: 9 }).length,
  brotli: brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length,
});

async function make() {
  const main = await bundle("src/index.ts", { CONFIGURATION: "e", FRAGMENTS: "t" }, sameNames);
  const fragment = async (entry) => asFunction(await bundle(entry, { PAGE: "_" }, sameNames));
  const page = async (entry) => `(_=>{${await bundle(entry, { FILES: "_" })}})`;
  const part = async (entry) => {
    const code = await bundle(entry, { DECLARATION: "_", PART: "$" });
    return `export default (_=>{let $;${code};return $})`;
  };
  /** Returns its part, for the server to hand to another function. */
  const expression = async (entry) => `(_=>{let $;${await bundle(entry, { VARIANTS: "_", PART: "$" })};return $})`;
  /** Exports a function that takes what the server would append: one file for every site. */
  const module = async (entry) => {
    const code = await bundle(entry, { PART: "$" });
    return `let $;${code};export default $`;
  };
  const files = {
    "widget.js": hurry(`((e,...t)=>{${main}})`),
    // The largest first, which finds the most names free.
    "debug.js": await module("src/debug/entry.ts"),
    "draft.js": await module("src/draft-entry.ts"),
    "asked.js": await module("src/asked-entry.ts"),
    "settings.js": await part("src/part-entry.ts"),
    "extra.js": await part("src/extra-entry.ts"),
    "announcement.js": await part("src/announcement-entry.ts"),
    "signals.js": await fragment("src/signals-entry.ts"),
    "blocking.js": await fragment("src/blocking-entry.ts"),
    "domain.js": await fragment("src/domain-entry.ts"),
    "floating.js": await fragment("src/floating-entry.ts"),
    "counting.js": await fragment("src/counting-entry.ts"),
    "announcing.js": await fragment("src/announcing-entry.ts"),
    "offline.js": await page("src/offline-entry.ts"),
    "choosing.js": await expression("src/choosing-entry.ts"),
  };
  for (const text of Object.values(files)) new Script(text.replace(/(^|;)export default /, "$1")); // syntax
  await mkdir(dist, { recursive: true });
  await copyFile(new URL("samtykke.d.ts", here), new URL("samtykke.d.ts", dist));
  for (const [name, text] of Object.entries(files)) await writeFile(new URL(name, dist), text);
  await writeFile(new URL("rules.json", dist), await siteRules());
}

async function check() {
  let over = false;
  const text = (name) => readFile(new URL(name, dist), "utf8");
  for (const [name, budget] of Object.entries(budgets)) {
    const size = sizes(await text(name));
    const verdict = size.brotli > budget ? "TOO LARGE" : "ok";
    over ||= size.brotli > budget;
    console.log(
      `${name.padEnd(12)} raw ${size.raw}  gzip ${size.gzip}  brotli ${size.brotli}  budget ${budget}  ${verdict}`,
    );
  }
  // What a fragment adds to a site's script, as it is compressed together with the main bundle.
  const main = await text("widget.js");
  for (const [name, budget] of Object.entries(added)) {
    const bytes = sizes(main + (await text(name))).brotli - sizes(main).brotli;
    over ||= bytes > budget;
    console.log(
      `${name.padEnd(12)} adds brotli ${bytes} to widget.js  budget ${budget}  ${bytes > budget ? "TOO LARGE" : "ok"}`,
    );
  }
  return over;
}

const built = await stat(new URL("widget.js", dist)).catch(() => undefined);
const checking = process.argv.includes("--check-budgets");
if (!checking || !built) await make();
if ((await check()) && checking) process.exitCode = 1;
