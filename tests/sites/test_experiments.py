"""Experiments: two versions of a banner that are live at once, on each database."""

import copy
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import given

from server.core.db import transaction
from server.core.errors import Conflict, Invalid, NotFound, PreconditionFailed
from server.ledger.service import reading, sequencing
from server.ledger.values import KIND_VERSION
from server.sites import experiments, variants
from server.sites import service as sites
from server.sites.document_types import Document
from server.sites.values import Experiment, ExperimentResult, Planned, Site, Version
from tests.sites.documents import documents, publishable, service, with_behaviour, with_services

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=20)
PLAN = Planned(28, 4000.0, 0.04)
B_WON = ExperimentResult("b_is_better", 12, 0.03, 0.07)


@pytest.fixture
def shop(app: Flask) -> Site:
    """A site with version 1 published."""
    with transaction():
        site = sites.create("shop", "Butikken", ["shop.no"], by="kari", now=NOW)
        sites.save_draft(site.id, _banner(), by="kari", now=NOW)
        sites.publish(site.id, note="", by="kari", now=NOW)
    return site


def _banner(title: str | None = None, **changes: Any) -> Document:
    made = with_services(service())
    if title:
        made["texts"]["nb"]["title"] = title
    return {**made, **changes}  # type: ignore[typeddict-item]


def _start(site: Site, draft: object = None, plan: Planned = PLAN, **expected: Any) -> Experiment:
    with transaction():
        sites.save_draft(site.id, draft or _banner("Er det greit?"), by="kari", now=NOW)
        return experiments.start(site.id, plan, by="kari", now=NOW, **expected)


def _end(site: Site, result: ExperimentResult = B_WON) -> Version:
    with transaction():
        return experiments.end(site.id, 1, result, by="worker", now=LATER)


def _publish(site: Site, draft: object) -> Version:
    with transaction():
        sites.save_draft(site.id, draft, by="kari", now=LATER)
        return sites.publish(site.id, note="", by="kari", now=LATER)


def test_the_draft_becomes_a_variant_beside_the_live_version_and_nobody_is_asked_again(shop: Site) -> None:
    started = _start(shop)

    newest = sites.newest(shop.id)
    assert newest is not None
    assert (newest.number, newest.variant_of, newest.change) == (2, 1, "text")
    assert newest.document["texts"]["nb"]["title"] == "Er det greit?"
    assert newest.note == "Variant B of experiment 1, beside version 1"
    assert started == Experiment(shop.id, 1, 1, 2, NOW, "kari", PLAN)
    assert experiments.running() == experiments.of_site(shop.id) == (started,)


def test_when_it_ends_visitors_get_variant_a_alone_again(shop: Site) -> None:
    _start(shop)
    again = _end(shop)

    assert (again.number, again.variant_of, again.change) == (3, None, "text")
    assert again.content_hash == sites.version(shop.id, 1).content_hash
    assert sites.newest(shop.id) == again
    ended = experiments.experiment(shop.id, 1)
    assert (ended.ended_at, ended.ended_by, ended.result) == (LATER, "worker", B_WON)
    assert experiments.running() == ()


def test_an_experiment_ends_once(shop: Site) -> None:
    _start(shop)
    _end(shop)
    with pytest.raises(Conflict) as caught:
        _end(shop, ExperimentResult("stopped", 13, 0.0, 0.1))
    assert caught.value.reason == "experiment_ended"
    assert experiments.experiment(shop.id, 1).result == B_WON
    assert len(sites.versions(shop.id)) == 3


def test_the_winner_is_published_as_it_was_whatever_the_draft_has_become(shop: Site) -> None:
    _start(shop)
    _end(shop)
    with transaction():
        sites.save_draft(shop.id, _banner("Noe annet"), by="ola", now=LATER)
        made = experiments.publish_winner(shop.id, 1, by="kari", now=LATER)

    assert (made.number, made.variant_of) == (4, None)
    assert made.content_hash == sites.version(shop.id, 2).content_hash
    assert made.note == "As version 2: variant B won experiment 1"
    assert sites.draft(shop.id).document["texts"]["nb"]["title"] == "Noe annet"


def test_a_winner_is_not_published_twice_nor_over_what_came_after_it(shop: Site) -> None:
    _start(shop)
    _end(shop)
    _publish(shop, _banner("Nyere"))
    with pytest.raises(Conflict) as caught, transaction():
        experiments.publish_winner(shop.id, 1, by="kari", now=LATER)
    assert caught.value.reason == "published_meanwhile"
    assert "version 2 can be published again" in caught.value.message


