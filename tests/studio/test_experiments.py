"""The page of experiments: forecast, start, progress, end and the winner."""

import copy
import re
import secrets
from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction

import pytest

from server.accounts.service import audit_log
from server.analytics import jobs
from server.analytics.experiments import Arm, Forecast, Outcome, Progress
from server.analytics.experiments.confidence_sequence import Noise
from server.analytics.experiments.power import Plan
from server.analytics.intervals import Interval
from server.analytics.leaves import live_leaves
from server.analytics.privacy.release import Counted
from server.analytics.service import releasing
from server.analytics.service.releasing import EndedLump
from server.core import clock
from server.core.db import transaction
from server.core.local_days import day_of, midnight
from server.sites import approvals, experiments
from server.sites import service as sites
from server.sites.values import Site
from server.studio.analytics import experiment_view
from tests.analytics.visitors import release_days, without_noise
from tests.sites.documents import service
from tests.studio.conftest import NOW, Visitor, make_publishable

TITLE = "Er det greit?"


@pytest.fixture
def editor(site: Site, as_role: Callable[..., Visitor]) -> Visitor:
    """Somebody who writes and publishes banners."""
    return as_role("editor", site)


@pytest.fixture
def shop(site: Site) -> Site:
    """A site with a published banner, eight days of figures, and another title in its draft."""
    make_publishable(site)
    now = clock.now()
    today = day_of(now, sites.time_zone(site.id))
    with without_noise(), transaction():
        sites.publish(site.id, note="", by="tests", now=NOW - timedelta(days=90))
        days = {today - timedelta(days=back): Counted(120, 80) for back in range(1, 9)}
        release_days(site, days, now=now)
    draft = copy.deepcopy(sites.draft(site.id).document)
    draft["texts"]["nb"]["title"] = TITLE
    with transaction():
        sites.save_draft(site.id, draft, by="tests", now=now)
    return site


def start(editor: Visitor, site: Site, days: str = "28") -> int:
    path = f"/sites/{site.key}/experiment"
    return editor.save(path, {"days": days, "version": "1"}).status_code


def decide(site: Site, a: Counted, b: Counted) -> None:
    """Release a lump of the running experiment, in which each language of a variant counted so much."""
    versions, zone = sites.versions(site.id), sites.time_zone(site.id)
    day = day_of(clock.now(), zone) + timedelta(days=2)
    leaves = live_leaves(versions, day, day, zone)
    number = {versions[1].number: a, versions[0].number: b}
    lump = EndedLump(site.id, day, day, "day", Fraction(1), ("", 0), ("", 0), midnight(day, zone))
    with transaction():
        counted = {leaf: number[leaf.version] for leaf in leaves}
        releasing.release_lump(lump, leaves, counted, randbelow=secrets.randbelow)


def test_what_an_experiment_finds_is_said_before_it_starts(shop: Site, editor: Visitor) -> None:
    page = editor.get(f"/sites/{shop.key}/experiment").text
    assert "decisions a day, and 60\u202f% accepted everything." in page
    assert "In 28 days, with about " in page
    assert "points or more is found in at least 80 of 100" in page
    assert "Variant B as version 2, beside version 1, which is published. Nobody is asked again." in page
    assert "In 60 days" in editor.get(f"/sites/{shop.key}/experiment?days=60").text


@pytest.mark.parametrize("days", ["", "0", "366", "x", "-1", "1.5", "９"])
def test_a_wrong_number_of_days_is_refused_at_its_field(shop: Site, editor: Visitor, days: str) -> None:
    page = editor.get(f"/sites/{shop.key}/experiment", query_string={"days": days}).text
    assert "is not a whole number from 1 to 365" in page
    assert "Start, at most" not in page
    revision = str(sites.draft(shop.id).revision)
    answer = editor.post(f"/sites/{shop.key}/experiment", {"days": days, "revision": revision})
    assert answer.status_code == 422
    assert experiments.of_site(shop.id) == ()


def test_what_stands_against_comparing_is_listed_with_the_way_there(shop: Site, editor: Visitor) -> None:
    draft = copy.deepcopy(sites.draft(shop.id).document)
    draft["behaviour"]["validity_days"] = 30
    with transaction():
        sites.save_draft(shop.id, draft, by="tests", now=NOW)
    page = editor.get(f"/sites/{shop.key}/experiment").text
    assert "variants differ in texts and appearance alone, never in what is asked" in page
    assert f"/studio/sites/{shop.key}/banner/behaviour" in page
    assert "Start, at most" not in page
    revision = str(sites.draft(shop.id).revision)
    answer = editor.post(f"/sites/{shop.key}/experiment", {"days": "28", "revision": revision})
    assert answer.status_code == 422


