"""What is known of services that websites use: providers, hosts, what they store, and what they are for.

One file for each service in `data/`, written by us, with its sources and the day it was looked at. Owns no
table: the files are part of the release. Others enter by `service` and `values`.
"""

__all__: list[str] = []
