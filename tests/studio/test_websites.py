"""However many sites there are, a page lists some, and every site can be reached."""

from collections.abc import Callable

import pytest

from server.studio import views, websites
from tests.studio.conftest import Visitor, make_site


def test_many_sites_are_listed_page_by_page(
    as_role: Callable[..., Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (views, websites):
        monkeypatch.setattr(module, "LISTED", 2)
    for key in ("hytta", "butikken", "kiosken"):
        make_site(key, key.capitalize())
    owner = as_role("owner")
    first, second = owner.get("/sites").text, owner.get("/sites?after=hytta").text
    cards = [text.partition('<ul class="cards">')[2] for text in (first, second)]
    assert [key for key in ("butikken", "hytta", "kiosken") if f"/sites/{key}" in cards[0]] == [
        "butikken",
        "hytta",
    ]
    assert "/studio/sites?after=hytta" in cards[0]
    assert [key for key in ("butikken", "hytta", "kiosken") if f"/sites/{key}" in cards[1]] == ["kiosken"]
    assert "?after=" not in cards[1]
    assert owner.get("/trail?site=kiosken").status_code == 200
    assert "kiosken" in owner.get("/users/new").text.lower()
