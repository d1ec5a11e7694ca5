"""Instructions for embedding the script in a website."""

from flask.typing import ResponseReturnValue

from server.core import clock
from server.core.db import transaction
from server.core.errors import NotFound, Unavailable
from server.core.http import settings
from server.embed import service as embed
from server.sites import service as sites
from server.sites.values import optional_categories
from server.studio.guard import blueprint, needs, site
from server.studio.views import page


@blueprint.get("/sites/<key>/install")
@needs("site.read")
def install() -> ResponseReturnValue:
    """The script tag, pinned or not, and how to mark what needs consent."""
    address = settings().public_url
    document = sites.draft(site().id).document
    categories = optional_categories(document)
    consented = [s["key"] for s in document["services"] if s["category"] in categories]
    return page(
        "install.html",
        snippet=f'<script src="{address}/w/{site().key}.js"></script>',
        pinned=_pinned(address),
        published=sites.newest(site().id) is not None,
        example="statistics" if "statistics" in categories else next(iter(categories), "statistics"),
        embedded="advertising" if "advertising" in categories else next(iter(categories), "advertising"),
        service=consented[0] if consented else "youtube",
        categories=categories,
    )


def _pinned(public_url: str) -> str:
    """The tag pinned to today's bytes; empty before the first publish."""
    now = clock.now()
    try:
        address, integrity = embed.integrity(site(), public_url=public_url, now=now)
        made = embed.script(site().key, public_url=public_url, now=now)
    except (NotFound, Unavailable):
        return ""
    with transaction():
        # A pinned script stays in use long after the next version is published.
        embed.store(made, now=now)
    return (
        f'<script src="{address}"\n        integrity="{integrity}"\n        crossorigin="anonymous"></script>'
    )
