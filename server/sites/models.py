"""Tables of sites, domains, drafts, logos and versions, and of what is done with many sites."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.core.db import Base
from server.sites.values import DEFAULT_RETENTION


class Site(Base):
    """A website, or a family of them, with one banner."""

    __tablename__ = "site"
    __table_args__ = (
        sa.Index(
            "ix_site_sample_of",
            "sample_of",
            unique=True,
            postgresql_where=sa.text("sample_of IS NOT NULL AND deleted_at IS NULL"),
            sqlite_where=sa.text("sample_of IS NOT NULL AND deleted_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(sa.String(22), primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(40), unique=True)
    """The public key, part of the script's URL; never changes."""
    name: Mapped[str] = mapped_column(sa.String(200))
    created_at: Mapped[datetime]
    retention_days: Mapped[int] = mapped_column(default=DEFAULT_RETENTION.days)
    """Retention of decisions after expiry, in days."""
    approval_required: Mapped[bool] = mapped_column(default=False)
    """Whether a second person has to approve what is published."""
    paused_at: Mapped[datetime | None]
    """Null: it is not paused."""
    paused_by: Mapped[str | None] = mapped_column(sa.String(254))
    pause_note: Mapped[str] = mapped_column(default="")
    """Why it is paused, for colleagues."""
    deleted_at: Mapped[datetime | None]
    """When staff deleted it; null: it is there."""
    deleted_by: Mapped[str | None] = mapped_column(sa.String(254))
    purging_at: Mapped[datetime | None]
    """Since when its rows are being deleted, so that it cannot be restored."""
    purged_at: Mapped[datetime | None]
    """When all of them were. The row itself stays: proofs name its key, which nobody gets again."""
    sample_of: Mapped[str | None] = mapped_column(sa.String(22))
    """Id of the user whose sample site it is; null: it is a real one. No foreign key: SQLite could add one
    only by making the table again, to which nearly all others refer."""
    sample_tried: Mapped[str] = mapped_column(sa.String(60), default="", server_default="")
    """What has been tried on a sample site: `sample_rules.Task`, separated by spaces."""


class SiteDomain(Base):
    """A host name whose pages may send decisions; a leading `*.` means its sub-domains."""

    __tablename__ = "site_domain"

    site_id: Mapped[str] = mapped_column(sa.ForeignKey("site.id"), primary_key=True)
    domain: Mapped[str] = mapped_column(sa.String(253), primary_key=True)
    staging: Mapped[bool] = mapped_column(default=False)
    """Whether it is for testing: what its pages send is answered, and not recorded."""


class SiteTag(Base):
    """A word by which staff find sites that belong together."""

    __tablename__ = "site_tag"

    site_id: Mapped[str] = mapped_column(sa.ForeignKey("site.id"), primary_key=True)
    tag: Mapped[str] = mapped_column(sa.String(40), primary_key=True, index=True)


class SiteResponsible(Base):
    """Whom colleagues ask about a site; no row: nobody is named. It grants nothing."""

    __tablename__ = "site_responsible"

    site_id: Mapped[str] = mapped_column(sa.ForeignKey("site.id"), primary_key=True)
    user_id: Mapped[str] = mapped_column(sa.ForeignKey("user_account.id"), index=True)


