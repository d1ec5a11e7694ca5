"""Google Tag Manager: the tag before the container, and what each tag of the container waits for. Pure."""

from collections.abc import Mapping
from html import escape

from server.studio.installation.snippets.markup import content_security_policy, link, script_string, tag
from server.studio.installation.snippets.website import Website

_CONTAINER = "https://www.googletagmanager.com/gtm.js?id=GTM-XXXXXXX"
_START = """window.dataLayer = window.dataLayer || [];
  dataLayer.push({ "gtm.start": Date.now(), event: "gtm.js" });"""


def snippets(website: Website) -> Mapping[str, str]:
    """The tag above a container, a container that waits, and a tag for who has the container alone."""
    return {
        "tag": tag(website),
        "page": _page(website),
        "waiting": _waiting(website),
        "custom_html": _custom_html(website),
        "csp": content_security_policy(website),
        "link": link(website),
    }


def checks(website: Website) -> tuple[tuple[str, str, str], ...]:
    """Category, the consent types that its tags should require, and its variable in the data layer."""
    return tuple(
        (
            category,
            ", ".join(kind for kind, granting in website.granted_by.items() if granting == category),
            f"samtykke.{category}",
        )
        for category in website.categories
    )


def _page(website: Website) -> str:
    return f'{tag(website)}\n<script>\n  {_START}\n</script>\n<script async src="{_CONTAINER}"></script>'


def _waiting(website: Website) -> str:
    marks = f'type="text/plain" data-consent="{escape(website.example_category)}"'
    return (
        f"{tag(website)}\n<script {marks}>\n  {_START}\n</script>\n"
        f'<script {marks} src="{_CONTAINER}"></script>'
    )


def _custom_html(website: Website) -> str:
    pin = ""
    if website.integrity:
        pin = (
            f'\n  script.integrity = {script_string(website.integrity)};\n  script.crossOrigin = "anonymous";'
        )
    return f"""<script>
(function () {{
  var script = document.createElement("script");
  script.src = {script_string(website.address)};{pin}
  document.head.appendChild(script);
}})();
</script>"""
