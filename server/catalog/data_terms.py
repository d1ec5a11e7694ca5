"""Personal data in words: what visitors read of a term of the vocabulary. Pure."""

from collections.abc import Iterable, Mapping

from server.catalog.values import DataTerm, Texts

WORDS: Mapping[DataTerm, Texts] = {
    "BrowserFingerprint": Texts(
        "særtrekk ved nettleseren", "særtrekk ved nettlesaren", "traits of the browser"
    ),
    "BrowsingBehavior": Texts(
        "hvilke sider som leses, og hvordan de brukes",
        "kva sider som blir lesne, og korleis dei blir brukte",
        "which pages are read, and how they are used",
    ),
    "BrowsingReferral": Texts(
        "hvor den besøkende kom fra", "kvar den besøkjande kom frå", "where the visitor came from"
    ),
    "Communication": Texts("meldinger", "meldingar", "messages"),
    "DeviceBased": Texts(
        "opplysninger om enheten og nettleseren",
        "opplysningar om eininga og nettlesaren",
        "information on the device and the browser",
    ),
    "Identifier": Texts("et nummer for nettleseren", "eit nummer for nettlesaren", "a number of the browser"),
    "IPAddress": Texts("IP-adressen", "IP-adressa", "the IP address"),
    "LinkClicked": Texts(
        "annonser og lenker som er klikket på",
        "annonsar og lenkjer som er klikka på",
        "ads and links that were clicked",
    ),
    "Location": Texts(
        "omtrent hvor den besøkende er", "om lag kvar den besøkjande er", "roughly where the visitor is"
    ),
    "PaymentCard": Texts("opplysninger om kortet", "opplysningar om kortet", "information on the card"),
    "Purchase": Texts("hva som kjøpes", "kva som blir kjøpt", "what is bought"),
}
"""Each term in the middle of a sentence."""


def in_words(terms: Iterable[DataTerm]) -> Texts | None:
    """Terms as one sentence in each language; None if there are none."""
    found = [WORDS[term] for term in terms]
    if not found:
        return None
    return Texts(*(_sentence(getattr(text, language) for text in found) for language in ("nb", "nn", "en")))


def _sentence(parts: Iterable[str]) -> str:
    # Some parts have commas of their own.
    whole = "; ".join(parts)
    return f"{whole[0].upper()}{whole[1:]}."
