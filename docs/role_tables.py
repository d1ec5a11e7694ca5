"""Writes docs/roles.md, who may do what, from the table by which the server decides.

`python -m docs.role_tables` rewrites it; a test fails when it is not what the table gives.
"""

from collections.abc import Iterator
from pathlib import Path

from server.accounts.values import EVERYWHERE, OF_PUBLISHERS, PERMISSIONS, ROLES
from server.studio.role_names import ACTIONS, MEANINGS, ROLE_NAMES

FILE = Path(__file__).parent / "roles.md"

_START = """<!-- Written by `python -m docs.role_tables` from server/accounts/values.py. -->

# Roles

Each account has one role: for every site, or for the sites and groups that are named. A role for a group is
for the sites that are in the group, as they come and go.
The studio, the API and the webhooks ask one table, `PERMISSIONS` in `server/accounts/values.py`; this page
and the table under *Users* are made from it.

"""

_END = """
¹ Where an owner of the site has turned on *Editors ask, and publishers publish* (*Website*), an editor
asks, and a publisher or an owner publishes ([publishing](publishing.md)).
What an editor had scheduled waits for approval from then on. API tokens of editors follow.

² Only with a role for every site.

Nobody sees that a site exists where they have no role: its addresses answer as those of a site that does
not exist, in the API and for assistants, too. Only who makes sites, also by files, learns that a key is
taken.
A change of role or sites ends the sessions of the person; when a site joins or leaves
a group, the roles for the group follow at once, and e-mail that waits about a site that somebody no longer
sees is dropped. There is always an owner of every site: the last one can be neither
disabled nor changed, and `samtykke user create` and `samtykke user reset` on the server let the owner back
in.

Support finds and erases the decisions of a visitor who asks, and answers requests: no draft, version,
figure, person, token or log is shown to that role.
"""


def page() -> str:
    """The whole page."""
    return "".join((_START, "\n".join((*_roles(), "", *_table())), "\n", _END))


def _roles() -> Iterator[str]:
    yield "| role | in commands | what it is for |"
    yield "| --- | --- | --- |"
    for role in ROLES:
        yield f"| {ROLE_NAMES[role]} | `{role}` | {MEANINGS[role]} |"


def _table() -> Iterator[str]:
    yield f"| may | {' | '.join(str(ROLE_NAMES[role]) for role in ROLES)} | in code |"
    yield f"| --- |{' --- |' * len(ROLES)} --- |"
    for name, words in ACTIONS.items():
        cells = " | ".join(_cell(role, name) for role in ROLES)
        yield f"| {words}{' ²' if name in EVERYWHERE else ''} | {cells} | `{name}` |"


def _cell(role: str, name: str) -> str:
    if role not in PERMISSIONS[name]:
        return ""
    return "✓ ¹" if role == "editor" and name in OF_PUBLISHERS else "✓"


if __name__ == "__main__":
    FILE.write_text(page(), encoding="utf-8")
