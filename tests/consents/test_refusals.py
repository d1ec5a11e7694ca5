"""Whatever is sent, the answer names what is wrong with it and is never a fault of the server."""

import io
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from server.consents.service import decisions
from server.core.db import transaction
from server.core.ids import new_id
from server.sites import service as sites
from server.studio.draft import form_binding
from tests.consents.shops import CATEGORIES, ORIGIN, PUBLISHED, Shop, all_choices, document, sent


def refused(shop: Shop, body: object) -> tuple[int, str, set[str]]:
    answer = shop.post(body)
    return answer.status_code, answer.get_json()["reason"], set(answer.get_json().get("errors", {}))


def altered(**changes: str) -> bytes:
    """A good decision in which these members are replaced by literal JSON text."""
    body = {key: json.dumps(value) for key, value in sent().items()}
    return ("{" + ",".join(f'"{k}":{v}' for k, v in {**body, **changes}.items()) + "}").encode()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"not json",
        b"\xff\xfe{}",
        b'{"id":"\xc3"}',
        b"[" * 5000,
        b'{"a":' * 1000,
        altered(version="NaN"),
        altered(version="Infinity"),
        altered(version="-Infinity"),
        altered(version=str(2**64), language="NaN"),
        altered(language='"\\ud800"'),
        altered(choices='{"\\udc00":true}'),
        altered(choices='{"functional":true,"functional":false}'),
        altered(choices="[" * 100 + "]" * 100),
        altered()[:-1] + b',"id":"' + new_id().encode() + b'"}',
    ],
)
def test_what_is_no_sound_json_is_refused_as_malformed(shop: Shop, raw: bytes) -> None:
    answer = shop.post(raw)
    assert (answer.status_code, answer.get_json()["reason"]) == (400, "malformed")


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"version": "-0"}, {"version"}),
        ({"version": "-0.0"}, {"version"}),
        ({"version": str(2**53)}, {"version"}),
        ({"version": str(-(2**53))}, {"version"}),
        ({"version": str(2**64)}, {"version"}),
        ({"version": "1e400"}, {"version"}),
        ({"version": "9" * 4000}, {"version"}),
        ({"version": "1.5"}, {"version"}),
        (
            {"choices": '{"functional":1e400,"statistics":[18446744073709551616]}'},
            {"choices.functional", "choices.statistics.0"},
        ),
        ({"decided_at": str(2**64), "signals": '{"gpc":-1e999}'}, {"decided_at", "signals.gpc"}),
        ({"language": '"nb\\u0000"'}, {"language"}),
        ({"id": '"AAAAAAAAAAAAAAAAAAAAA\\u0000"'}, {"id"}),
        ({"services": '{"\\u0000":true}'}, {"services"}),
    ],
)
def test_a_number_or_sign_that_is_too_much_is_named(
    shop: Shop, changes: dict[str, str], fields: set[str]
) -> None:
    assert refused(shop, altered(**changes)) == (422, "invalid", fields)
    assert list(decisions.export(shop.site.id)) == []


@pytest.mark.parametrize("raw", [b"[" * 100_000, b'{"a":' * 100_000, b"x" * 10_000_000, b" " * 8193])
def test_what_is_too_large_is_not_even_read(shop: Shop, raw: bytes) -> None:
    answer = shop.post(raw)
    assert (answer.status_code, answer.get_json()["reason"]) == (413, "too_large")


