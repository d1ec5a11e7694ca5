"""The editor of a site's draft: its pages, saving while somebody types, and the live preview."""
