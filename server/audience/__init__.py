"""Who is shown the banner and what happens then: events without identifiers, counted in closed lists.

Owns the tables `audience_count` and `audience_batch`, and the folder `spool` in the data folder. Nothing of
it joins with decisions, and it imports neither them nor their figures. Others enter by `service` and
`values`.
"""

__all__: list[str] = []
