"""What stays in the browser until it is cleared needs no duration, and says so in every shipped language."""

from importlib import resources

import pytest

from server.sites import lint
from server.sites.web_storage import UNTIL_CLEARED, longest_kept, until_cleared
from tests.sites.documents import cookie, service, with_services


def test_every_language_of_the_shipped_texts_has_its_words() -> None:
    files = (file.name for file in (resources.files("server.sites") / "texts").iterdir())
    assert set(UNTIL_CLEARED) == {name.removesuffix(".json") for name in files if name.endswith(".json")}
    assert until_cleared("tlh") == ("Until it is cleared", "en")


@pytest.mark.parametrize("kind", ["cookie", "local_storage", "session_storage", "indexed_db", "pixel"])
def test_a_lifetime_is_asked_for_only_where_something_ends_by_a_date(kind: str) -> None:
    document = with_services(service(cookies=[cookie(kind=kind, lifetime="")]))
    found = {finding.rule for finding in lint.findings(document)}

    assert ("lifetime_missing" in found) is (kind in ("cookie", "session_storage"))


def test_what_stays_until_it_is_cleared_stays_longest_and_what_ends_with_the_browser_shortest() -> None:
    in_order = [
        cookie("session", lifetime="session"), cookie("minutes", lifetime="PT90M"),
        cookie("days", lifetime="P364D"), cookie("year", lifetime="P1Y"), cookie("months", lifetime="P13M"),
        cookie("cleared", kind="local_storage", lifetime=""),
    ]  # fmt: skip
    while in_order:
        assert longest_kept(reversed(in_order)) == in_order.pop()
    assert longest_kept([cookie(kind="pixel", lifetime="")]) is None
