"""Sites, their domains, and the banner document from draft to published version.

Owns the tables `site`, `site_domain`, `site_tag`, `banner_draft`, `draft_revision`, `site_logo`,
`banner_version`, `publication`, `experiment`, `editor_presence`, `installation_link`, `site_setup`,
`site_responsible`, `bulk_action`, `bulk_action_site`, `service_description`, `site_group`,
`site_group_revision`, `site_group_member` and `applied_file`. Others enter by `service`, `values`, and what
is named below: the use cases of pausing, of copying and deleting, of tags, responsible people, groups and the
list of sites, of what is done with many sites and the rules of that, of schedules, of approvals, of
experiments, of earlier drafts, of edits on record and their lines, of states by name, of who is editing, of
links to installation instructions and of descriptions from the catalog, which edits can be undone, where they
are, the publications that wait, their rules, what the catalog fills into a document, how two documents and
two descriptions differ, what one asks for that another did not, how two edits of a document are brought
together, what a site inherits from its group and what stands at a place of a document, the types of the
banner document, how far the set-up of a site is, sample sites and what was tried there, uploaded logos, its
appearance as CSS and from a brand colour or a theme, the sites that a process caches, sites as files, what a
draft lacks filled in, what is an address or a host name, what all requests share that browsers send from
pages of a site, addresses of such pages, the rich text and the standard sections of a notice, durations in
words, what browsers keep without a date, what tokens of programs have to do with sites, how what is made is
named by who made it, and what is known of countries: transfers to them, their supervisory authorities and
their names. They hold values, never rows.
"""

__all__ = [
    "appearance_css",
    "approvals",
    "authorities",
    "authors",
    "brand_colours",
    "bulk",
    "bulk_kinds",
    "bulk_records",
    "bulk_rules",
    "catalog_descriptions",
    "catalog_differences",
    "catalog_news",
    "deletion",
    "document_diff",
    "document_merge",
    "document_places",
    "document_types",
    "draft_history",
    "duplication",
    "durations",
    "edit_place",
    "edit_records",
    "edit_summary",
    "english_names",
    "experiments",
    "gaps",
    "group_document",
    "group_takers",
    "groups",
    "hosts",
    "inheritance",
    "installation_links",
    "known_services",
    "listing",
    "logos",
    "page_addresses",
    "page_posts",
    "pausing",
    "presence",
    "program_tokens",
    "publication_rules",
    "publications",
    "responsibility",
    "rich_text",
    "sample_progress",
    "sample_rules",
    "samples",
    "schedules",
    "scope_diff",
    "setups",
    "site_cache",
    "site_content",
    "site_differences",
    "site_file_values",
    "site_files",
    "site_plans",
    "standard_sections",
    "states",
    "tags",
    "themes",
    "transfers",
    "undo_steps",
    "web_storage",
]