class BulkAction(Base):
    """Something that is done with many sites; deleted with its rows after 90 days."""

    __tablename__ = "bulk_action"
    __table_args__ = (
        sa.Index(
            "ix_bulk_action_unfinished",
            "asked_at",
            postgresql_where=sa.text("ended_at IS NULL"),
            sqlite_where=sa.text("ended_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(sa.String(22), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(20))
    parameters: Mapped[str]
    """Canonical JSON for all of its sites."""
    asked_at: Mapped[datetime] = mapped_column(index=True)
    asked_by: Mapped[str] = mapped_column(sa.String(254))
    user_id: Mapped[str | None] = mapped_column(sa.ForeignKey("user_account.id"), index=True)
    """Whose permissions count at each site. Null: it was started on the command line."""
    ended_at: Mapped[datetime | None]
    """Null: sites are pending, or were until a moment ago."""
    undoes: Mapped[str | None] = mapped_column(sa.String(22), index=True)
    """The action that this one takes back. No foreign key: that one is deleted first."""


class BulkActionSite(Base):
    """One site of a bulk action."""

    __tablename__ = "bulk_action_site"
    __table_args__ = (sa.Index("ix_bulk_action_site_action_id_state", "action_id", "state", "position"),)

    site_id: Mapped[str] = mapped_column(sa.ForeignKey("site.id"), primary_key=True)
    action_id: Mapped[str] = mapped_column(sa.ForeignKey("bulk_action.id"), primary_key=True)
    position: Mapped[int]
    """0, 1, 2 … in the action."""
    state: Mapped[str] = mapped_column(sa.String(9))
    """`bulk_rules.State`; changed in the transaction in which it is done."""
    reason: Mapped[str] = mapped_column(sa.String(60), default="", server_default="")
    """Stable word for why it failed."""
    message: Mapped[str] = mapped_column(default="", server_default="")
    """The same as an English sentence."""
    given: Mapped[str]
    """Canonical JSON for this site alone."""
    before: Mapped[str] = mapped_column(default="{}", server_default="{}")
    """Canonical JSON that the action that undoes this one is given."""
    result: Mapped[str] = mapped_column(default="{}", server_default="{}")
    """Canonical JSON for the page of the action."""


class SiteGroup(Base):
    """Sites that share a part of their banner documents."""

    __tablename__ = "site_group"

    id: Mapped[str] = mapped_column(sa.String(22), primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(40), unique=True)
    """In addresses and commands; never changes."""
    name: Mapped[str] = mapped_column(sa.String(200))
    created_at: Mapped[datetime]
    revision: Mapped[int]
    """Of its newest document."""


class SiteGroupRevision(Base):
    """A document of a group, now or earlier: kept for as long as a site still has to follow from it."""

    __tablename__ = "site_group_revision"

    group_id: Mapped[str] = mapped_column(sa.ForeignKey("site_group.id"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    saved_at: Mapped[datetime]
    saved_by: Mapped[str] = mapped_column(sa.String(254))
    document: Mapped[str]
    """Canonical JSON of the part of a banner document that is shared."""


class SiteGroupMember(Base):
    """That a site is in a group; it is in one at most."""

    __tablename__ = "site_group_member"

    site_id: Mapped[str] = mapped_column(sa.ForeignKey("site.id"), primary_key=True)
    group_id: Mapped[str] = mapped_column(sa.ForeignKey("site_group.id"), index=True)
    revision: Mapped[int]
    """The newest document of the group that the site's draft has followed."""
    joined_at: Mapped[datetime]
    joined_by: Mapped[str] = mapped_column(sa.String(254))


class BannerDraft(Base):
    """The banner document that staff edit; one per site."""

    __tablename__ = "banner_draft"
    __table_args__ = (
        sa.Index(
            "ix_banner_draft_not_recorded",
            "updated_at",
            postgresql_where=sa.text("recorded < revision"),
            sqlite_where=sa.text("recorded < revision"),
        ),
    )

    site_id: Mapped[str] = mapped_column(sa.ForeignKey("site.id"), primary_key=True)
    document: Mapped[str]
    """Canonical JSON."""
    revision: Mapped[int]
    """Incremented with each save, for optimistic locking."""
    updated_at: Mapped[datetime]
    updated_by: Mapped[str] = mapped_column(sa.String(254))
    automatic: Mapped[bool] = mapped_column(default=False)
    """Whether it was saved while somebody typed, not by a button."""
    undoes: Mapped[int | None]
    """The revision whose edit this one took back."""
    changed: Mapped[str] = mapped_column(default="")
    """Where it differs from the one before, as `edit_place` says it; empty: in more than one place."""
    recorded: Mapped[int] = mapped_column(default=1)
    """The revision up to which the audit log has what was edited."""


class DraftRevision(Base):
    """An earlier state of a draft. `draft_history` says which are kept."""

    __tablename__ = "draft_revision"

    site_id: Mapped[str] = mapped_column(sa.ForeignKey("site.id"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    document: Mapped[str]
    """Canonical JSON."""
    saved_at: Mapped[datetime]
    saved_by: Mapped[str] = mapped_column(sa.String(254))
    automatic: Mapped[bool] = mapped_column(default=False)
    """As in `banner_draft`."""
    undoes: Mapped[int | None]
    """As in `banner_draft`."""
    changed: Mapped[str] = mapped_column(default="")
    """As in `banner_draft`."""


class EditorPresence(Base):
    """An open tab in which somebody is editing a draft; deleted minutes after its last sign."""

    __tablename__ = "editor_presence"

    site_id: Mapped[str] = mapped_column(sa.ForeignKey("site.id"), primary_key=True)
    user_id: Mapped[str] = mapped_column(sa.String(22), primary_key=True)
    tab: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    """Made by the page, one for each time that it is opened."""
    email: Mapped[str] = mapped_column(sa.String(254))
    page: Mapped[str] = mapped_column(sa.String(20))
    """Part of the editor."""
    field: Mapped[str] = mapped_column(sa.String(200))
    """Name of the field that is being written in; empty: none."""
    seen_at: Mapped[datetime] = mapped_column(index=True)


class InstallationLink(Base):
    """A link that shows a site's installation instructions without a login; deleted when it is revoked."""

    __tablename__ = "installation_link"

    site_id: Mapped[str] = mapped_column(sa.ForeignKey("site.id"), primary_key=True)
    id: Mapped[str] = mapped_column(sa.String(22), primary_key=True)
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(sa.String(254))
    expires_at: Mapped[datetime]


class SiteLogo(Base):
    """An uploaded logo, as visitors get it; deleted when no banner has shown it for some days."""

    __tablename__ = "site_logo"

    site_id: Mapped[str] = mapped_column(sa.ForeignKey("site.id"), primary_key=True)
    digest: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    """The beginning of the SHA-256 of `content`, part of its address."""
    kind: Mapped[str] = mapped_column(sa.String(3))
    """`svg` or `png`."""
    uploaded_at: Mapped[datetime]
    """When it was uploaded last."""
    uploaded_by: Mapped[str] = mapped_column(sa.String(254))
    content: Mapped[bytes]


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


class Publication(Base):
    """A publication that waits for its time, for a second person, or for both; kept when it is over."""

    __tablename__ = "publication"
    __table_args__ = (
        sa.Index(
            "uq_publication_waiting",
            "site_id",
            unique=True,
            postgresql_where=sa.text("state IN ('requested', 'scheduled')"),
            sqlite_where=sa.text("state IN ('requested', 'scheduled')"),
        ),
        sa.Index(
            "ix_publication_due",
            "publish_at",
            postgresql_where=sa.text("state = 'scheduled'"),
            sqlite_where=sa.text("state = 'scheduled'"),
        ),
    )

    site_id: Mapped[str] = mapped_column(sa.ForeignKey("site.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """1, 2, 3 … per site."""
    kind: Mapped[str] = mapped_column(sa.String(10))
    """`draft`, `version` (an old one again) or `experiment` (the draft as variant B)."""
    state: Mapped[str] = mapped_column(sa.String(10))
    """`requested`, `scheduled`, and how it ended (`publication_rules.State`)."""
    content_hash: Mapped[str] = mapped_column(sa.String(71))
    """Of `document`, and of `variant_a` if there is one: what was asked for is what is published."""
    note: Mapped[str] = mapped_column(sa.String(1000))
    announcement: Mapped[str | None]
    """Canonical JSON, language → what changed. Null: visitors are not notified."""
    of_version: Mapped[int | None]
    """The version that is to be published again."""
    plan: Mapped[str | None]
    """JSON of what is fixed about the experiment."""
    variant_a: Mapped[str | None]
    """Canonical JSON of the document beside it in an experiment. Null: none, or the version that is live."""
    publish_at: Mapped[datetime | None]
    """Null: as soon as it is approved."""
    asked_at: Mapped[datetime]
    asked_by: Mapped[str] = mapped_column(sa.String(254))
    """Who scheduled it or asked for it."""
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(sa.String(254))
    """Who approved or refused it."""
    reason: Mapped[str] = mapped_column(sa.String(1000))
    """Why it was refused."""
    faults: Mapped[str]
    """JSON, field → why it could not be published when it was due."""
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None] = mapped_column(sa.String(254))
    """Who cancelled or withdrew it, or published something else."""
    version: Mapped[int | None]
    """The version that it became, or that was published instead."""
    document: Mapped[str]
    """Canonical JSON. The last column, for queries that do not load it."""


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
    """The version that was live before, or that was published for the experiment."""
    version_b: Mapped[int]
    """The one that was published beside it."""
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


class SiteSetup(Base):
    """How far the set-up of a site in the studio is; no row for sites that were made otherwise."""

    __tablename__ = "site_setup"

    site_id: Mapped[str] = mapped_column(sa.ForeignKey("site.id"), primary_key=True)
    url: Mapped[str] = mapped_column(sa.String(2048))
    """The page that was read; empty: none was."""
    suggestions: Mapped[str]
    """JSON: services that the page loads, a list of objects with key, host and certain."""
    done: Mapped[str] = mapped_column(sa.String(60))
    """Steps that are done, separated by spaces."""
    updated_at: Mapped[datetime]


class AppliedFile(Base):
    """What a site was when a file was last applied to it: what it is compared with to see what drifted."""

    __tablename__ = "applied_file"

    site_id: Mapped[str] = mapped_column(sa.ForeignKey("site.id"), primary_key=True)
    applied_at: Mapped[datetime]
    applied_by: Mapped[str] = mapped_column(sa.String(254))
    """A person's address, or a program's name."""
    content: Mapped[str]
    """Canonical JSON of the settings and the banner. The last column, for queries that do not load it."""
