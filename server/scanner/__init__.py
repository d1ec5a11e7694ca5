"""What a website really has: its page is read, and what stands against the banner there is named.

Owns the table `installation_check`. It requests pages by `core.guarded_fetch` alone. Others enter by
`service`, `values`, and what is named below: what a page proposes for a new site,
what the Norwegian register of legal entities says of an organisation, and scanning a website in a browser.
"""

__all__ = ["company_register", "reading", "scanning"]
