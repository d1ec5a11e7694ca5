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
        (_banner(), "texts"),
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
    assert list(caught.value.errors) == ["variant_b.texts.nb.reject_all"]
    pale = copy.deepcopy(_banner())
    pale["appearance"]["colours"]["light"]["text"] = pale["appearance"]["colours"]["light"]["background"]
    with pytest.raises(Invalid) as caught:
        _start(shop, pale)
    assert list(caught.value.errors) == ["variant_b.appearance.colours.light.text"]


def test_an_uneven_published_banner_is_named_as_variant_a(shop: Site) -> None:
    uneven = _banner()
    uneven["texts"]["nb"]["reject_all"] = "Nei takk, jeg vil heller ha en dårligere nettside"
    _publish(shop, uneven)
    with pytest.raises(Invalid) as caught:
        _start(shop, _banner("Ny"))
    assert list(caught.value.errors) == ["variant_a.texts.nb.reject_all"]


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
    assert list(variants.differences(banner, copy.deepcopy(banner))) == ["texts"]
    other["categories"] = []
    assert "categories" in variants.differences(banner, other)


# --- states of the draft and versions --------------------------------------------------------------------


def _saved(site: Site, *drafts: object) -> list[str]:
    """Save one draft after the other; the names of their states, when the next one has been saved."""
    names = []
    for draft in drafts:
        with transaction():
            names.append(f"draft-{sites.save_draft(site.id, draft, by='kari', now=NOW).revision}")
    return names


def _title(version: Version) -> str:
    return version.document["texts"]["nb"]["title"]


def _start_from(site: Site, **chosen: Any) -> Experiment:
    with transaction():
        return experiments.start(site.id, PLAN, by="kari", now=NOW, **chosen)


def test_an_experiment_starts_from_two_drafts_of_which_the_first_is_published_first(shop: Site) -> None:
    first, _ = _saved(shop, _banner("Første forslag"), _banner("Andre forslag"))
    checked = experiments.check(shop.id, a=first)
    assert checked.faults == {}
    assert checked.coming is not None
    assert (checked.coming.number, checked.coming.change) == (2, "text")
    started = _start_from(shop, a=first)

    a, b = sites.version(shop.id, 2), sites.version(shop.id, 3)
    assert (started.version_a, started.version_b) == (2, 3)
    assert (_title(a), a.variant_of, a.change) == ("Første forslag", None, "text")
    assert (_title(b), b.variant_of, b.change) == ("Andre forslag", 2, "text")
    assert a.note == "Variant A of experiment 1"
    assert b.note == "Variant B of experiment 1, beside version 2"
    again = _end(shop)
    assert again.content_hash == a.content_hash


def test_both_variants_may_be_earlier_states_or_versions_whatever_the_draft_is(shop: Site) -> None:
    _publish(shop, _banner("Versjon to"))
    first, second, _ = _saved(shop, _banner("En"), _banner("To"), with_services(service("another")))
    with transaction():
        started = experiments.start(shop.id, PLAN, by="kari", now=NOW, a="1", b=second)
    assert [_title(sites.version(shop.id, number)) for number in (3, 4)] == [
        _banner()["texts"]["nb"]["title"],
        "To",
    ]
    assert (started.version_a, started.version_b) == (3, 4)
    with transaction():
        experiments.end(shop.id, 1, B_WON, by="worker", now=LATER)
    second_start = _start_from(shop, b=first)
    assert (second_start.version_a, second_start.version_b) == (5, 6)
    assert _title(sites.version(shop.id, 6)) == "En"
    assert sites.draft(shop.id).document["services"] != _banner()["services"]


def test_what_visitors_have_already_is_not_published_again(shop: Site) -> None:
    like_version_1, other, _ = _saved(shop, _banner(), _banner("Mellom"), _banner("Nytt"))
    _publish(shop, _banner())
    for a in ("1", "2", like_version_1):
        assert experiments.check(shop.id, a=a, b=other) == experiments.Checked()
    assert _start_from(shop, a="1", b=other).version_a == 2


def test_who_is_asked_again_is_known_before_the_start(shop: Site) -> None:
    wider = with_services(service(), service("another"))
    first, _ = _saved(shop, wider, {**wider, "texts": _banner("Andre forslag")["texts"]})
    coming = experiments.check(shop.id, a=first).coming
    assert coming is not None
    assert (coming.change, coming.notify) == ("scope", "scope")
    assert [change.added_services for change in coming.scope_changes] == [("Another",)]

    _start_from(shop, a=first)
    a, b = sites.version(shop.id, 2), sites.version(shop.id, 3)
    assert (a.change, a.scope_changes) == ("scope", coming.scope_changes)
    assert (b.change, b.service_since) == ("text", a.service_since)


def test_the_variants_never_differ_in_what_is_asked_whichever_states_they_are(shop: Site) -> None:
    wider, plain, _ = _saved(
        shop, with_services(service(), service("another")), _banner("Ny"), _banner("Nyere")
    )
    for a, b in [(wider, plain), (plain, wider), ("1", wider)]:
        with pytest.raises(Invalid) as caught:
            _start_from(shop, a=a, b=b)
        assert caught.value.reason == "not_comparable"
        assert "services" in caught.value.errors
    assert len(sites.versions(shop.id)) == 1


def test_one_state_is_not_compared_with_itself(shop: Site) -> None:
    one, _ = _saved(shop, _banner("Første forslag"), _banner("Andre forslag"))
    for name in (one, "draft", "1"):
        assert list(experiments.check(shop.id, a=name, b=name).faults) == ["texts"]


def test_variant_a_that_hides_the_refusal_starts_nothing(shop: Site) -> None:
    hiding = _banner("Første forslag")
    hiding["texts"]["nb"]["reject_all"] = ""
    first, _ = _saved(shop, hiding, _banner("Andre forslag"))
    with pytest.raises(Invalid) as caught:
        _start_from(shop, a=first)
    assert "variant_a.texts.nb.reject_all" in caught.value.errors
    assert len(sites.versions(shop.id)) == 1


def test_tags_that_send_before_a_choice_are_not_let_in_by_an_experiment(shop: Site) -> None:
    sending = with_behaviour(_banner(), consent_mode="advanced")
    first, _ = _saved(shop, sending, {**sending, "texts": _banner("Andre forslag")["texts"]})
    with pytest.raises(Invalid) as caught:
        _start_from(shop, a=first)
    assert list(caught.value.errors) == ["variant_a.behaviour.consent_mode"]


@pytest.mark.parametrize("name", ["draft-4711", "9", "draft-", "nothing"])
def test_a_state_that_is_not_there_starts_nothing(shop: Site, name: str) -> None:
    _saved(shop, _banner("Ny"))
    for chosen in ({"a": name}, {"b": name}):
        with pytest.raises(NotFound):
            _start_from(shop, **chosen)
    assert len(sites.versions(shop.id)) == 1


def test_a_version_that_was_published_while_somebody_looked_is_said(shop: Site) -> None:
    _publish(shop, _banner("Nyere"))
    _saved(shop, _banner("Enda nyere"))
    with pytest.raises(PreconditionFailed):
        _start_from(shop, a="1", expected_version=1)
    assert _start_from(shop, a="1", expected_version=2).version_a == 3
