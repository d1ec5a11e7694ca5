"""What a banner version lets a visitor decide, and whether a decision fits it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from server.consents.values import Decision
from server.sites.values import PART_KEY, Version, languages, optional_categories


@dataclass(frozen=True)
class Terms:
    """The part of a published version that decisions are measured by."""

    number: int
    content_hash: str
    """Of the published document: what the visitor was told."""
    published_at: datetime
    categories: tuple[str, ...]
    """Optional categories that visitors see, in order."""
    services: frozenset[str]
    languages: frozenset[str]
    """Those that the banner could be shown in."""
    validity: timedelta
    """How long a grant lasts."""
    refusal: timedelta
    """How long a visitor who granted nothing is left in peace."""

    def expires_at(self, decision: Decision, recorded_at: datetime) -> datetime:
        """When the visitor may be asked again."""
        granted = any(decision.choices.values()) or any(decision.services.values())
        return recorded_at + (self.validity if granted else self.refusal)

    def decided_at(self, decision: Decision, recorded_at: datetime) -> datetime:
        """The browser's time as far as it can be: after the version was published, and not in the future."""
        return min(max(decision.decided_at or recorded_at, self.published_at), recorded_at)


def terms_of(version: Version) -> Terms:
    """What this version lets a visitor decide."""
    behaviour = version.document["behaviour"]
    return Terms(
        number=version.number,
        content_hash=version.content_hash,
        published_at=version.published_at,
        categories=optional_categories(version.document),
        services=frozenset(service["key"] for service in version.document["services"]),
        languages=frozenset(languages(version.document)),
        validity=timedelta(days=behaviour["validity_days"]),
        refusal=timedelta(days=behaviour["refusal_days"]),
    )


def objections(decision: Decision, terms: Terms) -> Mapping[str, str]:
    """Field path → why the decision cannot be one about this version; empty when it can."""
    found = dict(_unfit(decision, terms))
    if not found and (contradiction := _contradiction(decision)):
        found["action"] = contradiction
    return found


def _unfit(decision: Decision, terms: Terms) -> Iterator[tuple[str, str]]:
    if decision.language not in terms.languages:
        yield "language", f"is not one of version {terms.number}: {', '.join(sorted(terms.languages))}"
    for key in terms.categories:
        if key not in decision.choices:
            yield f"choices.{key}", "is missing: every optional category of the version must be decided"
    for name, sent, known in (
        ("choices", decision.choices, terms.categories),
        ("services", decision.services, terms.services),
    ):
        for key in sent:
            if key not in known:
                # A key that no document can have is not repeated: it could be anything.
                path = f"{name}.{key}" if PART_KEY.fullmatch(key) else name
                yield path, f"is not known to version {terms.number}"


def _contradiction(decision: Decision) -> str | None:
    """A record must not say that everything was refused and show a grant, or the other way round."""
    if decision.action == "save":
        return None
    granted = decision.action == "accept_all"
    for key, value in (*decision.choices.items(), *decision.services.items()):
        if value is not granted:
            return (
                f"{decision.action} {'grants' if granted else 'refuses'} everything, but {key} says otherwise"
            )
    return None
