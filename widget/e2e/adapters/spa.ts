// A single-page application without a framework, for the test of its adapter.
import { countPageViews, type PageView } from "../../adapters/spa/page-views.ts";

const views: PageView[] = [];
const stop = countPageViews((view) => views.push(view));
Object.assign(window, { views, stop });
