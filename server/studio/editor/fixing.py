"""Putting a finding right at the press of a button, from the page that shows it."""

from flask import request
from flask.typing import ResponseReturnValue

from server.sites import service as sites
from server.sites.document_types import Document
from server.sites.values import Finding
from server.studio.draft import form_binding
from server.studio.draft.editor_links import link_to
from server.studio.editor import drafts
from server.studio.guard import blueprint, needs, site
from server.studio.language import gettext
from server.studio.views import redirect_with_flash

LONGEST = 60
"""Characters of a value that a message quotes; of a longer one it names the field alone."""


_CODES = (
    "_basis",
    "_storage",
    "ad_personalization",
    "ad_user_data",
    "consent_mode",
    "country",
    "lifetime",
    "position",
)
"""Ends of fields whose values are codes, which no form shows."""


@blueprint.post("/sites/<key>/publish/fix")
@needs("banner.edit")
def fix_finding() -> ResponseReturnValue:
    """Put one finding right, and show the page of publishing again."""
    return redirect_with_flash("publish", fixed())


def fixed() -> str:
    """Save the draft without the finding of the form, unless somebody changed it since the page was made.

    Returns what to say of it.
    """
    stored = sites.draft(site().id)
    wanted = (request.form.get("rule", ""), request.form.get("field", ""))
    found = next((each for each in sites.check(site().id) if (each.rule, each.field) == wanted), None)
    made = sites.fix(stored.document, found) if found and stored.revision == drafts.revision() else None
    if found is None or made is None or drafts.save(made):
        return gettext("Nothing was changed: this is put right already, or the draft has changed.")
    return _done(found, stored.document, made)


def fixed_all() -> int:
    """Save the draft without each finding that can be put right, as `fixed` does; how many there were."""
    stored = sites.draft(site().id)
    if stored.revision != drafts.revision():
        return 0
    document, number = sites.fix_all(stored.document)
    return number if number and not drafts.save(document) else 0


def _done(found: Finding, before: Document, after: Document) -> str:
    """What was changed, with both values if they are short."""
    label = link_to(found.field, before).label
    old, new = _value(before, found), _value(after, found)
    if new and not old:
        return gettext(
            "“%(label)s” was empty and is now “%(after)s”. It is saved in the draft.", label=label, after=new
        )
    if new and old:
        return gettext(
            "“%(label)s” was “%(before)s” and is now “%(after)s”. It is saved in the draft.",
            label=label, before=old, after=new,
        )  # fmt: skip
    match _at(after, found):
        case True:
            return gettext("“%(label)s” is on now. It is saved in the draft.", label=label)
        case False:
            return gettext("“%(label)s” is off now. It is saved in the draft.", label=label)
        case str(text) if len(text) > LONGEST:
            return gettext("“%(label)s” has the standard text now. It is saved in the draft.", label=label)
    return gettext("“%(label)s” is put right in the draft.", label=label)


def _at(document: Document, found: Finding) -> object:
    path = (step if not step.isdecimal() else int(step) for step in found.field.split("."))
    return form_binding.value_at(document, tuple(path))


def _value(document: Document, found: Finding) -> str:
    """A short text, a colour or a number; else empty."""
    value = _at(document, found)
    quoted = isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool))
    text = str(value).strip() if quoted else ""
    return text if len(text) <= LONGEST and not found.field.endswith(_CODES) else ""
