"""What the notices of a site say that is not in its documents."""

from server.notices.notice_dates import since
from server.notices.notice_parts import Circumstances
from server.notices.site_pages import Asked, address, sends_mail


def circumstances(about: Asked) -> Circumstances:
    """The circumstances of the notice of a version."""
    links = {
        "cookies": address("site_cookies.cookies", about),
        "versions": address("site_versions.versions", about),
        "feed": address("site_versions.feed", about),
    }
    if sends_mail():
        links["subscribe"] = address("site_subscriptions.subscribe", about)
    return Circumstances(since=since(about.version), retention=about.site.retention, links=links)
