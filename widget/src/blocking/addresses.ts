// What elements load, and by which of their attributes.

const SRC = ["src"];
const BOTH = ["src", "srcset"];

/** Attributes that hold an address, by an element's name. Forms and links to follow are the visitor's own doing. */
export const ADDRESSES: Readonly<Record<string, readonly string[]>> = {
  // The latter two are those of an SVG.
  script: ["src", "href", "xlink:href"],
  iframe: SRC,
  embed: SRC,
  audio: SRC,
  track: SRC,
  input: SRC,
  img: BOTH,
  source: BOTH,
  video: ["src", "poster"],
  object: ["data"],
  link: ["href"],
};

/** Of links only those that contact somebody: style sheets, `preload`, `prefetch`, `preconnect` and their like. */
export const LOADING = Object.keys(ADDRESSES)
  .join()
  .replace("link", "link[rel~=stylesheet],link[rel*=pre]:not([rel=prev])");

/** The addresses in an attribute: a `srcset` may name several, each with a width or a density behind it. */
export const listed = (name: string, value: string): readonly string[] =>
  name === "srcset" ? value.trim().split(/\s*,\s*|\s+[^,]*,?\s*/) : [value];
