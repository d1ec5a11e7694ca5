"""Findings are sentences in the reader's language, lead to their field, and can be put right at a press."""

import ast
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from flask import Flask
from flask_babel import force_locale

from server.catalog import service as catalog
from server.core.db import transaction
from server.sites import lint
from server.sites import service as sites
from server.sites.document import load
from server.sites.document_types import Document
from server.sites.lint import new_values
from server.sites.values import Finding, Site
from server.studio.draft import field_words
from server.studio.draft.editor_links import link_to
from server.studio.draft.finding_words import SENTENCES, said
from tests.sites.documents import service, with_services
from tests.sites.test_document import put
from tests.sites.test_lint import signalling, whole
from tests.studio.conftest import NOW, Visitor

LINT = Path(lint.__file__).parent


def rules_of_the_lint() -> set[str]:
    """Every rule that is named in a call of the lint, and the one that `missing` has by itself."""
    found: set[str] = set()
    for path in LINT.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", "")
                at = {"error": 2, "warning": 2, "severity": 2, "missing": 3}.get(name)
                if at is not None and len(node.args) > at and isinstance(node.args[at], ast.Constant):
                    found.add(str(node.args[at].value))  # type: ignore[attr-defined]
    return {*found, "text_missing"}


def test_every_rule_of_the_lint_has_its_sentences_and_no_other_has() -> None:
    assert set(SENTENCES) == rules_of_the_lint()


def test_what_is_put_right_is_found_by_a_rule() -> None:
    assert set(new_values.NEW_VALUES) <= set(SENTENCES)


def broken() -> Document:
    """A document with much to say about it."""
    document: Any = put(whole(), "appearance.colours.light.text", "#999999")
    document["texts"]["nb"] |= {"changed": "Nytt", "title": "Hei {x}", "save": "", "body": "Ved å scrolle"}
    document["services"].append(
        service("broken", name="", provider="", country="", privacy_link="", cookies=[], hosts=[], data={})
    )
    document["services"].append(service("far", country="US", retention="", purpose={}))
    document["notice"]["sections"][0]["hidden"] = True
    document["controller"] |= {"name": "", "address": ""}
    google = {"regions": ["NO"], "wait_for_update": 0, "ads_data_redaction": False, "url_passthrough": True}
    document["behaviour"] |= {"validity_days": 30, "consent_mode": "advanced", "google": google}
    return load(document)


@pytest.mark.parametrize("tag", ["en", "nb", "nn"])
def test_each_finding_is_said_with_what_was_found(app: Flask, tag: str) -> None:
    document = broken()
    with app.test_request_context(), force_locale(tag):
        for finding in (*lint.findings(document), *lint.findings(signalling(consent_mode="advanced"))):
            sentences = said(finding, document)
            assert "%(" not in sentences
            assert re.match(r"[«“\"A-ZÆØÅ]", sentences), sentences
            assert sentences.endswith(".")


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        (
            "nb",
            "«Utseende › Lys › Tekst» er vanskelig å lese: kontrasten er 2,85:1 og må være "
            "4,5:1 (WCAG 1.4.3). Velg en mørkere eller lysere farge.",
        ),
        (
            "nn",
            "«Utsjånad › Lys › Tekst» er vanskeleg å lese: kontrasten er 2,85:1 og må vere "
            "4,5:1 (WCAG 1.4.3). Vel ein mørkare eller lysare farge.",
        ),
        (
            "en",
            "“Appearance › Light › Text” is hard to read: the contrast is 2.85:1 and must be "
            "4.5:1 (WCAG 1.4.3). Choose a darker or a lighter colour.",
        ),
    ],
)
def test_a_number_and_a_field_are_in_the_readers_language(app: Flask, tag: str, expected: str) -> None:
    document = broken()
    finding = next(each for each in lint.findings(document) if each.rule == "contrast_low")
    with app.test_request_context(), force_locale(tag):
        assert said(finding, document) == expected


