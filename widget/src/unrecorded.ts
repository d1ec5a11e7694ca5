// Tells a page's developer that its host is for testing: there the server checks decisions and records none.
import type { Config } from "./config.ts";

/** What the server answers to a decision that it does not record. */
const NOT_RECORDED = 202;

/** Says it once on the console, as soon as a decision of this page was answered so. */
export function watchAnswers({ site }: Config): void {
  try {
    const seen = new PerformanceObserver((list) => {
      const answers = list.getEntries() as PerformanceResourceTiming[];
      // Safari does not tell the status of an answer: there nothing is said.
      if (answers.some((each) => each.responseStatus === NOT_RECORDED && each.name.includes(`/${site}/decisions`))) {
        console.info(`samtykke: ${location.host} is for testing, nothing is recorded or counted`);
        seen.disconnect();
      }
    });
    seen.observe({ type: "resource", buffered: true });
  } catch {
    // An old browser.
  }
}
