"""What visitors are informed of: privacy notice, cookie declaration, their requests, and the register.

Everything on the pages comes from the published banner document (`server.sites`): nothing is copied, so a
notice is never out of date, and that of an old version stays as it was. Owns the tables `notice_subscriber`,
`notice_announcement`, `notice_request`, `notice_request_event` and `notice_solved_challenge`. Others enter by
`service` and `values`, by `retention` for how long data is stored, by `request_rules` for what a request
is, and by `draft_pages` for the notice of a draft.
"""

__all__ = ["draft_pages", "request_rules", "retention"]
