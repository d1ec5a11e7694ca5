/** The site's configuration: argument of the function that the build wraps around the main bundle. */
declare const CONFIGURATION: unknown;
/** Texts and declarations of one language: argument of the function around the part. */
declare const DECLARATION: unknown;
/** What the part exports. */
declare let PART: unknown;

declare module "*.css" {
  const text: string;
  export default text;
}