def test_a_body_that_hides_its_length_is_cut_off_too(shop: Shop) -> None:
    stream = io.BytesIO(b" " * 10_000_000)
    answer = shop.client.post(
        f"/api/v1/sites/{shop.site.key}/decisions",
        input_stream=stream,
        headers={"Origin": ORIGIN, "Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert answer.status_code == 413
    assert stream.tell() < 100_000


@pytest.mark.parametrize("body", ["null", "1", '"text"', "[]", "[{}]", "true"])
def test_json_that_is_no_object_is_invalid(shop: Shop, body: str) -> None:
    assert refused(shop, body)[:2] == (422, "invalid")


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"id": None}, {"id"}),
        ({"visitor": None, "choices": None}, {"visitor", "choices"}),
        ({"extra": 1}, {"extra"}),
        ({"__proto__": {}}, {"__proto__"}),
        ({"ip": "203.0.113.7"}, {"ip"}),
        ({"id": "short"}, {"id"}),
        ({"id": new_id() + "A"}, {"id"}),
        ({"id": new_id() + "\n"}, {"id"}),
        ({"id": "A" * 21 + "="}, {"id"}),
        ({"id": "A" * 21 + "B"}, {"id"}),
        ({"id": "Ａ" * 22}, {"id"}),
        ({"visitor": 5}, {"visitor"}),
        ({"visitor": ["A" * 22]}, {"visitor"}),
        ({"version": 0}, {"version"}),
        ({"version": -1}, {"version"}),
        ({"version": 2**31}, {"version"}),
        ({"version": 2**53 - 1}, {"version"}),
        ({"version": 1.5}, {"version"}),
        ({"version": "1"}, {"version"}),
        ({"version": True}, {"version"}),
        ({"language": ""}, {"language"}),
        ({"language": "n"}, {"language"}),
        ({"language": "nb_NO"}, {"language"}),
        ({"language": "nb-" + "a" * 20}, {"language"}),
        ({"language": "<b>"}, {"language"}),
        ({"language": {"nb": 1}}, {"language"}),
        ({"language": "fr"}, {"language"}),
        ({"language": "NB"}, {"language"}),
        ({"language": "nb-NO"}, {"language"}),
        ({"language": "fr", "choices": {}}, {"language", *(f"choices.{key}" for key in CATEGORIES)}),
        ({"action": "accept"}, {"action"}),
        ({"action": ["save"]}, {"action"}),
        ({"surface": "popup"}, {"surface"}),
        ({"surface": {}}, {"surface"}),
        ({"choices": []}, {"choices"}),
        ({"choices": {"functional": True}}, {"choices.statistics", "choices.advertising"}),
        ({"choices": {}}, {"choices.functional", "choices.statistics", "choices.advertising"}),
        ({"choices": {**all_choices(granted=True), "necessary": True}}, {"choices.necessary"}),
        ({"choices": {**all_choices(granted=True), "unknown": True}}, {"choices.unknown"}),
        ({"choices": {**all_choices(granted=True), "<script>": True}}, {"choices"}),
        ({"choices": {**all_choices(granted=True), "statistics": 1}}, {"choices.statistics"}),
        ({"choices": {**all_choices(granted=True), "statistics": "true"}}, {"choices.statistics"}),
        ({"services": {"unknown": True}}, {"services.unknown"}),
        ({"services": {"chat": "yes"}}, {"services.chat"}),
        ({"services": [True]}, {"services"}),
        ({"signals": {"gpc": 1}}, {"signals.gpc"}),
        ({"signals": {"tcf": True}}, {"signals.tcf"}),
        ({"signals": True}, {"signals"}),
        ({"decided_at": "yesterday"}, {"decided_at"}),
        ({"decided_at": "2026-11-22T12:00:00"}, {"decided_at"}),
        ({"decided_at": "2026-11-22"}, {"decided_at"}),
        ({"decided_at": "2026-13-22T12:00:00Z"}, {"decided_at"}),
        ({"decided_at": "0001-01-01T00:00:00+23:59"}, {"decided_at"}),
        ({"decided_at": "9999-12-31T23:59:59-23:59"}, {"decided_at"}),
        ({"decided_at": 1795348800}, {"decided_at"}),
        ({"action": "accept_all"}, {"action"}),
        ({"action": "accept_all", "choices": all_choices(granted=True)}, {"action"}),
        ({"action": "reject_all"}, {"action"}),
        ({"action": "withdraw"}, {"action"}),
        (
            {"action": "reject_all", "choices": all_choices(granted=False), "services": {"chat": True}},
            {"action"},
        ),
    ],
)
def test_a_wrong_field_is_named(shop: Shop, changes: dict[str, Any], fields: set[str]) -> None:
    assert refused(shop, sent(**changes)) == (422, "invalid", fields)
    assert list(decisions.export(shop.site.id)) == []


def test_an_earlier_version_keeps_the_languages_that_it_was_shown_in(shop: Shop) -> None:
    with transaction():
        draft = form_binding.without_language(document(), "en")
        sites.save_draft(shop.site.id, draft, by="test", now=PUBLISHED)
        sites.publish(shop.site.id, note="", by="test", now=PUBLISHED)
    assert refused(shop, sent(language="en", version=2)) == (422, "invalid", {"language"})
    assert shop.post(sent(language="en", version=1)).status_code == 201
    assert shop.post(sent(language="nn", version=2)).status_code == 201


def test_null_is_not_the_same_as_absent(shop: Shop) -> None:
    for name in ("services", "signals", "decided_at"):
        status, reason, fields = refused(shop, altered(**{name: "null"}))
        assert (status, reason, fields) == (422, "invalid", {name})


anything: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@examples(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.data())
def test_nothing_that_is_sent_is_a_fault_of_the_server(shop: Shop, data: st.DataObject) -> None:
    body: Any = sent()
    for name in data.draw(st.lists(st.sampled_from(sorted(body)) | st.text(max_size=5), max_size=3)):
        body[name] = data.draw(anything)
    encoded = json.dumps(data.draw(st.just(body) | anything)).encode()
    assert_is_an_answer(shop.post(encoded))


@given(st.binary(max_size=400))
def test_no_bytes_are_a_fault_of_the_server(shop: Shop, raw: bytes) -> None:
    assert_is_an_answer(shop.post(raw))
    body = json.dumps(sent()).encode()
    place = len(raw) * 7 % len(body)
    assert_is_an_answer(shop.post(body[:place] + raw[:3] + body[place:]))


def assert_is_an_answer(answer: Any) -> None:
    assert answer.status_code in (200, 201, 400, 409, 413, 422)
    if answer.status_code >= 400:
        assert {"code", "status", "message", "reason"} <= set(answer.json)
        answer.data.decode("utf-8")