@pytest.mark.parametrize("outcome", ["a_is_better", "undecided", "stopped", None])
def test_only_a_clear_winner_is_published_by_one_click(shop: Site, outcome: Any) -> None:
    _start(shop)
    if outcome:
        _end(shop, ExperimentResult(outcome, 28, -0.1, 0.1))
    with pytest.raises(Conflict) as caught, transaction():
        experiments.publish_winner(shop.id, 1, by="kari", now=LATER)
    assert caught.value.reason == "no_winner"


def test_nothing_is_published_beside_an_experiment(shop: Site) -> None:
    _start(shop)
    for attempt in (
        lambda: sites.publish(shop.id, note="", by="kari", now=LATER),
        lambda: sites.rollback(shop.id, 1, by="kari", now=LATER),
        lambda: experiments.start(shop.id, PLAN, by="kari", now=LATER),
    ):
        with pytest.raises(Conflict) as caught, transaction():
            attempt()
        assert caught.value.reason == "experiment_running"
        assert caught.value.message == ("an experiment with versions 1 and 2 is running: end it first")
    _end(shop)
    assert _publish(shop, _banner("Nyere")).number == 4


def test_both_variants_and_the_end_are_in_the_log_as_every_version_is(shop: Site) -> None:
    _start(shop)
    _end(shop)
    with transaction():
        sequencing.sequence(now=LATER, limit=100)
    log = reading.logs()[0]
    entries = [each for each in reading.entries(log, 0, 100) if each.kind == KIND_VERSION]
    assert sorted(each.subject for each in entries) == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (_banner(), "draft"),
        (_banner(services=[*_banner()["services"], service("video", "advertising")]), "services"),
        (with_behaviour(_banner("Ny"), validity_days=30), "behaviour"),
        (_banner("Ny", notice={"sections": []}, default_language="en"), "default_language"),
        (_banner("Ny", controller={**_banner()["controller"], "name": "Andre AS"}), "controller"),
    ],
)
def test_variants_differ_in_texts_and_appearance_alone(shop: Site, draft: Document, field: str) -> None:
    with pytest.raises(Invalid) as caught:
        _start(shop, draft)
    assert caught.value.reason == "not_comparable"
    assert field in caught.value.errors
    assert len(sites.versions(shop.id)) == 1


def test_variants_have_the_same_languages(shop: Site) -> None:
    draft = sites.with_language(_banner("Ny"), "sv")
    with pytest.raises(Invalid) as caught:
        _start(shop, draft)
    assert "texts" in caught.value.errors


def test_the_law_lint_is_on_both_variants_and_uneven_answers_are_no_experiment(shop: Site) -> None:
    steering = _banner()
    steering["texts"]["nb"]["reject_all"] = "Nei takk, jeg vil heller ha en dårligere nettside"
    with pytest.raises(Invalid) as caught:
        _start(shop, steering)
    assert list(caught.value.errors) == ["texts.nb.reject_all"]
    pale = copy.deepcopy(_banner())
    pale["appearance"]["colours"]["light"]["text"] = pale["appearance"]["colours"]["light"]["background"]
    with pytest.raises(Invalid) as caught:
        _start(shop, pale)
    assert list(caught.value.errors) == ["appearance.colours.light.text"]


def test_an_uneven_published_banner_is_named_with_its_version(shop: Site) -> None:
    uneven = _banner()
    uneven["texts"]["nb"]["reject_all"] = "Nei takk, jeg vil heller ha en dårligere nettside"
    _publish(shop, uneven)
    with pytest.raises(Invalid) as caught:
        _start(shop, _banner("Ny"))
    assert list(caught.value.errors) == ["version.2.texts.nb.reject_all"]


@pytest.mark.parametrize("days", [-1, 0, 366])
def test_the_limit_is_a_day_to_a_year(shop: Site, days: int) -> None:
    with pytest.raises(Invalid) as caught:
        _start(shop, plan=Planned(days, 1.0, None))
    assert list(caught.value.errors) == ["limit_days"]


def test_an_experiment_needs_a_published_version_and_the_draft_that_was_seen(app: Flask, shop: Site) -> None:
    with transaction():
        new = sites.create("new", "Ny", ["new.no"], by="kari", now=NOW)
    with pytest.raises(Invalid) as caught:
        _start(new, publishable())
    assert list(caught.value.errors) == ["draft"]
    with pytest.raises(PreconditionFailed):
        _start(shop, expected_revision=1)


