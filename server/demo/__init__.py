"""The demo shop and its stand-in third parties.

Owns no table: its site is one like any other, and its counters are files. Others enter by `service`.
"""

__all__: list[str] = []
