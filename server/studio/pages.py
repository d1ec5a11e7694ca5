"""Every page of the studio, under one blueprint."""

from server.studio import (  # noqa: F401 - being imported is what adds their pages
    analytics,
    banner,
    consents,
    guard,
    install,
    overview,
    people,
    preview,
    publish,
    services,
    session,
    tokens,
    trail,
    websites,
)

blueprint = guard.blueprint
