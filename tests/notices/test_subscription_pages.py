"""Whoever wants e-mail about changes types an address, confirms it by a link, and ends it by another."""

import io
import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from server.core import clock, limits
from server.notices import jobs, proof_of_work
from server.notices.service import subscriptions
from server.notices.subscription_pages import MAX_FORM, PER_ADDRESS, PER_NETWORK, WITHOUT_WORK
from server.sites.values import Site
from tests.notices.solving import challenge_of, solution
from tests.notices.subscribers import NOW, letters, mail_set, make_shop, stored

FORM = "/s/butikk/notice/subscribe?lang=nb"
KARI = {"address": "kari@example.no"}
VISITOR = {"REMOTE_ADDR": "203.0.113.7"}


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Set the clock."""

    def put(**later: float) -> None:
        moment = NOW + timedelta(**later)
        monkeypatch.setattr(clock, "now", lambda: moment)

    put()
    return put


@pytest.fixture
def shop(app: Flask, at: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    # As work for a browser it is tried in one; here it is a few digests.
    monkeypatch.setattr(proof_of_work, "LARGEST", 50)
    limits.counters(app).forget()
    with mail_set(app):
        yield make_shop()


@pytest.fixture
def client(app: Flask, shop: Site) -> FlaskClient:
    return app.test_client()


def path(link: str) -> str:
    return link.removeprefix("http://127.0.0.1:8000")


def asked(client: FlaskClient, form: dict[str, str] = KARI) -> str:
    """Ask to subscribe; the path of the link in the newest e-mail to the address."""
    assert client.post(FORM, data=form).status_code == 200
    return [path(data["link"]) for to, data in letters("notice.subscription") if to == form["address"]][-1]


def end_of(answer_text: str) -> str:
    found = re.search(r'href="(/s/butikk/notice/unsubscribe/[^"?]+)', answer_text)
    assert found
    return found[1]


def test_an_address_is_subscribed_when_its_owner_has_confirmed(client: FlaskClient, shop: Site) -> None:
    link = asked(client, {**KARI, "language": "en"})
    assert link.endswith("?lang=en")
    assert subscriptions.count(shop.id) == 0
    shown = client.get(link)
    assert (shown.status_code, subscriptions.count(shop.id)) == (200, 0), "a scanner follows links"
    done = client.post(link)
    assert (done.status_code, subscriptions.count(shop.id)) == (200, 1)
    ((address, kari),) = stored()
    assert (address, kari.language, kari.confirmed_at) == ("kari@example.no", "en", NOW)
    assert b"kari" not in kari.sealed
    assert client.post(link).status_code == 200, "twice is as good as once"


@pytest.mark.parametrize("body", [{}, {"data": {"List-Unsubscribe": "One-Click"}}])
def test_a_subscription_ends_by_one_click_and_leaves_nothing(
    client: FlaskClient, shop: Site, body: dict[str, object]
) -> None:
    end = end_of(client.post(asked(client)).text)
    assert client.get(end).status_code == 200
    assert len(stored()) == 1, "a scanner follows links"
    for _ in range(2):
        answer = client.post(end, **body)
        assert (answer.status_code, stored()) == (200, [])
    assert letters("notice.subscription") == [], "what still waited is not sent"


def test_the_answer_says_nothing_about_who_subscribes(client: FlaskClient) -> None:
    client.post(asked(client))
    known = client.post(FORM, data=KARI)
    unknown = client.post(FORM, data={"address": "ola@example.no"})
    assert known.status_code == unknown.status_code == 200
    assert known.text == unknown.text.replace("ola@", "kari@")
    assert [to for to, _ in letters("notice.subscription")] == [
        "kari@example.no",
        "kari@example.no",
        "ola@example.no",
    ]
    assert len(stored()) == 2
    assert stored()[0][1].confirmed_at == NOW, "the subscription is as it was"


def test_an_address_in_other_letters_is_the_same_subscription(client: FlaskClient) -> None:
    for typed in ("kari@example.no", "Kari@Example.NO"):
        client.post(FORM, data={"address": typed})
    assert [address for address, _ in stored()] == ["kari@example.no"]


@pytest.mark.parametrize(
    ("form", "fields"),
    [
        ({}, ["address"]),
        ({"address": "kari"}, ["address"]),
        ({"address": "<b>kari@example.no"}, ["address"]),
        ({"address": "kari@example.no", "language": "xx"}, ["language"]),
        ({"address": "\x00", "language": "'"}, ["address", "language"]),
    ],
)
def test_what_cannot_be_used_is_named_and_stays_in_the_form(
    client: FlaskClient, form: dict[str, str], fields: list[str]
) -> None:
    answer = client.post(FORM, data=form)
    assert answer.status_code == 422
    assert re.findall(r'<li><a href="#(\w+)">', answer.text) == fields
    assert all(f'aria-describedby="{field}-fault' in answer.text for field in fields)
    assert "<b>kari" not in answer.text
    if form.get("address") == "kari":
        assert 'value="kari"' in answer.text
    assert (stored(), letters("notice.subscription")) == ([], [])


def worked(client: FlaskClient, address: str) -> dict[str, str]:
    """The form as a browser with JavaScript sends it."""
    return {"address": address, "proof": solution(challenge_of(client.get(FORM).text))}


def test_a_network_and_an_address_have_a_limit(client: FlaskClient, at: Callable[..., None]) -> None:
    for _ in range(PER_ADDRESS.amount + 2):
        form = worked(client, "kari@example.no")
        assert client.post(FORM, data=form, environ_base=VISITOR).status_code == 200
    assert len(letters("notice.subscription")) == PER_ADDRESS.amount
    rest = PER_NETWORK.amount - PER_ADDRESS.amount - 2
    for number in range(rest):
        form = worked(client, f"s{number}@example.no")
        assert client.post(FORM, data=form, environ_base=VISITOR).status_code == 200
    refused = client.post(FORM, data=worked(client, "late@example.no"), environ_base=VISITOR)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "3600")
    assert 'value="late@example.no"' in refused.text
    at(hours=1)
    assert client.post(FORM, data=worked(client, "kari@example.no"), environ_base=VISITOR).status_code == 200
    assert [to for to, _ in letters("notice.subscription")].count("kari@example.no") == PER_ADDRESS.amount + 1


@pytest.mark.parametrize("proof", ["", "x", "again"])
def test_without_the_browsers_work_a_network_sends_few_forms_whatever_the_site(
    client: FlaskClient, proof: str
) -> None:
    make_shop("annen")
    sent = worked(client, "kari@example.no")
    if proof == "again":
        assert client.post(FORM, data=sent, environ_base=VISITOR).status_code == 200
    for number in range(WITHOUT_WORK.amount + 1):
        form = {"address": f"s{number}@example.no", "proof": sent["proof"] if proof == "again" else proof}
        answer = client.post(
            FORM.replace("butikk", ("butikk", "annen")[number % 2]), data=form, environ_base=VISITOR
        )
    assert answer.status_code == 429
    assert f'value="s{WITHOUT_WORK.amount}@example.no"' in answer.text, "nothing typed is lost"
    done = client.post(FORM, data=worked(client, "ola@example.no"), environ_base=VISITOR)
    assert done.status_code == 200, "who can work need not wait"


def test_addresses_that_differ_by_a_tag_are_one_mailbox(client: FlaskClient) -> None:
    for number in range(PER_ADDRESS.amount + 3):
        assert client.post(FORM, data={"address": f"Kari+{number}@example.no"}).status_code == 200
    assert len(letters("notice.subscription")) == PER_ADDRESS.amount


def test_without_a_mail_server_nothing_is_offered_and_no_link_leads_to_it(app: Flask) -> None:
    make_shop()
    client = app.test_client()
    shown = client.get(FORM)
    assert (shown.status_code, "<form" in shown.text) == (200, False)
    (feed,) = set(re.findall(r'<a href="([^"]+notice\.atom[^"]*)"', shown.text))
    assert client.get(feed).status_code == 200, "the feed needs no address"
    assert "notice/subscribe" not in client.get("/s/butikk/notice?lang=nb").text
    assert "notice/subscribe" not in re.sub(
        r"<link[^>]*>|<nav class=\"languages.*?</nav>", "", shown.text, flags=re.S
    )
    assert client.post(FORM, data=KARI).status_code == 409
    assert stored() == []


@pytest.mark.parametrize("kind", ["subscribe", "unsubscribe"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_link_that_is_none_leads_to_a_page_that_says_so(
    client: FlaskClient, kind: str, method: str
) -> None:
    other = asked(client)
    for text in (
        "x",
        "A" * 44,
        "A" * 4000,
        "é" * 44,
        "%00",
        other.partition("?")[0].rpartition("/")[2] + "x",
    ):
        answer = getattr(client, method)(f"/s/butikk/notice/{kind}/{text}?lang=nn")
        assert (answer.status_code, "Lenkja gjeld ikkje lenger" in answer.text) == (404, True)
    wrong = other.replace("/subscribe/", "/unsubscribe/")
    assert client.post(wrong).status_code == 404, "what confirms does not end"
    assert len(stored()) == 1


def test_a_link_of_one_site_is_none_of_another(client: FlaskClient) -> None:
    make_shop("annen")
    link = asked(client)
    assert client.post(link.replace("/butikk/", "/annen/")).status_code == 404


def test_pages_with_a_secret_are_stored_nowhere_and_named_to_nobody(client: FlaskClient) -> None:
    link = asked(client)
    end = end_of(client.post(link).text)
    for answer in (client.get(link), client.get(end), client.post(FORM, data=KARI)):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "Set-Cookie" not in answer.headers


def test_each_form_has_work_of_its_own(client: FlaskClient) -> None:
    shown = [client.get(FORM) for _ in range(2)]
    assert {one.headers["Cache-Control"] for one in shown} == {"no-store"}
    assert len({challenge_of(one.text) for one in shown}) == 2


class Broken(io.BytesIO):
    """A chunked body that does not keep to HTTP, as gunicorn gives it on."""

    def readinto(self, _buffer: object) -> int:
        raise ValueError("invalid chunk size")


@pytest.mark.parametrize(("body", "status"), [(Broken, 400), (lambda: io.BytesIO(b"a" * 160_000), 413)])
def test_a_body_in_chunks_is_refused_if_it_is_malformed_or_too_large(
    client: FlaskClient, body: Callable[[], io.BytesIO], status: int
) -> None:
    answer = client.post(
        FORM,
        input_stream=body(),
        content_type="application/x-www-form-urlencoded",
        headers={"Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert answer.status_code == status


def test_a_body_that_is_no_form_of_ours_does_no_harm(client: FlaskClient) -> None:
    assert (
        client.post(
            FORM, data="x" * (MAX_FORM + 1), content_type="application/x-www-form-urlencoded"
        ).status_code
        == 413
    )
    for body, kind in (
        (b"\xff\xfe", "application/x-www-form-urlencoded"),
        (b"{}", "application/json"),
        (b"--x", "multipart/form-data"),
    ):
        assert client.post(FORM, data=body, content_type=kind).status_code in (400, 422)
    assert client.post("/s/nowhere/notice/subscribe", data=KARI).status_code == 404


def test_what_is_not_confirmed_is_deleted_after_seven_days(
    client: FlaskClient, shop: Site, at: Callable[..., None]
) -> None:
    confirmed = asked(client)
    client.post(confirmed)
    late = asked(client, {"address": "ola@example.no"})
    at(days=6)
    asked(client, {"address": "siv@example.no"})
    at(days=7, seconds=-1)
    assert jobs.retain()["unconfirmed"] == 0
    at(days=7)
    assert jobs.retain()["unconfirmed"] == 1
    assert [address for address, _ in stored()] == ["kari@example.no", "siv@example.no"]
    assert client.post(late).status_code == 404
    asked(client, {"address": "siv@example.no"})
    at(days=13, hours=12)
    assert jobs.retain()["unconfirmed"] == 0, "asking again starts the period again"
