"""Registers all pages of the studio in one blueprint."""

from server.studio import (  # noqa: F401 - being imported is what adds their pages
    analytics,
    audit_log,
    banner,
    catalog_updates,
    comparisons,
    consents,
    experiments,
    fixing,
    guard,
    install,
    known_services,
    message_choices,
    notice_editor,
    notice_lists,
    notifications,
    overview,
    preview,
    publish,
    register,
    requests,
    services,
    session,
    tokens,
    users,
    websites,
)

blueprint = guard.blueprint
