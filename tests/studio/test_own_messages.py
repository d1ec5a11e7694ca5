"""What happens to one's own account is at the bell of its person, whatever their role, without e-mail."""

from collections.abc import Callable

import pytest
from flask import Flask

from server.accounts.service import factors, password_resets, users
from server.accounts.values import Identity
from server.core import clock
from server.core.db import transaction
from server.core.http import settings
from server.sites.values import Site
from tests.studio.conftest import NOW, Visitor, browser, log_in_without_hashing
from tests.studio.test_analytics import text_of
from tests.studio.test_inbox import OPEN
from tests.studio.test_new_password import choose, opened
from tests.studio.test_second_factor import KARI, Phone, kari, phone, step

__all__ = ["kari", "phone"]


def bell(app: Flask, who: Identity) -> Visitor:
    """The browser of somebody with the role that they have now."""
    known = users.active_identity(who.user_id)
    assert known is not None
    return log_in_without_hashing(app, known)


def demote(who: Identity, site: Site) -> None:
    """Let somebody be support of one site: a role with few permissions, and none without a site."""
    with transaction():
        users.create_user("berit@example.no", "owner", password="tre hester på vidda", site_ids=None, now=NOW)
        users.change_user(who.user_id, role="support", site_ids=[site.id], now=NOW)


def test_whose_second_factor_somebody_else_removed_reads_who_did_it(
    app: Flask, kari: Identity, site: Site, as_role: Callable[..., Visitor]
) -> None:
    demote(kari, site)
    owner = as_role("owner")
    assert owner.post(f"/users/{kari.user_id}/factors").status_code == 303

    hers = bell(app, kari)
    line = "owner-0@example.no removed your two-factor login"
    assert line in text_of(hers.get("/inbox").text)
    assert "one unread" in text_of(hers.get("/account").text)
    assert line in text_of(hers.get("/inbox/newest").text)
    assert line not in text_of(owner.get("/inbox").text)
    opens = OPEN.findall(hers.get("/inbox").text)[0]
    assert hers.post(opens).location == "/studio/account/factors"
    assert owner.post(opens).status_code == 404


def test_whose_recovery_code_was_used_is_told(app: Flask, kari: Identity, visitor: Visitor) -> None:
    with transaction():
        codes = factors.make_codes(kari.user_id, secret_key=settings().secret_key)
    visitor.log_in(KARI)
    assert step(visitor, codes[0]) == (303, "/studio/")

    assert "A recovery code of your account was used" in text_of(bell(app, kari).get("/inbox").text)


def test_whose_password_was_chosen_by_a_link_is_told(
    app: Flask, kari: Identity, site: Site, phone: Phone
) -> None:
    demote(kari, site)
    with transaction():
        token = password_resets.issue(kari.user_id, now=clock.now())
    stranger = Visitor(browser(app))
    opened(stranger, password_resets.link(token, public_url="https://samtykke.example.no"))
    assert choose(stranger).status_code == 303

    assert "A link was used to choose a new password" in text_of(bell(app, kari).get("/inbox").text)


def test_nobody_can_turn_these_messages_off_and_who_did_it_gets_none(
    app: Flask, kari: Identity, as_role: Callable[..., Visitor]
) -> None:
    hers = bell(app, kari)
    assert "own." not in hers.get("/account/messages").text
    assert hers.post(f"/users/{kari.user_id}/factors").status_code == 303

    assert "removed your two-factor login" not in text_of(hers.get("/inbox").text)


@pytest.mark.parametrize(
    ("language", "said"),
    [("nb", "fjernet totrinnsinnloggingen din"), ("nn", "fjerna totrinnsinnlogginga di")],
)
def test_they_are_in_the_language_of_the_reader(
    app: Flask, kari: Identity, as_role: Callable[..., Visitor], language: str, said: str
) -> None:
    assert as_role("owner").post(f"/users/{kari.user_id}/factors").status_code == 303

    shown = bell(app, kari).get("/inbox", headers={"Accept-Language": language}).text

    assert said in text_of(shown)
