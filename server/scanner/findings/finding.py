"""What a scan found wrong, with what shows it and what to change. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from server.scanner.observations import Choice, Initiator, Phase

Kind = Literal[
    "before-consent",
    "after-refusal",
    "after-withdrawal",
    "outside-choice",
    "undeclared",
    "never-seen",
    "lifetime",
    "other-consent-tool",
    "tag-missing",
    "tag-late",
    "consent-mode",
    "mixed-content",
    "necessary-without-reason",
    "no-refusal",
    "not-observed",
]
"""Also the words of `--fail-on`. `outside-choice`: of a category that was not the one allowed.
`no-refusal`: no way to refuse was found in the banner. `not-observed`: a page that could not be."""

KINDS: tuple[Kind, ...] = get_args(Kind)

Weight = Literal["fault", "warning", "note"]
"""`fault`: the observation alone shows it. `warning`: it does if the classification is right. `note`: to be
looked at."""

SubjectKind = Literal["request", "storage", "service", "page"]


@dataclass(frozen=True)
class Evidence:
    """One observation that shows a finding."""

    page: str
    choice: Choice
    phase: Phase
    at: int | None = None
    """Milliseconds since the choice, as `Request.at`."""
    url: str = ""
    """Of the request; empty for storage."""
    initiator: Initiator = field(default_factory=Initiator)
    picture: str = ""
    """File in the folder of the scan."""


@dataclass(frozen=True)
class Change:
    """The line to change."""

    place: str
    """URL of the document or script; empty: the banner document."""
    line: int | None
    before: str
    """As it is; empty if something is to be added."""
    after: str
    """As it should be; empty if it is to be removed."""


@dataclass(frozen=True)
class Finding:
    """Something that was seen, and what it means. Never that a website is lawful or unlawful."""

    kind: Kind
    weight: Weight
    subject_kind: SubjectKind
    subject: str
    """A host, the name of what is stored, the key of a service, or a page."""
    service: str = ""
    """Key in the catalog of the service that it belongs to, if known."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """What the sentence about it names besides; `words` knows them. `host`, `storage_kind` and `fault` are
    part of what the finding is about; `name`, `category`, `source`, `certainty`, `matched` and `pattern` say
    to what it seems to belong, and why; `remedy` says what kind of change helps (`changes.Remedy`)."""
    evidence: tuple[Evidence, ...] = ()
    """At most ten; the first pages first."""
    pages: int = 1
    """On how many pages it was seen."""
    change: Change | None = None

    @property
    def fingerprint(self) -> str:
        """Names the same finding in every scan: its kind and its subject, not its pages."""
        named = (self.facts.get(fact, "") for fact in ("host", "storage_kind", "fault"))
        return "/".join((self.kind, self.subject_kind, self.subject, *filter(None, named)))