@pytest.mark.parametrize("number", [0, 1, 2**40, -1])
def test_an_unknown_experiment_is_not_found(shop: Site, number: int) -> None:
    for attempt in (
        lambda: experiments.experiment(shop.id, number),
        lambda: experiments.end(shop.id, number, B_WON, by="kari", now=LATER),
        lambda: experiments.publish_winner(shop.id, number, by="kari", now=LATER),
    ):
        with pytest.raises(NotFound) as caught, transaction():
            attempt()
        assert caught.value.reason == "experiment_unknown"


def test_the_next_experiment_of_a_site_has_the_next_number(shop: Site) -> None:
    _start(shop)
    _end(shop)
    assert _start(shop, _banner("Enda en")).number == 2
    assert [each.number for each in experiments.of_site(shop.id)] == [2, 1]


@given(documents())
def test_what_is_compared_asks_for_the_same(banner: Document) -> None:
    other = copy.deepcopy(banner)
    other["texts"]["nb"]["title"] += "!"
    assert variants.differences(banner, other) == {}
    assert list(variants.differences(banner, copy.deepcopy(banner))) == ["draft"]
    other["categories"] = []
    assert "categories" in variants.differences(banner, other)


# --- two drafts ------------------------------------------------------------------------------------------


def _keep(site: Site, draft: object) -> None:
    with transaction():
        sites.save_draft(site.id, draft, by="kari", now=NOW)
        experiments.keep_variant(site.id, by="kari", now=NOW)


def test_an_experiment_starts_from_two_drafts_of_which_one_was_kept(shop: Site) -> None:
    _keep(shop, _banner("Første forslag"))
    started = _start(shop, _banner("Andre forslag"))

    a, b = sites.version(shop.id, 2), sites.version(shop.id, 3)
    assert (started.version_a, started.version_b) == (2, 3)
    assert (a.document["texts"]["nb"]["title"], a.variant_of, a.change) == ("Første forslag", None, "text")
    assert (b.document["texts"]["nb"]["title"], b.variant_of, b.change) == ("Andre forslag", 2, "text")
    assert a.note == "Variant A of experiment 1"
    assert experiments.kept_variant(shop.id) is None
    again = _end(shop)
    assert again.content_hash == a.content_hash


def test_the_live_version_is_variant_a_again_once_the_kept_draft_is_dropped(shop: Site) -> None:
    _keep(shop, _banner("Første forslag"))
    with transaction():
        experiments.drop_variant(shop.id)

    assert experiments.kept_variant(shop.id) is None
    assert _start(shop).version_a == 1


def test_the_draft_that_is_kept_last_counts(shop: Site) -> None:
    _keep(shop, _banner("Første forslag"))
    _keep(shop, _banner("Bedre forslag"))

    kept = experiments.kept_variant(shop.id)
    assert kept is not None
    assert (kept.document["texts"]["nb"]["title"], kept.kept_by) == ("Bedre forslag", "kari")


def test_a_draft_is_not_kept_over_what_somebody_saved_meanwhile(shop: Site) -> None:
    with pytest.raises(PreconditionFailed), transaction():
        experiments.keep_variant(shop.id, by="kari", now=NOW, expected_revision=99)
    assert experiments.kept_variant(shop.id) is None


def test_a_kept_draft_may_not_ask_for_more_than_the_live_version(shop: Site) -> None:
    wider = with_services(service(), service("another"))
    _keep(shop, wider)
    with pytest.raises(Invalid) as caught:
        _start(shop, {**wider, "texts": _banner("Andre forslag")["texts"]})

    assert caught.value.reason == "not_comparable"
    assert list(caught.value.errors) == ["variant_a.services"]
    assert experiments.kept_variant(shop.id) is not None
    assert len(sites.versions(shop.id)) == 1


def test_the_draft_must_differ_from_the_one_that_is_kept(shop: Site) -> None:
    _keep(shop, _banner("Første forslag"))
    assert list(experiments.check(shop.id)) == ["draft"]


def test_a_kept_draft_that_hides_the_refusal_starts_nothing(shop: Site) -> None:
    hiding = _banner("Første forslag")
    hiding["texts"]["nb"]["reject_all"] = ""
    _keep(shop, hiding)
    with pytest.raises(Invalid) as caught:
        _start(shop, _banner("Andre forslag"))
    assert "variant_a.texts.nb.reject_all" in caught.value.errors
