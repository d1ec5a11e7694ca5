// The part as a whole.
import type { Texts } from "../config.ts";
import type { MakePart } from "../part.ts";
export interface Declaration { readonly texts: Texts }
export const makePart = (_: Declaration): MakePart => () => ({ settings() {}, close() {}, cover() {}, uncover() {}, me: async () => undefined });
