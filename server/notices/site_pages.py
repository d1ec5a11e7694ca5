"""What all public pages of a site share: which site and language, the look, and how answers are cached."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast
from urllib.parse import urlsplit

from flask import Response, current_app, render_template, request, url_for

from server.core.contact_uris import mailto, tel
from server.core.errors import NotFound
from server.core.headers import allow_content
from server.core.http import conditional, content, settings, whole
from server.core.text_direction import isolated
from server.notices.languages import in_order, of_words, requested
from server.notices.values import Text
from server.notices.words import fill, words
from server.sites import deletion
from server.sites import service as sites
from server.sites.document_types import LANGUAGE, Document
from server.sites.values import KEY, LARGEST_VERSION, Site, Version, direction, languages

SITE = {"type": "string", "pattern": f"^{KEY.pattern}$", "example": "demo"}
"""Schema of the path parameter `site`, for OpenAPI."""

NUMBER = {"type": "integer", "minimum": 1, "maximum": LARGEST_VERSION}
"""Schema of the number of a version, for OpenAPI."""

NO_SUCH_DATA = {"description": "There is no such site or version, or it has published nothing yet"}
"""Answer 404 of what is no page, for OpenAPI."""

NO_SUCH_PAGE = {**NO_SUCH_DATA, **content("text/html")}
"""Answer 404 of a page, for OpenAPI."""

CLOSED = {"description": "The site is closed; how to reach who ran it", **content("text/html")}
"""Answer 410 of what a deleted site does not take, for OpenAPI."""

OTHERS_ARE_MADE = {
    "description": "Others are being made; try again after `Retry-After` seconds",
    **content("text/html"),
}
"""Answer 503 of what is expensive to make, for OpenAPI."""

LANGUAGE_PARAMETER = {
    "in": "query",
    "name": "lang",
    "schema": {"type": "string", "pattern": whole(LANGUAGE), "example": "nb"},
    "description": "One of the banner's languages; absent or another: what the browser prefers of them",
}
"""The query parameter `lang`, for OpenAPI."""

MAX_FORM = 64 * 1024
"""Most bytes of a form: 4000 characters of four bytes each, written as `%F0%9F%98%80`, and the rest."""

REVALIDATED = "public, max-age=300, stale-while-revalidate=86400, stale-if-error=604800"
"""Cache-Control of what follows the newest version."""

IMMUTABLE = "public, max-age=31536000, immutable"
"""Cache-Control of what never changes."""


@dataclass(frozen=True)
class Asked:
    """What a request is about."""

    site: Site
    version: Version
    """A published version: the newest, unless the address names another."""
    language: str
    """One of the banner's languages."""
    query: Mapping[str, str] = field(default_factory=dict)
    """Parameters that the address of the page has besides its language, and keeps in another language."""

    @property
    def document(self) -> Document:
        """The document of the version."""
        return self.version.document

    @property
    def owner(self) -> str:
        """The name of the controller, else of the site, as it can stand in a title."""
        return isolated(self.document["controller"]["name"].strip() or self.site.name)


def asked(key: str, number: int | None = None) -> Asked:
    """The site, version and language that the request is about.

    :param number: a version; None: the newest

    :raises NotFound: `site_unknown`, `version_unknown`, or `not_published`: the site has no version yet.
    """
    site = sites.find(key)
    version = sites.newest(site.id) if number is None else sites.version(site.id, number)
    if version is None:
        raise NotFound("this site has not published anything yet", reason="not_published")
    if number is None:
        _last_asked()[key] = (site, version)
    return Asked(site, version, language_of(version.document))


def asked_open(key: str) -> Asked:
    """As `asked` of the newest version, where something is begun that staff would have to see to.

    A deleted site takes no requests and no subscriptions (ADR 38); what it has published can still be read,
    and what visitors have stored on it shown, withdrawn and erased.

    :raises NotFound: as `asked`.
    :raises Gone: `site_closed`.
    """
    found = asked(key)
    if found.site.deletion is not None:
        raise deletion.closed()
    return found


def contact(about: Asked) -> list[Text]:
    """How to reach the controller without a form of ours."""
    contacts = about.document["controller"]["contacts"]
    email, url, phone = contacts["email"], contacts["url"], contacts["phone"]
    ways = ((email, mailto(email)), (url, url), (phone, tel(phone)))
    return [Text(text, about.language, href or "") for text, href in ways if text]


