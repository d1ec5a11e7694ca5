"""What the roles of users are called. Pure."""

from collections.abc import Mapping

from server.studio.language import lazy_gettext

ROLE_NAMES: Mapping[str, str] = {
    "owner": lazy_gettext("Owner"),
    "editor": lazy_gettext("Editor"),
    "developer": lazy_gettext("Developer"),
    "auditor": lazy_gettext("Auditor"),
}
"""Role → its name."""
