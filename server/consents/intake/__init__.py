"""How a visitor's decision is taken in: one handler answers every outcome, and knows no framework.

`handler` → `admission` (cached sites and rules, group commit) → `store`. `server.consents.api` mounts it.
"""
