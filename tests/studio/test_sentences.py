"""The studio has, in its table of refusals, all that can be refused where staff see it, and nothing else."""

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import get_args

import pytest
from flask import Flask
from flask_babel import force_locale
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.accounts.values import ROLES
from server.core import errors
from server.core.errors import DomainError
from server.notices.request_rules import TRANSITIONS
from server.sites.publication_rules import State
from server.studio import sentences
from server.studio.language import gettext
from server.studio.refusals import REFUSALS, WORDS

SERVER = Path(__file__).parents[2] / "server"

SLICES = (
    "accounts", "analytics", "audience", "catalog", "consents", "core", "ledger", "notices",
    "notifications", "scanner", "sites", "studio",
)  # fmt: skip

TABLES = ("refusals.py", "finding_words.py")
"""Modules whose sentences are translations already."""

NEVER_SHOWN: Mapping[str, str] = {
    "accounts/service/audit_log.py": "the command line and programming errors",
    "accounts/service/audit_log_heads.py": "the command line",
    "analytics/alarm_words.py": "words of messages, which have translations of their own",
    "analytics/experiments": "programming errors",
    "analytics/intervals.py": "programming errors",
    "analytics/privacy": "programming errors",
    "analytics/schemas.py": "the API; the studio reads its own addresses",
    "analytics/service/counting.py": "the command line",
    "audience": "visitors' browsers",
    "catalog": "the API and who edits the catalog",
    "consents/api.py": "visitors' browsers",
    "consents/decision_rules.py": "visitors' browsers",
    "consents/intake": "visitors' browsers",
    "consents/receipts": "visitors, and the verifier",
    "consents/record.py": "programming errors",
    "consents/service/audit.py": "the command line",
    "accounts/service/provider_logout.py": "the identity provider",
    "core/canonical.py": "programming errors",
    "core/db.py": "programming errors",
    "core/host_header.py": "programs that do not speak HTTP/1.1",
    "core/local_days.py": "programming errors",
    "core/event_targets.py": "the settings of the server",
    "core/mail_server.py": "the settings of the server",
    "core/moments.py": "programs that send JSON",
    "core/strict_json.py": "programs that send JSON",
    "core/strict_yaml.py": "who writes files of sites",
    "ledger": "programs that read the log",
    "notices/cookie_pages.py": "visitors",
    "notices/formats.py": "programming errors",
    "notices/pdf_process.py": "the process that renders",
    "notices/proof_of_work.py": "visitors",
    "notices/request_pages.py": "visitors",
    "notices/service/challenges.py": "visitors",
    "notices/service/history.py": "visitors",
    "notices/service/subscriptions.py": "visitors",
    "notices/site_pages.py": "visitors",
    "notices/subscription_pages.py": "visitors",
    "notices/version_pages.py": "visitors",
    "notifications/channels": "the log of deliveries",
    "notifications/service/outbox.py": "programming errors",
    "notifications/texts.py": "programming errors",
    "scanner/crawl": "the command line",
    "scanner/findings": "reports of scans",
    "scanner/reports": "files and the command line, in English",
    "scanner/scanning.py": "the command line",
    "sites/api_access.py": "the API",
    "sites/group_api.py": "the API",
    "sites/group_schemas.py": "the API",
    "sites/group_document.py": "the API and the command line",
    "sites/publication_api.py": "the API",
    "sites/site_content.py": "who writes files of sites",
    "sites/site_file_api.py": "the API",
    "sites/site_files.py": "who writes files of sites",
    "sites/site_plans.py": "who writes files of sites",
    "sites/lint": "findings, which have sentences of their own",
    "sites/schemas.py": "the API",
    "sites/site_cache.py": "visitors' browsers",
    "sites/texts.py": "programming errors",
    "sites/transfers.py": "findings, as above",
    "studio/accounts/back_channel.py": "the identity provider",
}
"""Module, or folder of them → who reads what it refuses, if that is not staff in the studio."""

FILLED: Mapping[str, tuple[str, ...]] = {
    "there is no such {} in the draft": (
        "there is no such processing in the draft",
        "there is no such recipient in the draft",
    ),
    "{} {}": ("%(domain)s is this server's own host: only an owner of every site may name it",),
    "too many tries have failed; try again {}": ("in a minute", "in %(minutes)s minutes"),
    "": ("other PDFs", "other pages", "that did not work", "that is more than this page accepts"),
}
"""What is made of several parts → what comes of it. The last are no arguments of what is raised.

Of a field's path and its fault, the studio shows the fault, at the field.
"""

ALONE: Mapping[str, str] = {
    "{} is not an owner of every site": "the command line",
    "{} logs in by the identity provider": "the command line",
    "is not {}": "how `Form` makes its sentences, which are in the table one by one",
    "send a token as `Authorization: Bearer smt_…`": "programs that send a token",
    "the header {} may not be set": "programming errors",
    "the maker of this token can no longer log in": "programs that send a token",
    "the maker of this token may not do this": "programs that send a token",
    "the token does not count for this site": "programs that send a token",
    "the token does not have the scope {}": "programs that send a token",
    "the value of the header {} is not printable ASCII": "programming errors",
    "there is no such token, or it was revoked": "programs that send a token",
    "this secret was replaced by another one": "programs that send a token",
    "this token has expired; make another one": "programs that send a token",
    "this token has sent too many requests; try again later": "programs that send a token",
    "this browser has no such record": "visitors' browsers",
}
"""What is refused in a module of which staff see the rest → who reads it."""

