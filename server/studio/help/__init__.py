"""Help: pages in the languages of the studio, and beside each group of fields two sentences of them.

One source: `texts/<language>/<page>.md`. The paragraph below a heading is what the group shows in place, and
the documentation's site has the English pages (`docs/hooks.py`).
"""
