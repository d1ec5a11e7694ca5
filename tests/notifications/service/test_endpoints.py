"""Webhook endpoints: which addresses are taken, and what happens when they change."""

from datetime import timedelta

import pytest

from server.core.errors import Conflict, Invalid, NotFound
from server.core.ids import new_id
from server.notifications.service import endpoints
from tests.notifications.service.conftest import KIND, NOW, make_endpoint, make_site


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://example.no/hook",
        "ftp://example.no/",
        "file:///etc/passwd",
        "https://",
        "https:///path",
        "https://user:password@example.no/",
        "https://user@example.no/",
        "https://example.no/a b",
        "https://example.no\\@other.no/",
        "https://example.no:port/",
        "https://example.no:99999/",
        "https://[::1/",
        "https://127.0.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::ffff:10.0.0.1]/",
        "https://example.no:22/",
        "https://example.no/\x00",
        "https://example.no/\r\nHost: other",
        "https://example.no/" + "x" * 2000,
        "javascript:alert(1)",
    ],
)
def test_an_address_that_the_guard_does_not_allow_is_refused(store: None, url: str) -> None:
    with pytest.raises(Invalid) as refused:
        endpoints.create_endpoint(make_site(), url, [KIND], in_order=False, by="kari", now=NOW)
    assert "url" in refused.value.errors


@pytest.mark.parametrize("kinds", [[], ["no.such"], [KIND, "test"]])
def test_an_endpoint_needs_kinds_that_there_are(store: None, kinds: list[str]) -> None:
    with pytest.raises(Invalid) as refused:
        endpoints.create_endpoint(
            make_site(), "https://example.no/", kinds, in_order=False, by="kari", now=NOW
        )
    assert refused.value.errors.keys() == {"kinds"}


def test_a_private_address_is_taken_where_the_operator_allows_it(store: None) -> None:
    made = endpoints.create_endpoint(
        make_site(), "http://127.0.0.1:9000/hook", [KIND], in_order=False, by="kari", now=NOW, private=True
    )
    assert made.url == "http://127.0.0.1:9000/hook"


def test_a_site_has_twenty_endpoints_at_most(store: None) -> None:
    site = make_site()
    for number in range(20):
        make_endpoint(site, name=str(number))
    with pytest.raises(Conflict) as refused:
        make_endpoint(site, name="more")
    assert refused.value.reason == "too_many_endpoints"
    make_endpoint(make_site())


def test_an_endpoint_is_changed_rotated_switched_and_deleted(store: None) -> None:
    site = make_site()
    made = make_endpoint(site)
    changed = endpoints.change_endpoint(site, made.endpoint_id, "https://new.no/", [KIND], in_order=True)
    assert (changed.url, changed.in_order) == ("https://new.no/", True)
    rotated = endpoints.rotate_secret(site, made.endpoint_id, now=NOW)
    assert (rotated.secret_number, rotated.rotated_at) == (2, NOW)
    off = endpoints.disable_endpoint(site, made.endpoint_id, by="kari@example.no", now=NOW)
    assert (off.disabled_at, off.disabled_why) == (NOW, "Switched off by kari@example.no.")
    again = endpoints.disable_endpoint(site, made.endpoint_id, by="ola", now=NOW + timedelta(days=1))
    assert again == off
    on = endpoints.enable_endpoint(site, made.endpoint_id)
    assert (on.disabled_at, on.disabled_why) == (None, "")
    endpoints.delete_endpoint(site, made.endpoint_id, now=NOW)
    assert endpoints.endpoints(site) == ()


def test_an_endpoint_of_another_site_is_not_found(store: None) -> None:
    made = make_endpoint(make_site())
    other = make_site()
    for wrong in (made.endpoint_id, new_id(), "\x00", ""):
        with pytest.raises(NotFound):
            endpoints.endpoint(other, wrong)
        with pytest.raises(NotFound):
            endpoints.rotate_secret(other, wrong, now=NOW)


def test_an_address_has_one_endpoint_of_a_site(store: None) -> None:
    site = make_site()
    make_endpoint(site)
    with pytest.raises(Invalid) as refused:
        make_endpoint(site)
    assert "has an endpoint already" in str(refused.value.errors["url"])
    make_endpoint(site, name="other")
    make_endpoint(make_site())


def test_a_secret_is_not_replaced_again_while_the_one_before_is_in_use(store: None) -> None:
    one = make_endpoint(make_site())
    endpoints.rotate_secret(one.site_id, one.endpoint_id, now=NOW)
    with pytest.raises(Conflict) as refused:
        endpoints.rotate_secret(one.site_id, one.endpoint_id, now=NOW + timedelta(hours=23))
    assert refused.value.reason == "rotated_already"
    again = endpoints.rotate_secret(one.site_id, one.endpoint_id, now=NOW + timedelta(hours=24))
    assert again.secret_number == 3
