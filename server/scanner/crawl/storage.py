"""What is stored on the device in a visit: names alone, of all frames, and who stored it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, cast

from server.scanner.crawl import initiators
from server.scanner.crawl.urls import host_of, is_third_party, stripped
from server.scanner.observations import Initiator, Phase, Request, StorageKind, Stored

MOST_STORED = 2_000
"""Of a visit; what follows is left out."""

MOST_ORIGINS = 100
"""Whose storage is looked at."""

_KIND_OF_RECORD: Mapping[str, tuple[StorageKind, ...]] = {
    "cookie": ("cookie",),
    "storage": ("local_storage", "session_storage"),
    "indexed_db": ("indexed_db",),
    "cache_storage": ("cache_storage",),
    "service_worker": ("service_worker",),
}

Key = tuple[StorageKind, str, str, bool]
"""Kind, name, host, and whether it is partitioned."""


@dataclass
class Seen:
    """What was seen at the ends of the phases of a visit."""

    page_host: str
    stored: dict[Key, Stored] = field(default_factory=dict)
    scripts: dict[tuple[StorageKind, str], list[tuple[str, Initiator]]] = field(default_factory=dict)
    """By kind and name: the host of the document, and the script in it."""

    def record(self, payload: Mapping[str, Any]) -> None:
        """Note what the recorder tells of a script that stores something."""
        name, host = str(payload.get("name", ""))[:2_000], str(payload.get("host", ""))[:300]
        for kind in _KIND_OF_RECORD.get(str(payload.get("kind")), ()):
            known = self.scripts.setdefault((kind, name), [])
            if len(known) < 10 and len(self.scripts) < MOST_STORED:
                known.append((host, initiators.of_stack(str(payload.get("stack", ""))[:8_000])))

    def snapshot(self, found: Mapping[Key, Stored], phase: Phase) -> None:
        """Note all that is there at the end of a phase."""
        for key, each in found.items():
            if key in self.stored:
                self.stored[key] = replace(each, phase=self.stored[key].phase)
            elif len(self.stored) < MOST_STORED:
                self.stored[key] = replace(each, phase=phase)
        for key, each in self.stored.items():
            if key not in found and each.remains:
                self.stored[key] = replace(each, remains=False)

    def all(self, requests: tuple[Request, ...]) -> tuple[Stored, ...]:
        """What was seen, with who stored it."""
        setting: dict[str, list[Request]] = {}
        for request in requests:
            for name in request.sets:
                setting.setdefault(name, []).append(request)
        return tuple(replace(each, set_by=self._set_by(each, setting)) for each in self.stored.values())

    def _set_by(self, each: Stored, setting: Mapping[str, list[Request]]) -> Initiator:
        if each.kind == "cookie":
            for request in setting.get(each.name, ()):
                if _covers(each.host, request.host):
                    return Initiator("other", request.url)
        known = self.scripts.get((each.kind, each.name), ())
        return next((script for host, script in known if _covers(each.host, host)), Initiator())


def _covers(domain: str, host: str) -> bool:
    """Whether a host may have what is stored for a domain."""
    own = domain.lstrip(".")
    return host == own or host.endswith(f".{own}")


def of_cookie(cookie: Mapping[str, Any], page_host: str, now: float) -> tuple[Key, Stored]:
    """A cookie, by `Network.Cookie`.

    :param now: seconds since 1970
    """
    expires, domain = float(cookie.get("expires", -1)), str(cookie.get("domain", ""))[:300]
    name, partitioned = str(cookie.get("name", ""))[:2_000], bool(cookie.get("partitionKey"))
    same_site = str(cookie.get("sameSite") or "")
    stored = Stored(
        name=name,
        kind="cookie",
        host=domain,
        third_party=is_third_party(domain, page_host),
        phase="before",
        lifetime=max(0, round(expires - now)) if expires >= 0 and not cookie.get("session") else None,
        http_only=bool(cookie.get("httpOnly")),
        secure=bool(cookie.get("secure")),
        same_site=cast("Literal['Strict', 'Lax', 'None', '']", same_site)
        if same_site in ("Strict", "Lax", "None")
        else "",
        partitioned=partitioned,
    )
    return ("cookie", name, domain, partitioned), stored


def of_origin(kind: StorageKind, name: str, storage_key: str, page_host: str) -> tuple[Key, Stored]:
    """Something that is stored for an origin.

    :param storage_key: as DevTools writes it: the origin, and after `^` what it is partitioned by
    """
    origin, _, partition = storage_key.partition("^")
    host, name = host_of(origin), (stripped(name) if kind == "service_worker" else name[:2_000])
    third_party = is_third_party(host, page_host)
    stored = Stored(name, kind, host, third_party, "before", partitioned=bool(partition))
    return (kind, name, host, bool(partition)), stored
