"""What is wrong with pages as a whole."""

import pytest

from server.scanner.observations import Fault
from tests.scanner.crawls import HOME, crawl, of_kind, page, visit


def test_requests_without_encryption_are_named_by_host_without_their_queries() -> None:
    seen = crawl(visit(mixed=("http://img.test/a.png?who=anna", "http://img.test/b.png")))
    (mixed,) = of_kind("mixed-content", seen)
    assert (mixed.subject, mixed.weight) == ("img.test", "warning")
    assert {each.url for each in mixed.evidence} <= {"http://img.test/a.png", "http://img.test/b.png"}


def test_a_page_whose_requests_are_encrypted_has_none() -> None:
    assert of_kind("mixed-content", crawl(visit())) == ()


@pytest.mark.parametrize(
    ("fault", "weight"),
    [("unreachable", "warning"), ("timed_out", "warning"), ("robots", "note"), ("dialogs", "note")],
)
def test_pages_that_could_not_be_observed_are_counted_by_what_stood_against_it(
    fault: Fault, weight: str
) -> None:
    seen = crawl(page(visit(faults=(fault,))), page(url=f"{HOME}b", faults=(fault,)))
    (unobserved,) = of_kind("not-observed", seen)
    assert (unobserved.weight, unobserved.facts["fault"], unobserved.pages) == (weight, fault, 2)
    assert [each.page for each in unobserved.evidence] == [HOME, f"{HOME}b"]


@pytest.mark.parametrize(
    ("choice", "outcome"), [("reject_all", "failed"), ("accept_all", "failed"), ("accept_all", "no_button")]
)
def test_an_answer_that_could_not_be_given_is_said(choice: str, outcome: str) -> None:
    (unobserved,) = of_kind("not-observed", crawl(visit(choice=choice, outcome=outcome)))  # type: ignore[arg-type]
    assert unobserved.facts["fault"] == "choice_failed"


def test_pages_that_were_observed_are_not_mentioned() -> None:
    seen = page(visit(), visit(choice="reject_all"), visit(choice="accept_all", outcome="no_banner"))
    assert of_kind("not-observed", crawl(seen)) == ()
