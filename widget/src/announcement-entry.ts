// The file that notifies a visitor of a change: the server appends what has changed, in the site's languages.
import type { AnnouncementChunk } from "./config.ts";
import { makeAnnouncement } from "./ui/announcement.ts";

PART = makeAnnouncement(DECLARATION as AnnouncementChunk);
