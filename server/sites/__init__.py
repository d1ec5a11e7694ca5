"""Sites, their domains, and the banner document from draft to published version.

Owns the tables `site`, `site_domain`, `banner_draft` and `banner_version`. Others enter by `service` and
`values`; what they hold of a site or a version is a value, never a row.
"""

__all__: list[str] = []
