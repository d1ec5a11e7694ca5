"""Personal data in words: what visitors read of a term of the vocabulary. Pure."""

from collections.abc import Iterable, Mapping

from server.catalog.values import DataTerm, Texts

WORDS: Mapping[DataTerm, Texts] = {
    "Authenticating": Texts(
        "opplysninger til innlogging", "opplysningar til innlogging", "what is needed to log in"
    ),
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
    "CurrentEmployment": Texts(
        "hvor den besøkende arbeider", "kvar den besøkjande arbeider", "where the visitor works"
    ),
    "DeviceBased": Texts(
        "opplysninger om enheten og nettleseren",
        "opplysningar om eininga og nettlesaren",
        "information on the device and the browser",
    ),
    "EmailAddress": Texts("e-postadressen", "e-postadressa", "the e-mail address"),
    "Financial": Texts("opplysninger om økonomi", "opplysningar om økonomi", "information on finances"),
    "Identifier": Texts("et nummer for nettleseren", "eit nummer for nettlesaren", "a number of the browser"),
    "IPAddress": Texts("IP-adressen", "IP-adressa", "the IP address"),
    "Language": Texts("språket i nettleseren", "språket i nettlesaren", "the language of the browser"),
    "LinkClicked": Texts(
        "annonser og lenker som er klikket på",
        "annonsar og lenkjer som er klikka på",
        "ads and links that were clicked",
    ),
    "Location": Texts(
        "omtrent hvor den besøkende er", "om lag kvar den besøkjande er", "roughly where the visitor is"
    ),
    "Name": Texts("navnet", "namnet", "the name"),
    "OfficialID": Texts(
        "fødselsnummer eller et annet offentlig nummer",
        "fødselsnummer eller eit anna offentleg nummer",
        "a national or other official number",
    ),
    "PaymentCard": Texts("opplysninger om kortet", "opplysningar om kortet", "information on the card"),
    "PhysicalAddress": Texts("adressen", "adressa", "the postal address"),
    "Preference": Texts(
        "innstillinger som den besøkende har valgt",
        "innstillingar som den besøkjande har valt",
        "settings that the visitor has chosen",
    ),
    "PrivacyPreference": Texts(
        "svaret på spørsmålet om samtykke",
        "svaret på spørsmålet om samtykke",
        "the answer to the question about consent",
    ),
    "Purchase": Texts("hva som kjøpes", "kva som blir kjøpt", "what is bought"),
    "ServiceConsumptionBehavior": Texts(
        "hva som spilles av, og hvor lenge",
        "kva som blir spelt av, og kor lenge",
        "what is played, and for how long",
    ),
    "SocialMedia": Texts(
        "kontoen i et sosialt nettverk", "kontoen i eit sosialt nettverk", "the account in a social network"
    ),
    "TelephoneNumber": Texts("telefonnummeret", "telefonnummeret", "the telephone number"),
    "VoiceCommunicationRecording": Texts("opptak av samtaler", "opptak av samtalar", "recordings of calls"),
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