ERRORS = frozenset(
    {name for name, one in vars(errors).items() if isinstance(one, type) and issubclass(one, DomainError)}
    | {"Refused", "StaleForm", "StepNotAllowed", "ValidationError", "_refused"}
)

_END = re.compile(r"(is|are|has|must|lacks|would|names|may|cannot|differs|choose|appears):? \S")
"""How the end of a sentence begins."""

ASSIGNED = ("fault", "sentence")
"""What variables are called that are raised after they were assigned."""

_FILLED = re.compile(r"%\(\w+\)s")


def shape(english: str) -> str:
    """A sentence, whatever its places are called."""
    return _FILLED.sub("{}", english)


def written(node: ast.expr) -> str | None:
    """The shape of a string or an f-string."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return None


def _branches(node: ast.expr) -> tuple[ast.expr, ...]:
    return (node.body, node.orelse) if isinstance(node, ast.IfExp) else (node,)


def refused_in(text: str) -> Iterator[str]:
    """The shapes of what a module says in refusal."""
    tree = ast.parse(text)
    inner = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    inner |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name == "Form":
                given_refusal = [written(each.value) for each in node.keywords if each.arg == "refusal"]
                if given_refusal and given_refusal[0]:
                    yield given_refusal[0]
                elif len(node.args) > 1 and (what := written(node.args[1])):
                    yield f"is not {what}"
            if name in ERRORS and node.args and (said := written(node.args[-1 if name == "Refused" else 0])):
                yield said
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in (
            "fault",
            "sentence",
            "when",
        ):
            yield from (said for each in _branches(node.value) if " " in (said := written(each) or ""))
        if isinstance(node, ast.Constant | ast.JoinedStr) and id(node) not in inner:
            said = written(node) or ""
            if _END.match(said):
                yield said


@cache
def refused() -> frozenset[str]:
    """All that is refused where staff may see it."""
    found: set[str] = set()
    for slice_ in SLICES:
        for path in sorted((SERVER / slice_).rglob("*.py")):
            place = path.relative_to(SERVER).as_posix()
            if path.name not in TABLES and not any(place.startswith(each) for each in NEVER_SHOWN):
                found |= set(refused_in(path.read_text(encoding="utf-8")))
    return frozenset(found)


def test_the_table_has_all_that_is_refused_and_nothing_else() -> None:
    table = {shape(each) for each in REFUSALS}
    elsewhere = {shape(each) for known in FILLED.values() for each in known}

    assert sorted(refused() - table - FILLED.keys() - ALONE.keys()) == []
    assert sorted(table - refused() - elsewhere) == []
    assert sorted((FILLED.keys() | ALONE.keys()) - refused() - {""}) == []


def test_no_sentence_is_in_the_table_twice() -> None:
    shapes = [shape(each) for each in REFUSALS]

    assert sorted(shapes) == sorted(set(shapes))


def test_words_that_fill_places_are_roles_states_and_kinds_of_addresses() -> None:
    states = {state for step in TRANSITIONS.values() for state in (*step, *step.values())}
    kinds = set(re.findall(r'"(\w+_address)": _networks', (SERVER / "core/addresses.py").read_text("utf-8")))

    states |= set(get_args(State))
    assert set(WORDS) == {*ROLES, *states, *(kind.replace("_", " ") for kind in kinds)}


def test_modules_that_staff_never_hear_of_are_there() -> None:
    assert [place for place in NEVER_SHOWN if not (SERVER / place).exists()] == []


PLAIN = st.text("abcdefghijklmnopqrstuvwxyzæøå0123456789", min_size=1, max_size=12)
"""What fills places, without signs that the sentences have."""


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=200)
@given(known=st.sampled_from(REFUSALS), values=st.lists(PLAIN, min_size=4, max_size=4))
@pytest.mark.parametrize("tag", ["nb", "nn"])
def test_what_filled_a_place_fills_it_in_the_language_of_the_reader(
    app: Flask, tag: str, known: str, values: list[str]
) -> None:
    places = dict(zip(dict.fromkeys(re.findall(r"%\((\w+)\)s", known)), values, strict=False))
    with app.test_request_context(), force_locale(tag):
        if places:
            assert sentences.translated(known % places) == gettext(known, **places)
        else:
            assert sentences.translated(known) == gettext(known)


@pytest.mark.parametrize(
    ("english", "norwegian"),
    [
        ("the password must have at least 12 characters", "passordet må ha minst 12 tegn"),
        (
            "too many tries have failed; try again in 5 minutes",
            "for mange forsøk gikk galt; prøv igjen om 5 minutter",
        ),
        ("your role, auditor, does not include this", "rollen din, revisor, gir ikke tilgang til dette"),
        ("names a host that has more than 253 characters", "har et vertsnavn som har mer enn 253 tegn"),
    ],
)
def test_a_sentence_within_a_sentence_is_translated_too(app: Flask, english: str, norwegian: str) -> None:
    with app.test_request_context(), force_locale("nb"):
        assert sentences.translated(english) == norwegian


def test_what_no_table_has_stays_english(app: Flask) -> None:
    with app.test_request_context(), force_locale("nb"):
        assert sentences.translated("is of another world") == "is of another world"
