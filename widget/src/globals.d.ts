/** The site's configuration: argument of the function that the build wraps around the main bundle. */
declare const CONFIGURATION: unknown;
/** Texts and declarations of one language: argument of the function around the settings chunk. */
declare const SETTINGS: unknown;
/** What the settings module exports. */
declare let OPEN: unknown;

declare module "*.css" {
  const text: string;
  export default text;
}
