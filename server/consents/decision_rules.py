"""The rules of a banner version, and whether a decision complies with them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from server.consents.values import Decision
from server.sites.document_types import PART_KEY
from server.sites.values import Version, languages, optional_categories


@dataclass(frozen=True)
class DecisionRules:
    """The part of a published version that decisions are validated against."""

    number: int
    content_hash: str
    """Hash of the published document."""
    published_at: datetime
    categories: tuple[str, ...]
    """Optional categories that visitors see, in order."""
    services: frozenset[str]
    languages: frozenset[str]
    """Those that the banner could be shown in."""
    validity: timedelta
    """How long a grant lasts."""
    refusal: timedelta
    """How long a visitor who granted nothing is not asked again."""

    def expires_at(self, decision: Decision, recorded_at: datetime) -> datetime:
        """When the visitor may be asked again."""
        granted = any(decision.choices.values()) or any(decision.services.values())
        return recorded_at + (self.validity if granted else self.refusal)

    def decided_at(self, decision: Decision, recorded_at: datetime) -> datetime:
        """The browser's time, clamped to between the version's publication and `recorded_at`."""
        return min(max(decision.decided_at or recorded_at, self.published_at), recorded_at)


def rules_of(version: Version) -> DecisionRules:
    """The rules of this version."""
    behaviour = version.document["behaviour"]
    return DecisionRules(
        number=version.number,
        content_hash=version.content_hash,
        published_at=version.published_at,
        categories=optional_categories(version.document),
        services=frozenset(service["key"] for service in version.document["services"]),
        languages=frozenset(languages(version.document)),
        validity=timedelta(days=behaviour["validity_days"]),
        refusal=timedelta(days=behaviour["refusal_days"]),
    )


def validate(decision: Decision, rules: DecisionRules) -> Mapping[str, str]:
    """Field path → why the decision is invalid for this version; empty if it is valid."""
    found = dict(_mismatches(decision, rules))
    if not found and (contradiction := _contradiction(decision)):
        found["action"] = contradiction
    return found


def _mismatches(decision: Decision, rules: DecisionRules) -> Iterator[tuple[str, str]]:
    if decision.language not in rules.languages:
        yield "language", f"is not one of version {rules.number}: {', '.join(sorted(rules.languages))}"
    for key in rules.categories:
        if key not in decision.choices:
            yield f"choices.{key}", "is missing: every optional category of the version must be decided"
    for name, sent, known in (
        ("choices", decision.choices, rules.categories),
        ("services", decision.services, rules.services),
    ):
        for key in sent:
            if key not in known:
                # A key that no document can have is not repeated in the answer.
                path = f"{name}.{key}" if PART_KEY.fullmatch(key) else name
                yield path, f"is not known to version {rules.number}"


def _contradiction(decision: Decision) -> str | None:
    """Why the action contradicts the choices: all must be granted, or all refused; None if it does not."""
    if decision.action == "save":
        return None
    granted = decision.action == "accept_all"
    for key, value in (*decision.choices.items(), *decision.services.items()):
        if value is not granted:
            return (
                f"{decision.action} {'grants' if granted else 'refuses'} everything, but {key} says otherwise"
            )
    return None
