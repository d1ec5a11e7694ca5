// Whether a visitor is to be notified of what has changed since their decision. It asks for nothing: the decision stands.
import type { Fragment, Page } from "./fragment.ts";
import type { ShowAnnouncement } from "./ui/announcement.ts";

/** Where it is remembered, in localStorage, which announcement the visitor has closed: the number of its version. */
export const seenKey = (site: string): string => "samtykke:seen:" + site;

export const announce: Fragment = (...page) => {
  const [session, , afterPaint, , , , config] = page as Page;
  const [version, path] = config.announcement!;
  const key = seenKey(config.site);
  /** Who is asked again reads in the banner what has changed, and who has not decided knows nothing else. */
  const due = () => !session._ask() && session._decision()!.version < version;
  /** Only once the visitor has closed it: before that, nobody knows whether they have seen it. */
  const remember = () => {
    try {
      localStorage.setItem(key, version as unknown as string);
    } catch {
      // It comes again on the next page.
    }
  };
  const consider = async () => {
    try {
      if (!due()) return;
      try {
        if (+localStorage.getItem(key)! >= version) return;
      } catch {
        // Nothing can be remembered.
      }
      const { default: show } = (await import(config.origin + path)) as { default: ShowAnnouncement };
      await show(due, remember, page);
    } catch {
      // The next page tries again.
    }
  };
  afterPaint(consider);
};