def test_an_article_and_languages_are_cited_as_norwegian_does(app: Flask) -> None:
    document = broken()
    found = {(each.rule, each.field): each for each in lint.findings(document)}
    at = len(document["services"]) - 1
    with app.test_request_context(), force_locale("nb"):
        purpose = said(found["text_missing", f"services.{at}.purpose.nb"], document)
        assert "(personvernforordningen artikkel 13 nr. 1 bokstav c)" in purpose
        assert "norsk bokmål" in said(found["data_missing", f"services.{at - 1}.data.nb"], document)


def test_a_rule_without_sentences_says_what_the_lint_says(app: Flask) -> None:
    odd = Finding("error", "controller.name", "is odd", "no_such_rule")
    with app.test_request_context():
        assert said(odd, whole()) == "Controller › Name: is odd"


def keys_of(value: object, document: Document) -> set[str]:
    """All keys of a document but languages."""
    if isinstance(value, dict):
        own = {key for key in value if key not in document["texts"]}
        return own.union(*(keys_of(one, document) for one in value.values()))
    return set().union(*(keys_of(one, document) for one in value)) if isinstance(value, list) else set()


UNSEEN = frozenset(
    {"categories", "services", "cookies", "sections", "catalog", "version", "order", "google", "colours"}
    | {"contacts", "signals", "mapping", "texts", "appearance", "behaviour", "controller", "notice", "tools"}
    | {"activities", "processors"}
)
"""Keys that no label has: sections, lists, groups, and what no form shows."""


def test_every_field_of_a_document_has_a_label() -> None:
    document = with_services(service())

    label = field_words.field_label
    unlabelled = {key for key in keys_of(document, document) if key == label(key) == label(key, "texts")}
    assert unlabelled - UNSEEN == set()


def drafted(site: Site, path: str, value: object) -> None:
    stored = sites.draft(site.id)
    changed = put(stored.document, path, value)
    with transaction():
        sites.save_draft(site.id, changed, by="kari@example.no", now=NOW)


def test_the_page_leads_to_the_field_and_offers_to_put_it_right(
    as_role: Callable[..., Visitor], site: Site
) -> None:
    drafted(site, "appearance.colours.light.text", "#999999")
    page = as_role("editor", site).get(f"/sites/{site.key}/publish").text

    field = "appearance.colours.light.text"
    (number,) = (at for at, found in enumerate(sites.check(site.id)) if found.field == field)
    page_of_field = f"/studio/sites/{site.key}/banner/appearance"
    assert f'href="{page_of_field}?finding={number}-{field}#{field}"' in page
    assert 'value="contrast_low"' in page
    assert 'aria-label="Fix it for me: Appearance › Light › Text"' in page


def test_a_press_changes_the_draft_and_says_what_was_changed(
    as_role: Callable[..., Visitor], site: Site
) -> None:
    drafted(site, "appearance.colours.light.text", "#999999")
    editor = as_role("editor", site)
    fields = {"rule": "contrast_low", "field": "appearance.colours.light.text"}
    answer = editor.save(f"/sites/{site.key}/publish/fix", fields, at=f"/sites/{site.key}/publish")
    colour = sites.draft(site.id).document["appearance"]["colours"]["light"]["text"]
    page = editor.get(f"/sites/{site.key}/publish").text

    assert answer.status_code == 303
    assert colour != "#999999"
    assert f"“Appearance › Light › Text” was “#999999” and is now “{colour}”" in page
    assert "contrast_low" not in page


@pytest.mark.parametrize(
    ("path", "value", "rule", "expected"),
    [
        ("behaviour.signals.gpc", False, "gpc_unheard", "counts as a no” is on now."),
        ("notice.sections.0.hidden", True, "section_hidden", "› Hidden” is off now."),
        ("texts.nb.body", "Ved å scrolle", "consent_by_silence", "” has the standard text now."),
        ("texts.nb.save", "", "text_missing", "” was empty and is now “Lagre valg”."),
    ],
)
def test_what_was_changed_is_said(
    as_role: Callable[..., Visitor], site: Site, path: str, value: object, rule: str, expected: str
) -> None:
    drafted(site, path, value)
    editor = as_role("editor", site)
    fields = {"rule": rule, "field": path}
    editor.save(f"/sites/{site.key}/publish/fix", fields, at=f"/sites/{site.key}/publish")

    assert expected in editor.get(f"/sites/{site.key}/publish").text


