"""What a newer description in the catalog changes of a service, and taking it over. Pure.

Three-way: the service as the earlier description filled it (the base), as it is in the document (own), and as
the newer description would fill it (new). Where own is the base, staff left it alone and the new value is
offered. Where it is not, what staff wrote stays, and the new value is shown beside it. Values are compared by
field; texts by language, hosts and recipients by entry, what is stored by name, host and kind, as everywhere
(`document_diff.identity_of`), and then by field.
"""

import copy
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

from server.catalog.values import Service as KnownService
from server.sites.document_diff import Identity, identity_of
from server.sites.document_types import Cookie, Document, Service
from server.sites.known_services import entry_of, filled, suggested_category

Path = tuple[str | Identity, ...]
"""Where a value is: `("purpose", "nb")`, `("hosts", "a.example")`; of what is stored, below what identifies
it: `("cookies", ("_ga", "", "cookie"), "lifetime")`."""

Kind = Literal["updated", "beside_own", "gone", "own", "unknown"]
"""`updated`: staff left the value alone; `beside_own`: a text that they left alone in this language and
rewrote in another; `gone`: they left it alone, and the catalog does not have it any more; `own`: they changed
it, and so did the catalog; `unknown`: the values differ, and it is not known by which description the service
was filled. Only `updated` is safe to take over unread."""

_FIELDS = (
    "name",
    "provider",
    "category",
    "legal_basis",
    "country",
    "transfer_basis",
    "privacy_link",
    "processor_agreement",
)
_TEXTS = ("purpose", "data", "necessary_reason")
_LISTS = ("shared_with", "hosts")
_LEFT = ("updated", "gone")


@dataclass(frozen=True)
class Difference:
    """A value that the newer description would change."""

    path: Path
    kind: Kind
    own: Any
    """What the document has: a text, or a whole cookie where only one side has it; None: nothing."""
    new: Any
    """What the catalog has; None: nothing, or not confirmed any more."""

    @property
    def name(self) -> str:
        """The path as a text, for a form."""
        return json.dumps(self.path, ensure_ascii=False, separators=(",", ":"))


def differences(
    own: Service, base: KnownService | None, new: KnownService, document: Document
) -> tuple[Difference, ...]:
    """What taking over the description `new` would change of a service, in the order of its fields.

    :param base: the description that the service was filled from; None: not known
    """
    before, after = _as_filled(own, base, new, document)
    mine, old, now = _flat(own), None if before is None else _flat(before), _flat(after)
    paths = dict.fromkeys((*now, *mine))
    found = (_difference(path, mine, old, now) for path in sorted(paths, key=_order))
    rewritten = _rewritten(mine, old, now)
    return tuple(
        replace(each, kind="beside_own") if each.kind in _LEFT and each.path[:-1] in rewritten else each
        for each in found
        if each is not None and not _settled(each, old, now, rewritten)
    )


def taken_over(
    own: Service,
    new: KnownService,
    found: Collection[Difference],
    chosen: Collection[Path],
) -> Service:
    """The service with the new values at the chosen paths, which then counts as filled from `new`.

    What was not chosen is staff's own from then on, and is not offered again until the catalog changes it.
    """
    service: Any = copy.deepcopy(own)
    stored = _by_identity(service["cookies"])
    for each in found:
        if each.path in chosen:
            _set(service, stored, each)
    if chosen:
        service["stores_nothing"] = service["stores_nothing"] and not service["cookies"]
    service["catalog"] = entry_of(new)
    return cast("Service", service)


def _as_filled(
    own: Service, base: KnownService | None, new: KnownService, document: Document
) -> tuple[Service | None, Service]:
    """What base and new fill in where the service is.

    What depends on the category is filled for the one that staff chose, so that only the category differs.
    """
    suggested = suggested_category(new, document)
    if base is not None and own["category"] == suggested_category(base, document):
        return filled(base, document), filled(new, document)
    after: Service = {**filled(new, document, own["category"]), "category": suggested}
    if base is None:
        return None, after
    before = filled(base, document, own["category"])
    return {**before, "category": suggested_category(base, document)}, after


# --- comparing -------------------------------------------------------------------------------------------


def _difference(
    path: Path, own: Mapping[Path, Any], base: Mapping[Path, Any] | None, new: Mapping[Path, Any]
) -> Difference | None:
    mine, theirs = own.get(path), new.get(path)
    if len(path) > 2 and (path[:2] not in own or path[:2] not in new):
        return None  # the whole cookie is on one side alone, and a difference by itself
    if _same(mine, theirs) or _both_have_it(path, mine, theirs):
        return None
    if base is None:
        return Difference(path, "unknown", mine, theirs)
    # An empty text is no answer of staff: the language may have come after the service.
    before = None if mine is None and _is_text(path) else base.get(path)
    if _same(before, theirs):
        return None
    if not _same(mine, before):
        return Difference(path, "own", mine, theirs)
    return Difference(path, "gone" if theirs is None else "updated", mine, theirs)


