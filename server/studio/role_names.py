"""What the roles of users are called, and what their permissions let them do. Pure."""

from collections.abc import Mapping

from server.studio.language import lazy_gettext

ROLE_NAMES: Mapping[str, str] = {
    "owner": lazy_gettext("Owner"),
    "publisher": lazy_gettext("Publisher"),
    "editor": lazy_gettext("Editor"),
    "developer": lazy_gettext("Developer"),
    "support": lazy_gettext("Support"),
    "auditor": lazy_gettext("Auditor"),
}
"""Role → its name."""

MEANINGS: Mapping[str, str] = {
    "owner": lazy_gettext("May do everything, and manages users and sites."),
    "publisher": lazy_gettext("As an editor, and publishes where editors only ask."),
    "editor": lazy_gettext(
        "Writes and publishes banners, answers requests, and finds or erases a visitor’s decision."
    ),
    "developer": lazy_gettext(
        "Edits banners and makes API tokens, but does not publish or see visitors’ decisions."
    ),
    "support": lazy_gettext(
        "Answers requests, and finds or erases a visitor’s decision. Sees no drafts, figures or users."
    ),
    "auditor": lazy_gettext("Sees what was published, decided and done, and the figures. Changes nothing."),
}
"""Role → what it is for."""

_OWNER_OF_SOME = lazy_gettext("May do everything on these sites, and manages neither users nor other sites.")


def meaning(role: str, *, everywhere: bool) -> str:
    """What a role is for, where it is for every site, and where it is for some."""
    return _OWNER_OF_SOME if role == "owner" and not everywhere else MEANINGS[role]


ACTIONS: Mapping[str, str] = {
    "site.enter": lazy_gettext("Know which sites there are"),
    "site.read": lazy_gettext("See banners, drafts, versions and the register"),
    "analytics.read": lazy_gettext("See the figures"),
    "banner.edit": lazy_gettext("Edit the draft, and ask for it to be published"),
    "banner.publish": lazy_gettext("Publish, approve, pause, and run experiments"),
    "request.read": lazy_gettext("See which requests there are, and when they are due"),
    "request.handle": lazy_gettext("Read and answer requests"),
    "consent.read": lazy_gettext("Look up a visitor’s decision and its receipt"),
    "consent.erase": lazy_gettext("Erase a visitor’s decisions"),
    "consent.export": lazy_gettext("Export all decisions"),
    "audit.read": lazy_gettext("See the audit log"),
    "token.manage": lazy_gettext("Make and revoke API tokens"),
    "webhook.manage": lazy_gettext("Set up messages to programs"),
    "site.edit": lazy_gettext("Change the settings of a site, and delete it"),
    "analytics.manage": lazy_gettext("Choose how figures are released"),
    "site.create": lazy_gettext("Make sites and groups"),
    "user.manage": lazy_gettext("Invite and manage users"),
}
"""Permission → what it lets somebody do, in the order of the table of roles."""
