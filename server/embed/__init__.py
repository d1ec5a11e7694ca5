"""The one script per site: static bundle plus published configuration.

Owns the table `script_release`, and the scripts in memory. Others enter by `service` and `values`.
"""

__all__: list[str] = []
