"""What a file would change of a site: read, compared and checked; nothing is changed by it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from server.core.errors import Invalid, NotFound
from server.sites import (
    applied_files,
    document,
    group_queries,
    groups,
    lint,
    logos,
    page_addresses,
    publishing,
    queries,
    service,
    site_content,
    site_differences,
    site_input,
    tags,
)
from server.sites.applied_files import Applied
from server.sites.document_types import Document
from server.sites.site_content import NEW, Content
from server.sites.site_differences import Difference
from server.sites.values import Finding, Pending, Site

NEEDS: Final[Mapping[str, str]] = {"banner": "banner.edit", "group": "site.create"}
"""Key of a file → the permission that changing it needs; `site.edit` for all others.

Groups need more: people may have a role for whatever sites are in one, so only who acts for every site
changes them (`Caller.groups`).
"""


@dataclass(frozen=True)
class Caller:
    """Who applies files, and from which server."""

    by: str
    """How drafts and versions name them."""
    may: Callable[[str, str | None], bool]
    """Permission and id of the site → whether they have it; None: for every site."""
    public_url: str
    groups: bool = False
    """Whether they act for every site, and so may put sites into groups."""
    reserved: str = ""
    """A host that they may not take."""
    approved: bool = False
    """Whether nobody has to approve what they publish, as they operate the server."""


@dataclass(frozen=True)
class Plan:
    """What applying a file would do to a site."""

    key: str
    site: Site | None
    """None: it would be made."""
    before: Content
    """The site as it is."""
    after: Content
    """The site as the file wants it."""
    named: frozenset[str]
    """Keys that the file names; all of a new site."""
    differences: tuple[Difference, ...]
    applied: Applied | None
    """When a file was last applied; None: none ever was."""
    findings: tuple[Finding, ...]
    """Of the banner as it would be; those of severity `error` stop a publish."""
    foreign_logo: tuple[str, str] | None
    """Key and name of a logo that another site has uploaded here, which this one is to store, too."""
    newest: int
    """The newest version; 0: there is none."""
    publishing: Pending | None
    """What publishing it would decide; None: visitors have it already."""

    @property
    def not_by_file(self) -> tuple[Difference, ...]:
        """What may undo changes that were made in the studio."""
        return tuple(each for each in self.differences if each.origin != "file")


def content(site: Site) -> Content:
    """A site as a file says it: all of its settings, and its draft."""
    return content_with(site, service.draft(site.id).document)


def content_with(site: Site, draft: Document) -> Content:
    """The same with a draft that was read already."""
    return {
        "key": site.key,
        "name": site.name,
        "domains": list(site.domains),
        "staging_domains": list(site.staging_domains),
        "tags": list(tags.of_sites([site.id]).get(site.id, ())),
        "group": _group(site),
        "retention_days": site.retention.days,
        "approval_required": site.approval_required,
        "banner": site_content.ordered(draft),
    }


def plan(key: str, value: object, caller: Caller) -> Plan:
    """What applying a file to the site `key` would do; changes nothing.

    :param value: what the file says; what it does not name stays as it is
    :raises Invalid: `errors` names each field that is wrong.
    """
    site = _site(key)
    said, errors = site_content.loaded(value, key=key)
    now = content(site) if site else {**NEW, "key": key}
    if site is None:
        errors = {**{name: "is missing" for name in ("name", "domains") if name not in said}, **errors}
    wanted = {**now, **_normalized(said, now, caller, errors)}
    if errors:
        field, sentence = next(iter(errors.items()))
        raise Invalid(f"the file of {key} cannot be used: {field} {sentence}", errors=errors)
    if not wanted["banner"]:
        wanted["banner"] = site_content.ordered(document.load(service.default_document(name=wanted["name"])))
    foreign = _foreign_logo(wanted["banner"], key, caller.public_url)
    if foreign:
        own = caller.public_url + page_addresses.logo_path(key, foreign[1])
        look = {**wanted["banner"]["appearance"], "logo": own}
        wanted["banner"] = {**wanted["banner"], "appearance": look}
    banner, newest = wanted["banner"], service.newest(site.id) if site else None
    applied = applied_files.of_site(site.id) if site else None
    live = newest is not None and newest.document == banner
    return Plan(
        key=key,
        site=site,
        before=now,
        after=wanted,
        named=frozenset(said if site else wanted),
        differences=_differences(now, wanted, applied, new=site is None),
        applied=applied,
        findings=lint.findings(banner, tuple(wanted["domains"])),
        foreign_logo=foreign,
        newest=newest.number if newest else 0,
        publishing=None if live else publishing.decided(newest, banner),
    )


# --- what a file says -------------------------------------------------------------------------------------


def _site(key: str) -> Site | None:
    """The site with this key; None if there is none yet.

    :raises Invalid: `key`: it can be that of no site, or is that of one that nobody works on.
    """
    site_input.check_key(key)
    found = queries.site_by_key(key)
    if found is not None and (found.deletion is not None or found.sample_of is not None):
        fault = "is that of a site that is deleted" if found.deletion else "is taken"
        raise Invalid(f"the key {key} {fault}", errors={"key": fault})
    return found


def _group(site: Site) -> str | None:
    found = group_queries.membership(site.id)
    return None if found is None else found.group.key


def _normalized(
    said: Mapping[str, Any], now: Content, caller: Caller, errors: dict[str, object]
) -> dict[str, Any]:
    """What a file says, as it would be stored; what is wrong is put among the errors."""
    made = dict(said)
    both = {name: said.get(name, now[name]) for name in ("domains", "staging_domains")}
    try:
        if any(name in said for name in both):
            found = site_input.both_domains(both["domains"], both["staging_domains"])
            taken = {*now["domains"], *now["staging_domains"]}
            site_input.refuse_reserved({*found[0], *found[1]} - taken, caller.reserved)
            made |= {name: list(hosts) for name, hosts in zip(both, found, strict=True) if name in said}
        if "tags" in said:
            _refuse_joined(said["tags"])
            made["tags"] = list(tags.parsed(",".join(said["tags"])))
    except Invalid as fault:
        for field, wrong in fault.errors.items():
            errors.setdefault(field, wrong)
    if errors.keys().isdisjoint({"group"}) and said.get("group", now["group"]) not in (now["group"], None):
        errors |= _fault_in_group(said["group"], caller)
    return made


def _refuse_joined(listed: Sequence[str]) -> None:
    """:raises Invalid: an entry of the list would become two tags."""
    joined = [place for place, tag in enumerate(listed) if "," in tag or "\n" in tag]
    if joined:
        fault = "has a comma or a line break: write two tags"
        raise Invalid(f"a tag {fault}", errors={f"tags.{place}": fault for place in joined})


def _fault_in_group(key: str, caller: Caller) -> dict[str, object]:
    if not caller.groups:  # so they do not learn which groups there are
        return {}
    try:
        groups.find(key)
    except NotFound:
        return {"group": f"there is no group {key}"}
    return {}


def _foreign_logo(banner: Mapping[str, Any], key: str, public_url: str) -> tuple[str, str] | None:
    """Key and name of the logo that the banner shows, if another site has uploaded it here."""
    found = page_addresses.uploaded_logo(banner["appearance"]["logo"], public_url)
    if found is None or found[0] == key:
        return None
    try:
        logos.find(*found)
    except NotFound:
        return None
    return found


def _differences(
    now: Content, wanted: Content, applied: Applied | None, *, new: bool
) -> tuple[Difference, ...]:
    if new:  # its banner is the first: it differs from nothing
        settings = [{**each, "banner": {}} for each in (now, wanted)]
        return site_differences.between(settings[0], settings[1], {**NEW, "key": now["key"]})
    return site_differences.between(now, wanted, applied.content if applied else None)
