"""Sites, their domains, and the banner document from draft to published version.

Owns the tables `site`, `site_domain`, `banner_draft`, `draft_revision`, `variant_draft`, `banner_version`,
`experiment` and `service_description`. Others enter by `service`, `values`, and what is named below: the
use cases of experiments, of earlier drafts and of descriptions from the catalog, what these fill into a
document, how two documents and two descriptions differ, how two edits of a document are brought together,
the types of the banner document, its appearance as CSS, the sites that a process caches, what all requests
share that browsers send from pages of a site, addresses of such pages, the rich text and the standard
sections of a notice, durations in words, what browsers keep without a date, and what is known of countries:
transfers to them, their supervisory authorities and their names. They hold values, never rows.
"""

__all__ = [
    "appearance_css",
    "authorities",
    "catalog_descriptions",
    "catalog_differences",
    "document_diff",
    "document_merge",
    "document_types",
    "draft_history",
    "durations",
    "english_names",
    "experiments",
    "known_services",
    "page_addresses",
    "page_posts",
    "rich_text",
    "site_cache",
    "standard_sections",
    "transfers",
    "web_storage",
]