def was_asked(key: str) -> Asked | None:
    """The site and its newest version as this process last read them; it asks no database."""
    site, version = _last_asked().get(key, (None, None))
    return Asked(site, version, language_of(version.document)) if site and version else None


def _last_asked() -> dict[str, tuple[Site, Version]]:
    """One version for each site whose pages were asked for."""
    found: dict[str, tuple[Site, Version]] = current_app.extensions.setdefault("samtykke_last_asked", {})
    return found


def language_of(document: Document) -> str:
    """The language of the page: that of the address, else of the browser, else the site's default."""
    accepted = [tag for tag, _quality in request.accept_languages]
    return requested(request.args.get("lang", ""), accepted, languages(document))


def page(name: str, about: Asked, status: int = 200, **values: object) -> Response:
    """A page in the site's look, with its languages to choose from.

    The template extends `notices/layout.html`, and has `t`, the words that all pages share.
    """
    return answered(about, template(name, about, **values), "text/html", status)


def answered(about: Asked, body: str | bytes, mimetype: str, status: int = 200) -> Response:
    """The answer with this body, in the language asked for; a page may show the site's logo."""
    if mimetype == "text/html" and (logo := about.document["appearance"]["logo"]):
        allow_content(img_src="{0.scheme}://{0.netloc}".format(urlsplit(logo)))
    return in_language(Response(body, status, mimetype=mimetype), about.language)


def in_language(answer: Response, language: str) -> Response:
    """The answer, which is in this language because the address or the browser asked for it."""
    answer.headers["Content-Language"] = language
    answer.vary.add("Accept-Language")
    return answer


def language_names() -> dict[str, str]:
    """Language → its own name, with the capital that a list wants."""
    return {known.code: known.name[:1].upper() + known.name[1:] for known in sites.known_languages()}


def template(name: str, about: Asked, **values: object) -> str:
    """A template of these pages, filled in with what they all use."""
    shared: dict[str, Any] = {
        "about": about,
        "site": about.site,
        "document": about.document,
        "language": about.language,
        "direction": direction(about.language),
        "offered": in_order(languages(about.document)),
        "names": language_names(),
        # Words of ours may be in another language than the site's own.
        "words_language": of_words(about.language),
        "t": words("site_pages", about.language),
        "here": partial(_here, about.query),
        "fill": fill,
        "public": settings().public_url,
        "mail": sends_mail(),
    }
    return render_template(f"notices/{name}", **{**shared, **values})


def sends_mail() -> bool:
    """Whether visitors can be sent e-mail."""
    found = settings()
    return found.smtp_url is not None and found.mail_from is not None


def cached(answer: Response, cache: str = REVALIDATED) -> Response:
    """The answer with a strong `ETag` over its body, or 304 if the client has these bytes.

    A page with a nonce differs each time: what has an ETag has no script and no style of its own.
    """
    answer.set_etag(hashlib.sha256(answer.get_data()).hexdigest()[:32])
    answer.headers["Cache-Control"] = cache
    return conditional(answer)


def private(answer: Response) -> Response:
    """The answer, which no cache stores and no search engine lists, and whose address no link passes on."""
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Robots-Tag"] = "noindex"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def for_all_origins(answer: Response) -> Response:
    """The answer, which scripts of every website may read: it is public and the same for everybody."""
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return answer


def address(endpoint: str, about: Asked, **values: object) -> str:
    """The absolute address of another page of the site, in the same language."""
    path = url_for(endpoint, site=about.site.key, lang=about.language, **cast("dict[str, Any]", values))
    return settings().public_url + path


def outside_requests(endpoint: str, **values: object) -> str:
    """The absolute address of a page, for jobs, which answer no request."""
    return settings().public_url + current_app.url_map.bind("").build(endpoint, values)


def _here(query: Mapping[str, str], language: str | None) -> str:
    """The address of this page in a language, absolute, for `hreflang` and the list of languages.

    None: in the language that the browser prefers.
    """
    values: dict[str, Any] = {**(request.view_args or {}), **query, "lang": language}
    return settings().public_url + url_for(str(request.endpoint), **values)
