"""The register of a site: who gets personal data, by which agreement; and the record of processing."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from server.accounts.service import message_choices
from server.core.errors import NotFound
from server.core.local_days import day_of
from server.notices import parties, pdf, record_files
from server.notices.parties import Agreement, Party
from server.notices.processing_record import Circumstances, ProcessingRecord, made
from server.notices.service import agreements
from server.notifications.service import outbox
from server.notifications.values import Message
from server.sites import service as sites
from server.sites.document_types import Document
from server.sites.values import Site

Source = Literal["version", "draft"]

FORMATS = record_files.FORMATS
"""Format of the record as a file → media type."""

pdf_available = pdf.available

EXPIRING = "agreement.expiring"


@dataclass(frozen=True)
class Register:
    """Who gets personal data by a document of a site."""

    source: Source
    number: int
    """Of the version; 0 for a draft."""
    source_at: datetime
    """When the version was published, or the draft was saved."""
    document: Document
    found: tuple[Party, ...]
    unnamed: tuple[str, ...]
    """Keys of services whose provider is not stated."""
    stored: Mapping[str, Agreement]
    """All agreements of the site, by the id of the party, also of those that the document does not name."""
    today: date

    def party(self, party_id: str) -> Party:
        """A party of the document, or one of whom an agreement is stored.

        :raises NotFound: `party_unknown`.
        """
        for one in self.found:
            if one.party_id == party_id:
                return one
        if (kept := self.stored.get(party_id)) is None:
            raise NotFound("there is no such party in this register", reason="party_unknown")
        return Party(party_id, kept.party, agreement=kept)

    @property
    def former(self) -> tuple[Party, ...]:
        """Those of whom an agreement is stored, and whom the document does not name."""
        named = {one.party_id for one in self.found}
        gone = (each for key, each in self.stored.items() if key not in named)
        return tuple(sorted((self.party(one.party_id) for one in gone), key=lambda one: one.name))


def of_site(site_id: str, source: Source, *, now: datetime) -> Register:
    """The register by the published version, or by the draft; by the draft if nothing is published.

    :raises NotFound: `site_unknown`.
    """
    stored = agreements.agreements(site_id)
    today = day_of(now, sites.time_zone(site_id))
    version = sites.newest(site_id) if source == "version" else None
    if version is not None:
        document, at, number = version.document, version.published_at, version.number
    else:
        draft = sites.draft(site_id)
        document, at, number = draft.document, draft.updated_at, 0
    return Register(
        source="version" if version is not None else "draft",
        number=number,
        source_at=at,
        document=document,
        found=parties.parties(document, stored),
        unnamed=parties.unnamed_services(document),
        stored=stored,
        today=today,
    )


def record(site: Site, found: Register, language: str, *, sends_mail: bool) -> ProcessingRecord:
    """The record of processing of a register, in one of the product's languages."""
    about = Circumstances(
        made_on=found.today,
        source=found.source,
        number=found.number,
        source_on=day_of(found.source_at, sites.time_zone(site.id)),
        retention=site.retention,
        sends_mail=sends_mail,
    )
    return made(found.document, found.found, language, about, site.domains)


def format_of(text: str) -> record_files.Format:
    """The format of this name.

    :raises NotFound: `format_unknown`.
    """
    for form in FORMATS:
        if form == text:
            return form
    raise NotFound("there is no such format of the record", reason="format_unknown")


def as_file(found: ProcessingRecord, form: record_files.Format) -> bytes:
    """The record of processing as a file.

    :raises NotFound: `pdf_not_installed`.
    :raises Unavailable: other PDFs are being made; it could be tried again.
    """
    if form == "csv":
        return record_files.as_csv(found).encode()
    if form == "ods":
        return record_files.as_ods(found)
    return pdf.rendered(record_files.as_html(found), record_files.STYLES)


def remind(site: Site, agreement: Agreement, *, today: date, now: datetime) -> bool:
    """Inform staff, once each, that an agreement ends soon, and that it has ended.

    False if it does neither, or they were informed before. A new end is a new reason.
    """
    ends = agreement.expires_on
    when = parties.end_of(ends, agreement.remind_days, today=today) if ends else None
    if ends is None or when is None:
        return False
    data: dict[str, str | int | None] = {
        "site": site.key,
        "site_name": site.name,
        "party": agreement.party,
        "when": when,
        "expires": ends.isoformat(),
    }
    message = Message(site.id, EXPIRING, data, key=f"{EXPIRING} {agreement.party_id} {when} {ends}")
    return outbox.record(message, message_choices.recipients(site.id, EXPIRING), now=now)


def named_anywhere(site_id: str, *, now: datetime) -> frozenset[str]:
    """Ids of the parties that the published version or the draft names."""
    live, draft = (of_site(site_id, source, now=now) for source in ("version", "draft"))
    return frozenset(one.party_id for register in (live, draft) for one in register.found)
