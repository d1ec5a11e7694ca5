"""HTTP interface of analytics, for programs with a token."""

from typing import Any

from flask import Response, request

from server.accounts.service import tokens
from server.analytics import schemas
from server.analytics.representations import as_csv, as_tree
from server.analytics.service import figures
from server.analytics.values import Figures
from server.core import clock, programs
from server.core.http import Blueprint, as_json, content, whole
from server.sites import service as sites
from server.sites.values import KEY

blueprint = Blueprint(
    "analytics",
    __name__,
    url_prefix="/api/v1",
    description="Anonymised figures. Need an API token with the scope `analytics:read`, sent as "
    "`Authorization: Bearer smt_…`.",
    needs_token=True,
    path={"site": {"type": "string", "pattern": whole(KEY)}},
)

_SCOPE = "analytics:read"


@blueprint.get("/sites/<string:site>/analytics")
@blueprint.arguments(schemas.QuerySchema, location="query", unknown="raise")
@blueprint.response(200, schemas.FiguresSchema, description="The figures; as a table with `Accept: text/csv`")
@blueprint.alt_response(401, description="There is no token, it is not known, or its maker cannot log in")
@blueprint.alt_response(403, description="The token lacks the scope, or its maker does")
@blueprint.alt_response(404, description="`site_unknown`: there is none, or the token does not count for it")
@blueprint.alt_response(422, description="`errors` names the parameters that are wrong")
@blueprint.doc(responses={200: content("text/csv")})
def read_figures(asked: dict[str, Any], site: str) -> Response:
    """Read anonymised figures

    Figures carry noise that is drawn once for each lump (a day, week or month, by the site's size) and
    stored: `plus_minus` is half the width of the 95 % interval. They add up in every window, reading them
    again changes nothing, and a figure below the threshold is `null` and named in `suppressed`. A lump
    belongs to the period of its last day. `live` is the coarse figure of the running lump, absent until its
    first block has ended. Days are those of the site's time zone.
    """
    header, now = request.headers.get("Authorization"), clock.now()
    found = sites.find_seen(site, tokens.identify(header, now=now).sees)
    tokens.authorise(header, _SCOPE, site_id=found.id, now=now)
    schemas.check_given_once(request.args)
    query = schemas.query_of(asked, today=figures.today(found.id, now=clock.now()))
    return _answer(figures.figures(query, site=found))


@blueprint.before_request
def _know_the_caller() -> None:
    """Authenticate before anything else; unauthenticated clients cannot probe for sites."""
    header, now = request.headers.get("Authorization"), clock.now()
    bearer = tokens.identify(header, now=now)
    programs.enter(bearer.token_id, noted=bearer.noted, old_secret=bearer.old_secret)
    tokens.authorise(header, _SCOPE, site_id=None, now=now)


def _answer(found: Figures) -> Response:
    preferred = request.accept_mimetypes.best_match(("application/json", "text/csv"), "application/json")
    if preferred == "text/csv":
        name = f"{found.site}-{found.query.start}-{found.query.end}.csv"
        response = Response(as_csv(found), mimetype="text/csv")
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    else:
        response = as_json(as_tree(found))
    response.headers["Cache-Control"] = "private, no-store"
    response.vary.update(("Accept", "Authorization"))
    return response
