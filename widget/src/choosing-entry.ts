// What stands around the configurations of a site that compares two variants: one of them goes to the bundle.
import { chosen, randomByte } from "./choosing.ts";

PART = chosen(VARIANTS, randomByte(crypto));
