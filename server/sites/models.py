"""Tables of sites, domains, drafts and versions."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core.db import Base
from server.sites.values import DEFAULT_RETENTION


class Site(Base):
    """A website, or a family of them, with one banner."""

    __tablename__ = "site"

    id: Mapped[str] = mapped_column(sa.String(22), primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(40), unique=True)
    """The public key, part of the script's URL; never changes."""
    name: Mapped[str] = mapped_column(sa.String(200))
    created_at: Mapped[datetime]
    retention_days: Mapped[int] = mapped_column(default=DEFAULT_RETENTION.days)
    """Retention of decisions after expiry, in days."""


class SiteDomain(Base):
    """A host name whose pages may send decisions; a leading `*.` means its sub-domains."""

    __tablename__ = "site_domain"

    site_id: Mapped[str] = mapped_column(sa.ForeignKey("site.id"), primary_key=True)
    domain: Mapped[str] = mapped_column(sa.String(253), primary_key=True)


class BannerDraft(Base):
    """The banner document that staff edit; one per site."""

    __tablename__ = "banner_draft"

    site_id: Mapped[str] = mapped_column(sa.ForeignKey("site.id"), primary_key=True)
    document: Mapped[str]
    """Canonical JSON."""
    revision: Mapped[int]
    """Incremented with each save, for optimistic locking."""
    updated_at: Mapped[datetime]
    updated_by: Mapped[str] = mapped_column(sa.String(254))


class DraftRevision(Base):
    """An earlier state of a draft. The newest fifty of a site are kept."""

    __tablename__ = "draft_revision"

    site_id: Mapped[str] = mapped_column(sa.ForeignKey("site.id"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    document: Mapped[str]
    """Canonical JSON."""
    saved_at: Mapped[datetime]
    saved_by: Mapped[str] = mapped_column(sa.String(254))


class VariantDraft(Base):
    """A draft that is kept as variant A of the next experiment; at most one per site."""

    __tablename__ = "variant_draft"

    site_id: Mapped[str] = mapped_column(sa.ForeignKey("site.id"), primary_key=True)
    document: Mapped[str]
    """Canonical JSON."""
    kept_at: Mapped[datetime]
    kept_by: Mapped[str] = mapped_column(sa.String(254))


class BannerVersion(Base):
    """A published banner. Rows are never updated: to change the banner, publish the next one."""

    __tablename__ = "banner_version"
    __table_args__ = (
        sa.Index(
            "ix_banner_version_announced",
            "site_id",
            "number",
            postgresql_where=sa.text("announcement IS NOT NULL"),
            sqlite_where=sa.text("announcement IS NOT NULL"),
        ),
    )

    site_id: Mapped[str] = mapped_column(sa.ForeignKey("site.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content_hash: Mapped[str] = mapped_column(sa.String(71))
    change: Mapped[str] = mapped_column(sa.String(5))
    """`text`: nobody is asked again. `scope`: those who had accepted a widened category are."""
    scope_changes: Mapped[str]
    """JSON list of scope changes per category."""
    numbering: Mapped[str]
    """JSON: slot of all categories and services ever published, and the version that last widened each."""
    note: Mapped[str] = mapped_column(sa.String(1000))
    published_at: Mapped[datetime]
    published_by: Mapped[str] = mapped_column(sa.String(254))
    variant_of: Mapped[int | None]
    """The version that stayed live beside this one, if both were the variants of an experiment."""
    announcement: Mapped[str | None]
    """Canonical JSON, language → what changed. Null: visitors are not notified of this version."""
    document: Mapped[str]
    """Canonical JSON; `content_hash` is over its bytes. The last column, for queries that do not load it."""


class ServiceDescription(Base):
    """A description of the catalog that a draft was filled from; kept, since the catalog has only the newest.

    The facts are the product's, and the same for all sites.
    """

    __tablename__ = "service_description"

    key: Mapped[str] = mapped_column(sa.String(24), primary_key=True)
    """Of the service in the catalog."""
    version: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    """The beginning of the SHA-256 of `description`."""
    description: Mapped[str]
    """Canonical JSON."""
    first_used: Mapped[datetime]


class Experiment(Base):
    """Two versions of a banner that are live at once, to be compared; changed once, when it ends."""

    __tablename__ = "experiment"

    site_id: Mapped[str] = mapped_column(sa.ForeignKey("site.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """1, 2, 3 … per site."""
    version_a: Mapped[int]
    """The version that was live before."""
    version_b: Mapped[int]
    """The one that was published for the experiment."""
    started_at: Mapped[datetime]
    started_by: Mapped[str] = mapped_column(sa.String(254))
    limit_days: Mapped[int]
    """The most days that are counted."""
    tuned_for: Mapped[float]
    """Where its intervals are narrowest; fixed at the start (`analytics.experiments.confidence_sequence`)."""
    detectable: Mapped[float | None]
    """The difference of rates, 0 … 1, that was said to be detectable at the start; null: none was."""
    ended_at: Mapped[datetime | None]
    """Null while it runs."""
    ended_by: Mapped[str | None] = mapped_column(sa.String(254))
    outcome: Mapped[str | None] = mapped_column(sa.String(12))
    """`a_is_better`, `b_is_better`, `undecided` at its limit, or `stopped`."""
    days: Mapped[int | None]
    """Days counted until it ended."""
    low: Mapped[float | None]
    """The interval of the rate of B less that of A, when it ended."""
    high: Mapped[float | None]
