"""The sites that one process caches: looked up by what visitors' browsers send."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from server.core.errors import Forbidden, NotFound
from server.sites import service
from server.sites.values import Site


class SiteCache:
    """Sites by key, as last read from the database.

    `session` opens a database session for the calling thread, and closes it.
    """

    def __init__(self, session: Callable[[], AbstractContextManager[object]]) -> None:
        self._session = session
        self._sites: dict[str, Site] = {}

    def find(self, key: str, origin: str | None, *, fresh: bool = False) -> Site:
        """The site; read from the database if `fresh`, not cached, or cached with other origins.

        :raises NotFound: `site_unknown`, `site_deleted`.
        :raises Forbidden: `origin_not_allowed`.
        """
        site = None if fresh else self._sites.get(key)
        if site is not None and site.allows_origin(origin):
            return site
        with self._session():
            try:
                site = self._sites[key] = service.find_live(key)
            except NotFound:
                self._sites.pop(key, None)
                raise
        if not site.allows_origin(origin):
            raise Forbidden(
                "pages of this origin may not ask this about this site", reason="origin_not_allowed"
            )
        return site

    def allows(self, key: str, origin: str) -> bool:
        """Whether the cached site, if there is one, allows an origin; asks no database."""
        site = self._sites.get(key)
        return site is not None and site.allows_origin(origin)
