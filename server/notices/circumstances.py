"""What the notices of a site say that is not in its documents."""

from server.notices.notice_context import Circumstances
from server.notices.request_rules import KINDS
from server.notices.retention import OF_MAIL, RULES
from server.notices.site_pages import Asked, address, sends_mail
from server.sites.values import in_force_since


def circumstances(about: Asked) -> Circumstances:
    """The circumstances of the notice of a version."""
    links = {
        "cookies": address("site_cookies.cookies", about),
        "versions": address("site_versions.versions", about),
        "feed": address("site_versions.feed", about),
        "my_choice": address("own_choice.own_choice", about),
        "request": address("site_requests.request_form", about),
        **{f"request_{kind}": address("site_requests.request_form", about, kind=kind) for kind in KINDS},
    }
    if sends_mail():
        links["subscribe"] = address("site_subscriptions.subscribe", about)
    rules = [rule for rule in RULES.values() if sends_mail() or rule.name not in OF_MAIL]
    return Circumstances(
        since=in_force_since(about.version), retention=about.site.retention, links=links, rules=rules
    )
