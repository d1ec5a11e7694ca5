// How the sources are cut: no long functions, and no modules that import each other.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { parse } from "acorn";

/** Lines of a function, without blank ones and comments. */
const LONGEST = 80;

/** Functions that are longer, as `file name`, each with the reason: none at present. */
const EXCEPTIONS: Readonly<Record<string, string>> = {};

const folder = fileURLToPath(new URL("../src/", import.meta.url));
const sources = new Map(
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => /(?<!\.d)\.ts$/.test(file))
    .map((file) => [file, readFileSync(join(folder, file), "utf8")]),
);

interface Node {
  readonly type: string;
  readonly loc: { readonly start: { readonly line: number }; readonly end: { readonly line: number } };
  readonly [name: string]: unknown;
}

/** The functions of a source, by the name that each is defined under, with their numbers of lines. */
function functions(source: string): [name: string, lines: number][] {
  // Types are replaced by blanks, so every line stays where it is.
  const code = stripTypeScriptTypes(source);
  const comments = new Set<number>();
  const lines = source.split("\n");
  const program = parse(code, {
    ecmaVersion: "latest",
    sourceType: "module",
    locations: true,
    onComment: (_block, _text, _start, _end, from, to) => {
      for (let line = from!.line; line <= to!.line; line++) {
        if (/^\s*(\/\/|\/?\*)/.test(lines[line - 1]!)) comments.add(line);
      }
    },
  }) as unknown as Node;
  const found: [string, number][] = [];
  const visit = (node: Node, name: string) => {
    if (/Function/.test(node.type)) {
      const { start, end } = node.loc;
      const own = (node["id"] as { readonly name: string } | null)?.name ?? name;
      const counted = lines
        .slice(start.line - 1, end.line)
        .filter((line, index) => line.trim() && !comments.has(start.line + index));
      found.push([own, counted.length]);
    }
    const named = (node["id"] ?? node["key"]) as { readonly name?: string } | null | undefined;
    for (const value of Object.values(node)) {
      for (const child of [value].flat() as (Node | null)[]) if (child?.type) visit(child, named?.name ?? name);
    }
  };
  visit(program, "");
  return found;
}

/** What a module imports of ours, types included. */
const imports = (file: string): string[] =>
  [...sources.get(file)!.matchAll(/(?:from|import\()\s*"(\.[^"]+\.ts)"/g)]
    .map(([, path]) => join(dirname(file), path!))
    .filter((path) => sources.has(path));

/** The modules of a cycle, the first one again at its end; nothing where there is none. */
function cycle(): string[] | undefined {
  const done = new Set<string>();
  const follow = (file: string, path: readonly string[]): string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const next of imports(file)) {
      const found = follow(next, [...path, file]);
      if (found) return found;
    }
    done.add(file);
    return undefined;
  };
  for (const file of sources.keys()) {
    const found = follow(file, []);
    if (found) return found;
  }
  return undefined;
}

test("no function is longer than can be seen at once", () => {
  const long = [...sources].flatMap(([file, source]) =>
    functions(source)
      .filter(([, lines]) => lines > LONGEST)
      .map(([name, lines]) => ({ name: `${file} ${name}`, lines })),
  );
  assert.deepEqual(
    long.filter(({ name }) => !EXCEPTIONS[name]),
    [],
  );
  assert.deepEqual(
    Object.keys(EXCEPTIONS).filter((each) => !long.some(({ name }) => name === each)),
    [],
    "not needed",
  );
});

test("no modules import each other, not even for types", () => {
  assert.equal(cycle()?.join(" → "), undefined);
});
