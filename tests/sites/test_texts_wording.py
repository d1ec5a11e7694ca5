"""How the shipped texts are written: honest in every language, and in that language's own characters."""

import re
import unicodedata

import pytest

from server.sites.texts import SHIPPED, shipped
from tests.sites.test_texts import flat

SILENCE = {
    "nb": (r"skroll|scroll|fortsett|bla(r)? videre|surfer videre", "Ved å fortsette å scrolle godtar du"),
    "nn": (r"skroll|scroll|fortset|held(e)? (du )?fram|blar vidare", "Når du held fram, godtek du"),
    "se": (r"skrol|scroll|rullet|joatk", "Jus joatkkát, de dohkkehat"),
    "en": (r"scroll|continu|keep browsing|by using", "By continuing to scroll you accept"),
    "sv": (r"skroll|scroll|fortsätt|surfar vidare|bläddra", "Genom att fortsätta surfa godkänner du"),
    "da": (r"scroll|rull|fortsæt|surfe videre|browse videre", "Ved at fortsætte accepterer du"),
    "fi": (r"scroll|vieri|selaamalla|jatka|jatkat", "Jatkamalla selaamista hyväksyt"),
    "is": (r"skrun|skroll|flett|held(ur)? áfram|halda áfram", "Með því að halda áfram samþykkir þú"),
    "de": (r"scroll|weitersurf|weiter (nutz|surf|les)|weiterhin|fortsetz", "Wenn Sie weitersurfen"),
    "nl": (r"scroll|verder (te )?(surf|brows|ga)|doorgaa|blijft gebruik|voortzet", "Door verder te surfen"),
    "fr": (r"scroll|défil|poursuiv|continu|navigation", "En poursuivant votre navigation"),
    "es": (r"scroll|desplaz|contin[uú]|sigu(e|iendo) navegando|seguir navegando", "Si continúa navegando"),
    "it": (r"scroll|scorr|prosegu|continu", "Proseguendo la navigazione o scorrendo"),
    "pt": (r"scroll|desliz|rolar|continu|prossegu", "Ao continuar a navegar"),
    "pl": (r"scroll|przewij|kontynu|dalsz|nadal korzyst", "Kontynuując przeglądanie"),
    "cs": (r"scroll|posouv|posun|rolov|pokrač|dalším používáním", "Pokračováním v prohlížení"),
    "et": (r"scroll|keri|jätka", "Jätkates lehe kasutamist"),
    "lv": (r"scroll|ritin|turpin", "Turpinot lietot vietni"),
    "lt": (r"scroll|slink|tęsi|tęsd|toliau n", "Toliau naršydami sutinkate"),
    "uk": (r"скрол|прокру|гортат|продовж", "Продовжуючи користуватися сайтом"),
    "ar": (r"تمرير|مواصل|متابعة|استمرار|استمر", "باستمرارك في التصفح"),
    "he": (r"גליל|גולל|המשך|ממשיכ|להמשיך", "המשך גלישה מהווה הסכמה"),
}
"""Words by which going on counts as a yes, and a common sentence with one of them."""

COAXING = {
    "nb": r"opplevelse|dessverre|best mulig",
    "nn": r"oppleving|diverre|best mogleg",
    "se": r"vásáhus|vásihus|buoremus",
    "en": r"experience|unfortunately|best possible",
    "sv": r"upplevelse|tyvärr|bästa möjliga",
    "da": r"oplevelse|desværre|bedst mulig",
    "fi": r"kokemu|valitettavasti|parhaan mahdollisen",
    "is": r"upplifun|því miður|besta mögulega",
    "de": r"erlebnis|erfahrung|leider|bestmöglich",
    "nl": r"ervaring|helaas|best mogelijke",
    "fr": r"expérience|malheureusement|meilleure? possible",
    "es": r"experiencia|lamentablemente|desgraciadamente",
    "it": r"esperienza|purtroppo",
    "pt": r"experiência|infelizmente",
    "pl": r"doświadcze|niestety|wygod",
    "cs": r"zážit|zkušenost|bohužel",
    "et": r"kogemus|kahjuks",
    "lv": r"pieredz|diemžēl",
    "lt": r"patirt|patirč|deja",
    "uk": r"досвід|на жаль",
    "ar": r"تجرب|للأسف|أفضل",
    "he": r"חווי|לצערנו|הטובה ביותר",
}
"""Words that praise or pity instead of naming the purpose."""

