"""Code that puts the banner on a website, as *Install* shows it: a module for each platform. Pure.

Everything is made for one website: its server, key, categories and services. Whatever its names and hosts
hold, they cannot end the attribute, string or comment in which they stand; tests run what is shown.
"""

from collections.abc import Callable, Mapping

from server.studio.installation.snippets import markup, nextjs, shopify, tag_manager, wordpress
from server.studio.installation.snippets.website import Website

Snippets = Mapping[str, str]
"""Name of a piece of code → the code."""

PLATFORMS: Mapping[str, Callable[[Website], Snippets]] = {
    "html": markup.snippets,
    "tag-manager": tag_manager.snippets,
    "wordpress": wordpress.snippets,
    "shopify": shopify.snippets,
    "nextjs": nextjs.snippets,
    "webflow": markup.snippets,
    "squarespace": markup.snippets,
}
"""Platform, as in addresses → what makes its code. Each has a template of that name."""

FIRST = "html"
"""The platform that is shown unless another one is asked for."""
