"""Sites, their domains, and the banner document from draft to published version.

Owns the tables `site`, `site_domain`, `banner_draft` and `banner_version`. Others enter by `service`,
`values`, and what is named below: the types of the banner document. They hold values, never rows.
"""

__all__ = ["document_types"]
