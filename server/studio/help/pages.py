"""The pages of help, and what a group of fields shows of them."""

from typing import Any

from flask import Response, url_for

from server.core.errors import NotFound
from server.studio import language
from server.studio.guard import SOMEBODY, blueprint, needs
from server.studio.help import shelf
from server.studio.views import page


@blueprint.get("/help")
@needs(SOMEBODY)
def help_contents() -> Response:
    """The contents of the help."""
    return page("help/contents.html", pages=shelf.pages(language.current()))


@blueprint.get("/help/<name>")
@needs(SOMEBODY)
def help_page(name: str) -> Response:
    """One page of help.

    :raises NotFound: there is none of this name.
    """
    found = shelf.pages(language.current())
    if name not in found:
        raise NotFound("there is nothing here")
    place = shelf.PAGES.index(name)
    around = {
        "previous": shelf.PAGES[place - 1] if place else None,
        "next": shelf.PAGES[place + 1] if place + 1 < len(shelf.PAGES) else None,
    }
    return page("help/page.html", name=name, shown=found[name], pages=found, around=around)


@blueprint.app_template_global("help_on")
def _help_on(topic: str) -> dict[str, Any]:
    """What is shown beside a group: `title`, `brief`, `page` and `address`."""
    about, section = shelf.section(topic, language.current())
    name, _, anchor = topic.partition("#")
    return {
        "title": section.title,
        "brief": section.brief,
        "page": about.title,
        "address": url_for("studio.help_page", name=name, _anchor=anchor),
    }
