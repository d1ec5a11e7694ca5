"""How much the catalog knows."""

from server.catalog.constraints import fields_of
from server.catalog.figures import figures
from server.catalog.values import Provider, Service
from tests.catalog.made_up import made_up, stored


def test_services_are_counted_by_what_they_are_and_by_what_is_known_of_them() -> None:
    found = figures(
        [
            made_up("a", provider=Provider("A AS"), storage=(stored("_a", lifetime="P1Y"), stored("_b"))),
            made_up("b", "necessary", use="payment", confidence="low", stores_nothing=True),
        ]
    )

    assert (found.services, found.stored, found.with_lifetime) == (2, 2, 1)
    assert {use: count for use, count in found.uses.items() if count} == {"analytics": 1, "payment": 1}
    assert found.categories == {"necessary": 1, "functional": 0, "statistics": 1, "advertising": 0}
    assert found.confidences == {"high": 1, "medium": 0, "low": 1}
    assert (found.facts["provider"], found.facts["storage"], found.facts["marking"]) == (1, 2, 0)


def test_every_field_that_may_be_absent_is_counted() -> None:
    optional = {each.name for each in fields_of(Service) if not each.required}

    # What stores nothing is counted with what stores something.
    assert set(figures([]).facts) == optional - {"stores_nothing"}


def test_an_empty_catalog_has_figures_too() -> None:
    assert set(figures([]).facts.values()) == {0}
