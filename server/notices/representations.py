"""The cookie declaration and the privacy notice as JSON. Pure."""

from datetime import date

from server.notices.declaration import Declaration, DeclaredCategory, DeclaredService, Fact
from server.notices.notice import Notice
from server.notices.values import (
    CookieDeclaration,
    DeclarationCategory,
    DeclarationFact,
    DeclarationService,
    DeclarationText,
    PrivacyNotice,
    Text,
)
from server.sites.values import direction


def declaration_json(
    found: Declaration, *, site: str, version: int, in_force: Text, page: str, notice: str
) -> CookieDeclaration:
    """A cookie declaration; `page` and `notice` are addresses."""
    return {
        "site": site,
        "version": version,
        "language": found.language,
        "dir": direction(found.language),
        "page": page,
        "notice": notice,
        "title": _text(found.title),
        "lead": _text(found.lead),
        "in_force": _text(in_force),
        "labels": {key: _text(label) for key, label in found.labels.items()},
        "categories": [_category(category) for category in found.categories],
    }


def notice_json(
    found: Notice, *, site: str, version: int, since: date, content_hash: str, page: str, cookies: str
) -> PrivacyNotice:
    """A privacy notice as plain text; `page` and `cookies` are addresses."""
    return {
        "site": site,
        "version": version,
        "language": found.language,
        "dir": direction(found.language),
        "page": page,
        "cookies": cookies,
        "title": _text(found.title),
        "in_force_from": since.isoformat(),
        "content_hash": content_hash,
        "sections": [
            {
                "key": part.key,
                "heading": _text(part.heading),
                "lines": [each.replace("\n", " · ") for each in part.lines],
            }
            for part in found.parts
        ],
    }


def _category(category: DeclaredCategory) -> DeclarationCategory:
    return {
        "key": category.key,
        "name": _text(category.name),
        "description": _text(category.description),
        "necessary": category.necessary,
        "services": [_service(service) for service in category.services],
    }


def _service(service: DeclaredService) -> DeclarationService:
    return {
        "key": service.key,
        "name": service.name,
        "catalog": service.catalog,
        "hosts": list(service.hosts),
        "facts": [_fact(fact) for fact in service.facts],
        "cookies": [
            {
                "name": cookie.name,
                "kind": cookie.kind,
                "host": cookie.host,
                "lifetime": cookie.lifetime,
                "facts": [_fact(fact) for fact in cookie.facts],
            }
            for cookie in service.cookies
        ],
        "stores_nothing": service.stores_nothing,
    }


def _fact(fact: Fact) -> DeclarationFact:
    made: DeclarationFact = {"key": fact.key, "values": [_text(value) for value in fact.values]}
    if href := fact.values[0].href:
        made["href"] = href
    return made


def _text(text: Text) -> DeclarationText:
    return {"text": text.text, "lang": text.language}
