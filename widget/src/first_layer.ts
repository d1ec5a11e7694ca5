// Where each text of the first layer is in the list that the server sends: names would cost every page view bytes.
// The order is that of `FIRST_TEXTS` in server/embed/lazy_chunks.py.
export const TITLE = 0;
/** One paragraph a line. */
export const BODY = 1;
export const ACCEPT_ALL = 2;
export const REJECT_ALL = 3;
export const SETTINGS = 4;
export const REOPEN = 5;
export const UNAVAILABLE = 6;
/** Who asks, with the name of the notice; empty where the site does not state it. */
export const NOTICE = 7;
