"""What visitors are informed of: privacy notice, cookie declaration, their requests, and the register.

Everything on the pages comes from the published banner document (`server.sites`): nothing is copied, so a
notice is never out of date, and that of an old version stays as it was. Owns the tables `notice_subscriber`,
`notice_announcement`, `notice_request`, `notice_request_event`, `notice_solved_challenge` and
`notice_processing_agreement`. Others enter by `service` and `values`, by `retention` for how long data is
stored, by `request_rules` for what a request is, by `replies` for what it is answered with, by `draft_pages`
for the notice of a draft, and by `parties` and `agreement_form` for the register.
"""

__all__ = ["agreement_form", "draft_pages", "parties", "replies", "request_rules", "retention"]
