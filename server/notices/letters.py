"""E-mails to visitors in the name of a site. Pure."""

from collections.abc import Mapping

from server.notices.languages import of_words
from server.notifications.values import VisitorMail
from server.sites.document_types import Document
from server.sites.values import Site


def letter(
    site: Site,
    document: Document,
    kind: str,
    data: Mapping[str, str | int | None],
    *,
    key: str,
    address: str,
    language: str,
    link: str,
    unsubscribe: str = "",
) -> VisitorMail:
    """An e-mail that comes from the controller and is answered to it, in the nearest language that has words.

    :param language: one of the banner's
    """
    controller = document["controller"]
    return VisitorMail(
        site_id=site.id,
        kind=kind,
        data={"site_name": site.name, **data},
        key=key,
        address=address,
        language=of_words(language),
        sender=controller["name"].strip() or site.name,
        link=link,
        reply_to=controller["contacts"]["email"],
        unsubscribe=unsubscribe,
    )
