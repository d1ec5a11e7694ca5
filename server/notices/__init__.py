"""What visitors are informed of: privacy notice, cookie declaration, their requests, and the register.

Everything on the pages comes from the published banner document (`server.sites`): nothing is copied, so a
notice is never out of date, and that of an old version stays as it was. Owns the tables `notice_subscriber`
and `notice_announcement`. Others enter by `service` and `values`, and by `retention` for how long data is
stored.
"""

__all__ = ["retention"]
