"""The studio of staff: pages in Jinja, one module per area. Views translate; the slices decide."""
