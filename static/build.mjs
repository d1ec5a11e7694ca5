// Builds what pages load into dist/: of the studio studio.css, studio.js, the tiny theme.js that runs first,
// preview_frame.js for the frame of the preview, and rich_text.js for the pages with formatted text alone; of the public
// pages a script each.
// The same input gives the same bytes; nothing is fetched from elsewhere when a page is open.
import { copyFile, mkdir, stat, writeFile } from "node:fs/promises";
import { build } from "esbuild";
import { PurgeCSS } from "purgecss";

const here = new URL("./", import.meta.url);
const file = (path) => new URL(path, here).pathname;
const target = ["chrome105", "firefox110", "safari15.4"];

await mkdir(file("dist/"), { recursive: true });

const shared = {
  absWorkingDir: file("."),
  bundle: true,
  minify: true,
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
  target,
};

await build({
  ...shared,
  entryPoints: {
    studio: file("studio/studio.js"),
    theme: file("studio/theme.js"),
    preview_frame: file("studio/preview_frame.js"),
    rich_text: file("studio/rich_text.js"),
    choice: file("notices/choice/page.js"),
  },
  outdir: file("dist"),
  format: "iife",
});

await build({
  ...shared,
  entryPoints: { studio: file("studio/studio.css") },
  outdir: file("dist"),
});

// Whoever checks a receipt may read what checks it: the page's script is built as it was written.
await build({
  ...shared,
  entryPoints: { verify: file("notices/verify/page.js") },
  outdir: file("dist"),
  format: "iife",
  minify: false,
  legalComments: "inline",
});

// Tabler has many times the rules that the studio uses: those for classes in no template are left out.
const [{ css }] = await new PurgeCSS().purge({
  css: [file("dist/studio.css")],
  content: [file("../templates/studio/**/*.html"), file("studio/*.js")],
  // The last are of a theme's layout, size and place, which the templates do not spell out.
  safelist: { standard: ["light", "dark", /^theme-(is|at)-/] },
});
await writeFile(file("dist/studio.css"), css);

await copyFile(file("studio/icon.svg"), file("dist/icon.svg"));
// What the instructions for installing offer to download.
await copyFile(file("../widget/adapters/gtm/template.tpl"), file("dist/gtm-template.tpl"));
await copyFile(file("../widget/adapters/react/consent.ts"), file("dist/consent.ts"));
await copyFile(file("../widget/samtykke.d.ts"), file("dist/samtykke.d.ts"));

// What scans of websites use, unchanged and with their licences: the rules that recognise and answer the banners of other
// consent tools, and which company has a host.
const tools = file("dist/scanner/");
await mkdir(tools, { recursive: true });
for (const [source, name] of [
  ["@duckduckgo/autoconsent/dist/autoconsent.playwright.js", "autoconsent.js"],
  ["@duckduckgo/autoconsent/rules/rules.json", "autoconsent_rules.json"],
  ["@duckduckgo/autoconsent/LICENSE", "autoconsent.LICENSE.txt"],
  ["third-party-web/dist/entities-nostats.json", "third_party_entities.json"],
  ["third-party-web/LICENSE", "third_party_entities.LICENSE.txt"],
])
  await copyFile(file(`node_modules/${source}`), tools + name);

for (const name of ["studio.css", "studio.js", "theme.js", "preview_frame.js", "rich_text.js", "choice.js", "verify.js"]) {
  const { size } = await stat(file(`dist/${name}`));
  console.log(`static/dist/${name}  ${size.toLocaleString("en")} bytes`);
}
