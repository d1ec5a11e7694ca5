"""Plans and applying files in this machine's database, as those who operate the server: all is allowed."""

from collections.abc import Iterator, Mapping
from typing import Any

from server.accounts.values import COMMAND_LINE
from server.core import clock
from server.ops.cli.as_code.backend import How
from server.sites.site_plans import Caller


class Local:
    """The sites of the application whose context there is."""

    def keys(self) -> Iterator[str]:
        """As `Backend`."""
        from server.sites import service as sites

        return (site.key for site in sites.each_site())

    def content(self, key: str) -> Mapping[str, Any]:
        """As `Backend`."""
        from server.sites import service as sites
        from server.sites import site_plans

        return site_plans.content(sites.find_live(key))

    def plan(self, key: str, value: Any) -> dict[str, Any]:
        """As `Backend`."""
        from server.sites import site_plans
        from server.sites.site_file_values import plan_value

        return plan_value(site_plans.plan(key, value, _operator()))

    def apply(self, key: str, value: Any, how: How) -> dict[str, Any]:
        """As `Backend`."""
        from server.accounts.service import audit_log
        from server.core.db import transaction
        from server.sites import site_files
        from server.sites.site_file_values import outcome_value

        with transaction():
            now = clock.now()
            done = site_files.apply(
                key,
                value,
                _operator(),
                now=now,
                overwrite=how.overwrite,
                publish=how.publish,
                note=how.note,
            )
            for event in done.events:
                audit_log.record_event(
                    event.action,
                    by=COMMAND_LINE,
                    site_id=done.site.id,
                    subject=event.subject,
                    detail=event.detail,
                    now=now,
                )
        return outcome_value(done)


def _operator() -> Caller:
    from server.core.http import settings

    return Caller(
        by=COMMAND_LINE.name,
        may=lambda _permission, _site_id: True,
        public_url=settings().public_url,
        groups=True,
        approved=True,
    )
