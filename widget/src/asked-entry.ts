// The file with what is asked for by a page, in its address or markup, and by a visitor, in the settings. One for every site.
import { serve } from "./asked.ts";
import { about } from "./ui/about.ts";

PART = { _serve: serve, _about: about };