def test_a_site_with_nothing_published_or_without_figures_is_told_so(site: Site, editor: Visitor) -> None:
    assert "Publish the banner first" in editor.get(f"/sites/{site.key}/experiment").text
    make_publishable(site)
    with transaction():
        sites.publish(site.id, note="", by="tests", now=NOW)
    draft = copy.deepcopy(sites.draft(site.id).document)
    draft["texts"]["nb"]["title"] = TITLE
    with transaction():
        sites.save_draft(site.id, draft, by="tests", now=NOW)
    page = editor.get(f"/sites/{site.key}/experiment").text
    assert "There are no figures of the last four weeks" in page
    revision = str(sites.draft(site.id).revision)
    answer = editor.post(f"/sites/{site.key}/experiment", {"days": "28", "revision": revision})
    assert (answer.status_code, experiments.of_site(site.id)) == (422, ())


def save(site: Site, title: str, **changes: object) -> str:
    """Save a draft with this title; the name of its state, when the next one has been saved."""
    draft = copy.deepcopy(sites.draft(site.id).document)
    draft["texts"]["nb"]["title"] = title
    with transaction():
        saved = sites.save_draft(site.id, {**draft, **changes}, by="kari@example.no", now=NOW)
    return f"draft-{saved.revision}"


def options(page: str, field: str) -> dict[str, str]:
    """Value → text of the options of a select."""
    found = re.search(rf'<select[^>]* id="{field}".*?</select>', page, re.DOTALL)
    assert found
    return dict(re.findall(r'<option value="([^"]*)"[^>]*>([^<]*)</option>', found[0]))


def chosen(page: str, field: str) -> str:
    found = re.search(rf'<select[^>]* id="{field}".*?<option value="([^"]*)" selected', page, re.DOTALL)
    assert found
    return found[1]


def test_without_a_choice_the_live_version_is_compared_with_the_draft(shop: Site, editor: Visitor) -> None:
    page = editor.get(f"/sites/{shop.key}/experiment").text
    assert (chosen(page, "a"), chosen(page, "b")) == ("1", "draft")
    offered = options(page, "b")
    assert offered["1"] == "Version 1, published now, since 22 Aug 2026, 14:00"
    assert offered["draft"].startswith("Draft as it is now, saved ")
    assert re.fullmatch(r"Draft saved 20 Nov 2026, 13:00 by tests", offered["draft-2"])
    assert options(page, "a") == offered


def test_two_states_of_the_draft_are_compared_and_published_together(shop: Site, editor: Visitor) -> None:
    path = f"/sites/{shop.key}/experiment"
    first, second = save(shop, "Første forslag"), save(shop, "Andre forslag")
    save(shop, "Noe helt annet", categories=sites.draft(shop.id).document["categories"][:2])
    page = editor.get(f"{path}?a={first}&b={second}&days=28").text
    assert (chosen(page, "a"), chosen(page, "b")) == (first, second)
    assert "Variant A as version 2 and, at the same time, variant B as version 3." in page
    assert "<strong>nobody is asked again</strong>" in page
    assert "Variant A, the draft as saved 20 Nov 2026, 13:00" in page
    frames = re.findall(r'<iframe[^>]*src="([^"]+)"', page)
    assert ["forslag" in editor.client.get(frame).text for frame in frames] == [True, True]

    data = {"a": first, "b": second, "days": "28", "version": "1"}
    editor.save(path, data, at=f"{path}?a={first}&b={second}")
    (started,) = experiments.of_site(shop.id)
    assert (started.version_a, started.version_b) == (2, 3)
    titles = [sites.version(shop.id, number).document["texts"]["nb"]["title"] for number in (2, 3)]
    assert titles == ["Første forslag", "Andre forslag"]
    actions = [one.action for one in audit_log.audit_events(only=None, site_id=shop.id, limit=9)]
    assert actions[:3] == ["experiment_started", "published", "published"]


def test_who_is_asked_again_and_that_nobody_is_notified_is_said_first(shop: Site, editor: Visitor) -> None:
    services = sites.draft(shop.id).document["services"]
    first = save(shop, "Første forslag", services=[*services, service()])
    save(shop, "Andre forslag")
    page = editor.get(f"/sites/{shop.key}/experiment?a={first}").text
    assert "Visitors who allowed a category that grew are <strong>asked again</strong>" in page
    assert "An experiment notifies nobody: publish variant A by itself first" in page
    assert re.search(
        r'data-confirm="[^"]* Visitors who allowed a category that grew are asked again\."', page
    )


