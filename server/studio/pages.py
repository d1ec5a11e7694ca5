"""Registers all pages of the studio in one blueprint. That a module is imported is what adds its pages."""
# ruff: noqa: F401

from server.studio import guard, search
from server.studio.accounts import (
    confirmation,
    invitation,
    inviting,
    login_again,
    new_password,
    own_factors,
    own_passkeys,
    own_sessions,
    passkey_login,
    second_factor,
    session,
    single_sign_on,
    tokens,
    user_factors,
    users,
)
from server.studio.analytics import experiments, figures
from server.studio.editor import (
    autosave,
    banner,
    catalog_updates,
    draft_on_website,
    fixing,
    known_services,
    notice_editor,
    notice_lists,
    presence,
    preview,
    services,
    undo,
)
from server.studio.help import pages
from server.studio.installation import install, links
from server.studio.messages import inbox, message_choices, webhooks
from server.studio.publishing import comparisons, publications, publish, versions
from server.studio.records import audit_log, consents, processors, request_entry, request_queue, requests
from server.studio.setup import steps, welcome
from server.studio.sites import (
    bulk_actions,
    copying,
    deleting,
    group_sharing,
    group_values,
    joining_groups,
    overview,
    pausing,
    publish_many,
    samples,
    site_address,
    site_file,
    site_groups,
    site_list,
    websites,
)

blueprint = guard.blueprint
