"""What visitors are informed of: privacy notice, cookie declaration, their requests, and the register.

Everything on the pages comes from the published banner document (`server.sites`): nothing is copied, so a
notice is never out of date, and that of an old version stays as it was. Others enter by `service` and
`values`.
"""

__all__: list[str] = []
