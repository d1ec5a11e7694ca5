"""The blueprints of this slice, one for each kind of page."""

from server.core.http import Blueprint
from server.notices import style_pages

BLUEPRINTS: tuple[Blueprint, ...] = (style_pages.blueprint,)