def test_a_draft_that_was_changed_since_is_left_alone(as_role: Callable[..., Visitor], site: Site) -> None:
    drafted(site, "texts.nb.save", "")
    editor = as_role("editor", site)
    data = {"rule": "text_missing", "field": "texts.nb.save", "revision": "0"}
    editor.post(f"/sites/{site.key}/publish/fix", data)

    assert sites.draft(site.id).document["texts"]["nb"]["save"] == ""
    assert "Nothing was changed" in editor.get(f"/sites/{site.key}/publish").text


def test_an_auditor_reads_findings_and_changes_nothing(as_role: Callable[..., Visitor], site: Site) -> None:
    drafted(site, "texts.nb.save", "")
    auditor = as_role("auditor", site)
    page = auditor.get(f"/sites/{site.key}/publish").text
    data = {"rule": "text_missing", "field": "texts.nb.save", "revision": "2"}

    assert "Fix it for me" not in page
    assert auditor.post(f"/sites/{site.key}/publish/fix", data).status_code == 403


def test_the_link_of_a_finding_is_in_the_readers_words(app: Flask) -> None:
    with app.test_request_context(), force_locale("nb"):
        assert link_to("texts.nn.accept_all", whole()).label == "Tekster › Godta alle, norsk nynorsk"
        assert link_to("controller.supervisory_authority.url", whole()).label.endswith("› Nettsted")


def with_many_findings(document: Document) -> Document:
    """Twenty services of the catalog with ten cookies each, and nothing said of them in 22 languages."""
    for language in [known.code for known in sites.known_languages()][:22]:
        if language not in document["texts"]:
            document = sites.with_language(document, language)
    (known,) = (each for each in catalog.services() if each.key == "google_analytics")
    stored = [
        {"name": f"_own{number}", "host": "", "kind": "cookie", "lifetime": "P1D", "purpose": {}}
        for number in range(10)
    ]
    stored[0]["name"] = known.storage[0].name
    origin = {"key": known.key, "version": catalog.version(known)}
    filled: Any = {"cookies": stored, "purpose": {}, "catalog": origin}
    document["services"] += [service(f"filled_{number}", **filled) for number in range(20)]
    return load(document)


def test_of_thousands_of_findings_the_first_are_listed_and_the_others_counted_where_they_are(
    site: Site, as_role: Callable[..., Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    document = with_many_findings(sites.draft(site.id).document)
    with transaction():
        sites.save_draft(site.id, document, by="tests", now=NOW)
    count = sum(each.severity == "error" for each in lint.findings(document))
    assert count > 20 * 11 * 20
    checked = Mock(wraps=lint.findings)
    monkeypatch.setattr(lint, "findings", checked)
    who = as_role("editor", site)
    page = who.get(f"/sites/{site.key}/publish").text

    lists = re.findall(r'<ul class="findings">.+?</ul>', page, re.DOTALL)
    assert lists[0].count('class="finding-said"') == 100
    assert "Fix it for me" in lists[0]
    assert f"{count - 100} more are listed as soon as these are put right." in page
    rest = re.findall(r'<ul class="plain-list">.+?</ul>', page, re.DOTALL)[0]
    places = [int(number.replace(",", "")) for number in re.findall(r'class="count">([\d,]+)<', rest)]
    assert sum(places) == count - 100
    assert 'href="/studio/sites/butikken/banner/services/filled_19' in rest
    # Once for the findings, and a few times for what of them can be put right: not once for each.
    assert checked.call_count < 8