def test_a_state_that_is_not_kept_any_more_is_said_at_its_field(shop: Site, editor: Visitor) -> None:
    path = f"/sites/{shop.key}/experiment"
    page = editor.get(f"{path}?a=draft-4711&b=9").text
    assert page.count("is not there any more: choose another one") == 2
    assert "Start, at most" not in page
    answer = editor.save(path, {"b": "draft-4711", "days": "28", "version": "1"})
    assert (answer.status_code, experiments.of_site(shop.id)) == (422, ())


def test_a_fault_leads_to_the_editor_only_if_it_is_in_the_draft(shop: Site, editor: Visitor) -> None:
    path = f"/sites/{shop.key}/experiment"
    texts = copy.deepcopy(sites.draft(shop.id).document["texts"])
    texts["nb"]["reject_all"] = ""
    faulty = save(shop, TITLE, texts=texts)
    page = editor.get(path).text
    field = f"/studio/sites/{shop.key}/banner/texts?language=nb#texts.nb.reject_all"
    assert f'<a href="{field}">Variant B › ' in page
    texts["nb"]["reject_all"] = "Avvis alle"
    save(shop, "Ny", texts=texts)
    page = editor.get(f"{path}?b={faulty}").text
    assert "<strong>Variant B › " in page
    assert field not in page


def test_a_version_that_was_published_while_somebody_looked_is_not_compared(
    shop: Site, editor: Visitor
) -> None:
    with transaction():
        sites.publish(shop.id, note="", by="tests", now=NOW)
    save(shop, "Nyere")
    answer = editor.save(f"/sites/{shop.key}/experiment", {"a": "1", "days": "28", "version": "1"})
    assert answer.status_code == 409
    assert "The banner was changed while you were looking." in answer.text
    assert experiments.of_site(shop.id) == ()


def test_a_draft_that_was_saved_meanwhile_is_not_started(shop: Site, editor: Visitor) -> None:
    data = {"days": "28", "revision": "1", "version": "1"}
    answer = editor.post(f"/sites/{shop.key}/experiment", data)
    assert answer.status_code == 409
    assert "The banner was changed while you were looking." in answer.text


def test_an_experiment_is_started_watched_ended_by_itself_and_its_winner_published(
    shop: Site, editor: Visitor
) -> None:
    assert start(editor, shop) == 303
    page = editor.get(f"/sites/{shop.key}/experiment").text
    assert "Experiment 1 is running" in page
    assert "There are no figures yet." in page
    assert "Versions 1 and 2 are compared" in editor.get(f"/sites/{shop.key}/").text
    assert "An experiment is running." in editor.get(f"/sites/{shop.key}/publish").text
    assert "Published now, variant B" in editor.get(f"/sites/{shop.key}/versions").text

    decide(shop, Counted(600, 400), Counted(800, 200))
    page = editor.get(f"/sites/{shop.key}/experiment").text
    assert "Variant B is accepted by " in page
    assert jobs.end_experiments(clock.now() + timedelta(days=4)) == 1

    page = editor.get(f"/sites/{shop.key}/experiment").text
    assert "Variant B has won experiment 1" in page
    assert editor.post(f"/sites/{shop.key}/experiment/1/publish").status_code == 303
    newest = sites.newest(shop.id)
    assert newest is not None
    assert (newest.number, newest.document["texts"]["nb"]["title"]) == (4, TITLE)
    assert "has won" not in editor.get(f"/sites/{shop.key}/experiment").text
    assert editor.post(f"/sites/{shop.key}/experiment/1/publish").status_code == 409
    actions = [one.action for one in audit_log.audit_events(only=None, site_id=shop.id, limit=9)]
    assert actions == ["published", "rolled_back", "experiment_ended", "experiment_started", "published"]


def test_with_approval_an_experiment_is_asked_for_and_another_person_starts_it(
    shop: Site, editor: Visitor, as_role: Callable[..., Visitor]
) -> None:
    owner, path = as_role("owner", shop), f"/sites/{shop.key}/experiment"
    with transaction():
        approvals.require(shop.id, required=True, now=clock.now())
    assert "Ask for approval" in editor.get(path).text
    assert start(editor, shop) == 303
    assert experiments.running() == ()
    assert "An experiment waits for approval." in editor.get(path).text
    seen = {"days": "28", "version": "1", "revision": str(sites.draft(shop.id).revision)}
    assert editor.post(path, seen).status_code == 409
    page = owner.get(f"/sites/{shop.key}/publications/1").text
    assert TITLE in page
    digest = re.search(r'name="digest" value="([^"]+)"', page)
    assert digest is not None
    assert owner.post(f"/sites/{shop.key}/publications/1/approve", {"digest": digest[1]}).status_code == 303
    (running,) = experiments.running()
    assert (running.started_by, running.plan.limit_days) == ("editor-1@example.no", 28)
    events = audit_log.audit_events(only=[shop.id], limit=4)
    assert [(event.action, event.subject) for event in events] == [
        ("experiment_started", "experiment 1"),
        ("published", "version 2"),
        ("approved", "publication 1"),
        ("approval_asked", "publication 1"),
    ]