QUOTES = {
    "nb": "«»",
    "nn": "«»",
    "se": "«»",
    "en": "“”",
    "sv": "””",
    "da": "»«",
    "fi": "””",
    "is": "„“",
    "de": "„“",
    "nl": "‘’",
    "fr": "«»",
    "es": "«»",
    "it": "«»",
    "pt": "«»",
    "pl": "„”",
    "cs": "„“",
    "et": "„“",
    "lv": "„”",
    "lt": "„“",
    "uk": "«»",
    "ar": "«»",
    "he": "״״",
}
"""Which marks a language quotes with, the opening one first."""

APOSTROPHES = frozenset({"fr", "it", "nl", "uk"})
"""Languages that write words with an apostrophe."""

FROM_THE_RIGHT = frozenset({"ar", "he"})


def words(language: str) -> list[str]:
    return [text for path, text in flat(shipped(language)) if not path.endswith((".key", ".url", ".review"))]


@pytest.mark.parametrize("language", SHIPPED)
def test_nothing_calls_going_on_a_consent(language: str) -> None:
    pattern, met = SILENCE[language]
    assert re.search(pattern, met, re.IGNORECASE)
    assert [text for text in words(language) if re.search(f"{pattern}|scroll", text, re.IGNORECASE)] == []


@pytest.mark.parametrize("language", SHIPPED)
def test_nothing_praises_or_pities(language: str) -> None:
    assert [text for text in words(language) if re.search(COAXING[language], text, re.IGNORECASE)] == []
    assert not any("!" in text for text in words(language))


@pytest.mark.parametrize("language", SHIPPED)
def test_quotes_are_the_ones_of_the_language(language: str) -> None:
    opening, closing = tuple(QUOTES[language])
    allowed = {opening, closing} | ({"’"} if language in APOSTROPHES else set())
    used = {character for text in words(language) for character in text if character in "\"'`´«»„“”‘’‚‛‹›״׳"}
    assert used <= allowed
    # French sets a space that does not break inside its quotes.
    inside = "\u00a0{category}\u00a0" if language == "fr" else "{category}"
    assert opening + inside + closing in shipped(language)["texts"]["placeholder"]


@pytest.mark.parametrize("language", SHIPPED)
def test_texts_are_composed_and_hold_nothing_invisible(language: str) -> None:
    for text in words(language):
        assert unicodedata.is_normalized("NFC", text)
        assert not [c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Co", "Cn") and c != "\n"]
        assert "  " not in text
        assert "..." not in text


@pytest.mark.parametrize("language", SHIPPED)
def test_sentences_end_and_labels_do_not(language: str) -> None:
    texts = shipped(language)["texts"]
    sentences = {"body", "changed", "unavailable", "placeholder", "settings_intro", "saved", "not_sent"}
    sentences |= {"objection", "state_decided", "state_undecided", "erase_ask", "erased", "failed"}
    assert {key for key, text in texts.items() if text.endswith(".")} == sentences
    descriptions = [category["description"] for category in shipped(language)["categories"].values()]
    assert all(text.endswith(".") for text in descriptions)


@pytest.mark.parametrize("language", SHIPPED)
def test_letters_run_the_way_the_language_does(language: str) -> None:
    letters = [unicodedata.bidirectional(c) for text in words(language) for c in text if c.isalpha()]
    share = sum(letter in ("R", "AL") for letter in letters) / len(letters)
    assert share > 0.9 if language in FROM_THE_RIGHT else share == 0


@pytest.mark.parametrize("language", SHIPPED)
def test_names_of_purposes_differ_and_begin_alike(language: str) -> None:
    names = [category["name"] for category in shipped(language)["categories"].values()]
    assert len({name.casefold() for name in names}) == len(names)
    assert all(name[0] == name[0].upper() and len(name) <= 24 for name in names)
