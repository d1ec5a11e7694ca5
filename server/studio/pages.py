"""Every page of the studio, under one blueprint."""

from server.studio import (
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

AREAS = (
    analytics,
    banner,
    consents,
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
"""The modules whose pages are in it; being imported is what adds them."""
