"""Each description has a version of its own, so that a document can say what it was filled from."""

import dataclasses
import hashlib
import json

from server.catalog import service


def test_the_version_is_the_beginning_of_a_digest_of_the_canonical_json() -> None:
    known = service.find("google_analytics")
    whole = json.dumps(service.as_json(known), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert service.version(known) == hashlib.sha256(whole.encode()).hexdigest()[:16]


def test_whatever_changes_in_a_description_changes_its_version() -> None:
    known = service.find("google_analytics")
    others = [
        dataclasses.replace(known, reviewed="2026-11-30"),
        dataclasses.replace(known, hosts=known.hosts[:1]),
        dataclasses.replace(known, storage=()),
        service.find("matomo"),
    ]
    assert len({service.version(each) for each in (known, *others)}) == 5


def test_a_description_that_was_stored_is_the_same_when_it_is_read_again() -> None:
    for known in service.services():
        again = service.check(json.loads(json.dumps(service.as_json(known))))
        assert service.version(again) == service.version(known)
