"""Shopify: the tag in the theme, and the visitor's choice for Shopify's own pixels. Pure.

What Shopify and its apps measure follows the Customer Privacy API (https://shopify.dev/docs/api/customer-privacy).
"""

from collections.abc import Mapping
from typing import Final

from server.sites.document_types import SignalType
from server.studio.installation.snippets.markup import content_security_policy, script_string, tag
from server.studio.installation.snippets.website import Website

_SHOPIFYS: Final[Mapping[str, SignalType]] = {
    "analytics": "analytics_storage",
    "marketing": "ad_storage",
    "preferences": "functionality_storage",
}
"""What Shopify asks for → the signal type whose category answers it."""

_TELLING = """<script>
  document.addEventListener("DOMContentLoaded", function () {
    if (!window.samtykke || !window.Shopify || !Shopify.loadFeatures) return;
    function tell() {
      if (!samtykke.consent.decided) return;
      Shopify.loadFeatures([{ name: "consent-tracking-api", version: "0.1" }], function (error) {
        if (error) return;
        var consent = samtykke.consent;
        Shopify.customerPrivacy.setTrackingConsent({
%s
        }, function () {});
      });
    }
    samtykke.on("ready", tell);
    samtykke.on("change", tell);
  });
</script>"""


def snippets(website: Website) -> Mapping[str, str]:
    """The tag, and the script that tells Shopify what the visitor allows."""
    answers = ",\n".join(
        f"          {name}: {_answer(website.granted_by.get(kind, ''))}" for name, kind in _SHOPIFYS.items()
    )
    return {
        "tag": _without_liquid(tag(website)),
        "telling": _TELLING % answers,
        "csp": content_security_policy(website),
    }


def _answer(category: str) -> str:
    return f"consent[{script_string(category)}] === true" if category else "false"


def _without_liquid(html: str) -> str:
    """HTML in which the theme's language finds nothing to fill in."""
    return html.replace("{", "&#123;").replace("}", "&#125;")