def _settled(
    each: Difference,
    base: Mapping[Path, Any] | None,
    new: Mapping[Path, Any],
    rewritten: frozenset[Path],
) -> bool:
    """Whether a language that staff left empty beside their own text is as the catalog had it before."""
    if base is None or each.own is not None or each.path[:-1] not in rewritten:
        return False
    return _same(base.get(each.path), new.get(each.path))


def _rewritten(
    own: Mapping[Path, Any], base: Mapping[Path, Any] | None, new: Mapping[Path, Any]
) -> frozenset[Path]:
    """Texts, without their language, that staff rewrote in one: the others would say something else."""
    if base is None:
        return frozenset()
    return frozenset(
        path[:-1]
        for path, text in own.items()
        if _is_text(path) and text not in (base.get(path), new.get(path))
    )


def _both_have_it(path: Path, mine: Any, theirs: Any) -> bool:
    return len(path) == 2 and path[0] == "cookies" and mine is not None and theirs is not None


def _is_text(path: Path) -> bool:
    return path[0] in _TEXTS or path[2:3] == ("purpose",)


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        codes = [code for code in one["purpose"] if one["purpose"][code] and other["purpose"].get(code)]
        return one["lifetime"] == other["lifetime"] and all(
            one["purpose"][code] == other["purpose"][code] for code in codes
        )
    return bool(one == other)


def _flat(service: Service) -> dict[Path, Any]:
    """Every value of a service that is not empty, by its path."""
    return {path: value for path, value in _values(service) if value not in ("", None, False)}


def _values(service: Mapping[str, Any]) -> Iterator[tuple[Path, Any]]:
    for field in _FIELDS:
        yield (field,), service[field]
    for field in _TEXTS:
        yield from (((field, code), text.strip()) for code, text in service[field].items())
    for field in _LISTS:
        yield from (((field, entry), entry) for entry in service[field])
    yield ("stores_nothing",), service["stores_nothing"]
    for who, cookie in _by_identity(service["cookies"]).items():
        yield ("cookies", who), cookie
        yield ("cookies", who, "lifetime"), cookie["lifetime"]
        texts = cookie["purpose"].items()
        yield from ((("cookies", who, "purpose", code), text.strip()) for code, text in texts)


def _by_identity(cookies: list[Cookie]) -> dict[Identity, Any]:
    """What is stored by what identifies it; what is there twice has its number behind that."""
    found: dict[Identity, Any] = {}
    for cookie in cookies:
        who, number = identity_of(cookie), 2
        while who in found:
            who, number = (*identity_of(cookie), str(number)), number + 1
        found[who] = cookie
    return found


_ORDER = (*_FIELDS[:3], *_TEXTS, *_FIELDS[3:], *_LISTS, "stores_nothing", "cookies")


def _order(path: Path) -> tuple[int, Path]:
    return _ORDER.index(str(path[0])), path[1:]


# --- taking over -----------------------------------------------------------------------------------------


def _set(service: Any, stored: Mapping[Identity, Any], each: Difference) -> None:
    field, *inner = each.path
    if field == "stores_nothing":
        service[field] = bool(each.new)
    elif not inner:
        service[field] = each.new or ""
    elif field in _TEXTS:
        _set_text(service[field], str(inner[0]), each.new)
    elif field in _LISTS:
        _set_entry(service[field], each)
    else:
        _set_stored(service["cookies"], stored, each)


def _set_stored(cookies: list[Cookie], stored: Mapping[Identity, Any], each: Difference) -> None:
    who, *inner = each.path[1:]
    kept = stored.get(cast("Identity", who))
    if not inner:
        _set_cookie(cookies, kept, each.new)
    elif kept is not None and inner[0] == "purpose":
        _set_text(kept["purpose"], str(inner[1]), each.new)
    elif kept is not None:
        kept["lifetime"] = each.new or ""


def _set_text(texts: dict[str, str], code: str, text: str | None) -> None:
    if text is None:
        texts.pop(code, None)
    else:
        texts[code] = text


def _set_entry(entries: list[str], each: Difference) -> None:
    if each.new is None:
        entries[:] = [entry for entry in entries if entry != each.own]
    else:
        entries.append(each.new)


def _set_cookie(cookies: list[Cookie], gone: Cookie | None, new: Cookie | None) -> None:
    if new is None:
        cookies[:] = [each for each in cookies if each is not gone]
    else:
        cookies.append(copy.deepcopy(new))
