/** The site's configuration: argument of the function that the build wraps around the main bundle. */
declare const CONFIGURATION: unknown;
/** What only some sites need at once: the further arguments of that function. */
declare const FRAGMENTS: readonly import("./fragment.ts").Fragment[];
/** What the main bundle hands to a fragment: argument of the function around it. */
declare const PAGE: unknown;
/** Texts and declarations of one language: argument of the function around the part. */
declare const DECLARATION: unknown;
/** What a banner without its server may fetch: argument of the function around the offline page's script. */
declare const FILES: unknown;
/** The configurations of an experiment: argument of the function that chooses one of them. */
declare const VARIANTS: readonly unknown[];
/** What the part exports. */
declare let PART: unknown;

declare module "*.css" {
  const text: string;
  export default text;
}
