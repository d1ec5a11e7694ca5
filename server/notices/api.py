"""The blueprints of this slice, one for each kind of page."""

from server.core.http import Blueprint
from server.notices import (
    choice_pages,
    cookie_pages,
    logo_pages,
    notice_pages,
    request_pages,
    request_status_pages,
    style_pages,
    subscription_pages,
    verification_pages,
    version_pages,
)

BLUEPRINTS: tuple[Blueprint, ...] = (
    notice_pages.blueprint,
    cookie_pages.blueprint,
    version_pages.blueprint,
    subscription_pages.blueprint,
    request_pages.blueprint,
    request_status_pages.blueprint,
    choice_pages.blueprint,
    style_pages.blueprint,
    logo_pages.blueprint,
    verification_pages.blueprint,
)
