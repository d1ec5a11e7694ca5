"""What goes into the website's pages."""

from flask.typing import ResponseReturnValue

from server.core import clock
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
    """The script's tag, pinned or not, and how to mark what needs consent."""
    address = settings().public_url
    try:
        pinned, integrity = embed.integrity(site(), public_url=address, now=clock.now())
    except (NotFound, Unavailable):
        pinned = integrity = ""
    document = sites.draft(site().id).document
    categories = optional_categories(document)
    consented = [s["key"] for s in document["services"] if s["category"] in categories]
    return page(
        "install.html",
        snippet=f'<script src="{address}/w/{site().key}.js"></script>',
        pinned=_pinned(pinned, integrity) if pinned else "",
        published=sites.newest(site().id) is not None,
        example="statistics" if "statistics" in categories else next(iter(categories), "statistics"),
        embedded="advertising" if "advertising" in categories else next(iter(categories), "advertising"),
        service=consented[0] if consented else "youtube",
        categories=categories,
    )


def _pinned(address: str, integrity: str) -> str:
    return (
        f'<script src="{address}"\n        integrity="{integrity}"\n        crossorigin="anonymous"></script>'
    )