def test_the_figures_by_version_point_to_the_experiment(shop: Site, editor: Visitor) -> None:
    path = f"/sites/{shop.key}/analytics?by=version"
    assert "Versions 1 and 2 are compared in <a" not in editor.get(path).text
    start(editor, shop)
    assert "Versions 1 and 2 are compared in <a" in editor.get(path).text


def test_staff_end_an_experiment_and_visitors_get_variant_a(shop: Site, editor: Visitor) -> None:
    start(editor, shop)
    refused = editor.save(f"/sites/{shop.key}/versions/1/rollback", {})
    assert refused.status_code == 409
    assert "An experiment with versions 1 and 2 is running: end it first" in refused.text

    assert editor.post(f"/sites/{shop.key}/experiment/1/end").status_code == 303

    newest = sites.newest(shop.id)
    assert newest is not None
    assert (newest.number, newest.variant_of) == (3, None)
    page = editor.get(f"/sites/{shop.key}/experiment").text
    assert "The experiment was stopped before its first figures." in page
    assert "ended by editor-1@example.no" in page
    assert editor.post(f"/sites/{shop.key}/experiment/1/end").status_code == 409
    assert editor.post(f"/sites/{shop.key}/experiment/7/end").status_code == 404


@pytest.mark.parametrize(
    ("language", "notes"),
    [
        (
            "nb",
            [
                "Som versjon 3",
                "Som versjon 1: Eksperiment 1 er avsluttet",
                "Variant B i eksperiment 1, ved siden av versjon 1",
            ],
        ),
        (
            "nn",
            [
                "Som versjon 3",
                "Som versjon 1: Eksperiment 1 er avslutta",
                "Variant B i eksperiment 1, ved sida av versjon 1",
            ],
        ),
    ],
)
def test_notes_that_the_server_writes_are_in_the_language_of_the_reader(
    shop: Site, editor: Visitor, language: str, notes: list[str]
) -> None:
    start(editor, shop)
    editor.post(f"/sites/{shop.key}/experiment/1/end")
    editor.save(f"/sites/{shop.key}/versions/3/rollback", {})
    page = editor.get(f"/sites/{shop.key}/versions", headers={"Accept-Language": language}).text
    assert re.findall(r'<p class="version-note">([^<]*)</p>', page) == notes


def test_each_variant_is_seen_as_it_was_published(shop: Site, editor: Visitor) -> None:
    start(editor, shop)
    texts = [editor.get(f"/sites/{shop.key}/states/{number}/preview").text for number in (1, 2)]
    assert [TITLE in text for text in texts] == [False, True]
    assert editor.get(f"/sites/{shop.key}/states/9/preview").status_code == 404


# --- words -----------------------------------------------------------------------------------------------

NOISE = Noise(10.0, 20.0, 0.0)


def _progress(a: Arm, b: Arm, low: float = -1.0, high: float = 1.0) -> Progress:
    return Progress(Outcome("running", 5, Interval(low, high), 28), a, b, NOW.date())


def test_the_interval_claims_no_more_than_is_known() -> None:
    assert experiment_view.interval(_progress(Arm(0, 0, NOISE), Arm(0, 0, NOISE)).outcome) == ""
    found = _progress(Arm(0, 0, NOISE), Arm(0, 0, NOISE), -0.01234, 0.04321).outcome
    assert experiment_view.interval(found) == "−1.3 to +4.4 points"


@pytest.mark.parametrize(
    ("a", "b", "uneven"), [(1000, 1000, False), (1000, 1150, False), (1000, 1200, True), (0, 0, False)]
)
def test_variants_that_chance_does_not_make_so_different_are_pointed_out(
    a: int, b: int, uneven: bool
) -> None:
    found = _progress(Arm(a / 2, a / 2, NOISE), Arm(b / 2, b / 2, NOISE))
    assert experiment_view.is_uneven(found) is uneven


def test_an_experiment_that_finds_nothing_is_said_to_find_nothing() -> None:
    plan = Plan(2.0, 0.5, 28, 1, NOISE)
    words = experiment_view.forecast_words(Forecast(plan, None, NOW.date()))
    assert words.endswith(
        "In 28 days, with about 56 decisions, an experiment would find no difference, however large:"
        " it has too few."
    )
