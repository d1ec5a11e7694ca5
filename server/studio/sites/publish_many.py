"""Publishing the drafts of many sites that were looked at together."""

from flask import request
from flask.typing import ResponseReturnValue

from server.core.errors import Forbidden, Invalid
from server.studio.guard import SOMEBODY, blueprint, identity, needs
from server.studio.sites import bulk_actions, bulk_review
from server.studio.views import redirect_with_flash

NO_REASON = "is empty: say why Google's tags may load and send before visitors have chosen"
"""What is wrong with the note where `sites` demands one."""


@blueprint.post("/bulk/<action>/publish")
@needs(SOMEBODY, proof=True)
def publish_many(action: str) -> ResponseReturnValue:
    """Publish what is ready, or ask for it; what was saved since it was looked at is left as it is."""
    found = bulk_actions.visible(action)
    if found.user_id != identity().user_id:
        raise Forbidden("only who started this can go on with it", reason="not_own_action")
    note = request.form.get("note", "").strip()
    ready = [each for each in bulk_review.drafts(found) if each.part == "ready"]
    if not note and any(each.result["needs_reason"] for each in ready):
        return bulk_review.show(found, 422, errors={"note": NO_REASON})
    seen = {each.site_id: {name: each.result[name] for name in ("revision", "version")} for each in ready}
    try:
        made = bulk_actions.begin("publish", list(seen), {"note": note}, each=seen)
    except Invalid as fault:
        errors = {name: str(why) for name, why in fault.errors.items()}
        return bulk_review.show(found, 422, note=note, errors=errors)
    return redirect_with_flash("bulk_action", action=made)
