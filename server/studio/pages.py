"""Every page of the studio, under one blueprint."""

from server.studio import (
    analytics,
    banner,
    guard,
    install,
    overview,
    people,
    preview,
    publish,
    services,
    session,
    tokens,
    websites,
)

blueprint = guard.blueprint

AREAS = (analytics, banner, install, overview, people, preview, publish, services, session, tokens, websites)
"""The modules whose pages are in it; being imported is what adds them."""
