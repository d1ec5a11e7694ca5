"""The fourth step of a set-up: what the law asks that the draft does not have yet."""

from flask import Response, request
from flask.typing import ResponseReturnValue

from server.sites import service as sites
from server.studio.editor import finding_list, fixing
from server.studio.guard import site
from server.studio.language import gettext, ngettext
from server.studio.setup import frame as setup_frame
from server.studio.views import redirect_with_flash


def shown() -> ResponseReturnValue:
    """The findings of the draft, with a button for each that the product can put right."""
    return _shown()


def done() -> ResponseReturnValue:
    """Put one finding right, or all that can be; or go on, once nothing stops publishing."""
    match request.form.get("do", ""):
        case "fix":
            return redirect_with_flash("setup_step", fixing.fixed(), stage="law")
        case "fix-all":
            number = fixing.fixed_all()
            said = (
                ngettext(
                    "One point is put right, and saved in the draft.",
                    "%(num)s points are put right, and saved in the draft.",
                    number,
                )
                if number
                else gettext("Nothing was changed: this is put right already, or the draft has changed.")
            )
            return redirect_with_flash("setup_step", said, stage="law")
    if any(finding.severity == "error" for finding in sites.check(site().id)):
        return _shown(422)
    return setup_frame.onward("law")


def _shown(status: int = 200) -> Response:
    draft = sites.draft(site().id)
    errors, warnings = finding_list.listed(draft.document, sites.check(site().id), editable=True)
    return setup_frame.shown(
        "law",
        status,
        draft=draft,
        errors=errors,
        warnings=warnings,
        fixable=sum(each.fixable for each in (*errors.shown, *warnings.shown)),
        refused=status != 200,
    )
