"""The Norwegian that the product comes with: both written standards, in plain words and Norwegian signs."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.demo import words
from server.notices.words import words as notices
from server.notifications.texts import texts as messages
from server.sites.texts import shipped
from tests.norwegian import BOKMAAL, LISTS, SIGNS, UNPLAIN, compiled, faults, flat

CHAT = Path(__file__).parents[1] / "static" / "demo" / "third-party" / "praten.js"

AREAS = sorted(path.name for path in (Path(__file__).parents[1] / "server" / "notices" / "texts").iterdir())
"""Areas of the public pages that have words."""

ALLOWED: dict[tuple[str, str], str] = {}
"""(Language, key of a text) that may hold what the lists look for → why."""

STRUCK_OUT = {
    "nb": (
        r"annonsørene våre|Det samme gjelder annen|Du valgte \{|ikke valgt ennå\.|kan ikke lastes",
        r"gikk ikke nå|alt valgfritt|^Varighet$|^Endre samtykke$|Holder på valget|samme øyeblikk",
        r"bruken begrenses|vil spores|ryker aldri tråden|sidens hode|nås under|åpner nederst",
        r"minutter å lese|^Stans$",
    ),
    "nn": (
        r"annonsørane våre|Det same gjeld anna|Du valde \{|ikkje valt enno\.|kan ikkje lastast",
        r"gjekk ikkje no|^Kor lenge$|^Endre samtykke$|Held på valet|same augneblink|blir avgrensa|ønskjer å",
        r"Med ditt samtykke|har svart|lèt att|fråsegn|halde fram samtalen|formål|Naustvegen|sundag",
        r"Byrj |av oss sjølve|opnar nedst|minutt å lese|^Stans$",
        r"(?<!har )\bvart\b|\bvorte\b|\b[Vv]iss\b|besøkande|\bgodtar\b",
    ),
}
"""What readers found wrong, foreign or named in two ways, and had replaced."""

PLANTED = {
    "bokmål": (
        "nn",
        BOKMAAL,
        """
Det er ikke noko
jeg vel
hvor lenge
hvilken teneste
hvis du vil
noe nytt
nå
frå og fra
mer om dette
bare eitt
du selv
den same og samme
valet deres
alle disse
vere og være
det ble lagra
å gjøre
siden sist
når du samtykker
det finnes
fortsatt
tenester samt annonsar
ellers
antallet
innenfor
flere tenester
hver dag
eit eget val
annen lagring
du velger
ligger i nettlesaren
åpne
er lagret
valget ditt
på mandag
etter ei uken
sju dager
to ganger
tallene
innholdet
å beholde
nettstedet ditt
nettleseren
vertsnavn
enheten
moglegheter
hendelse
mulig og vanlig
innstillinger
tjenester
behandleren
mottakeren
brukere og brukeren
utvikleren
informasjonskapsler
to varsler
forespørsler
bekreft
utløper
begrense
anbefaler
forhåndsvisning
kan lagres
den blir sletta
""",
    ),
    "plain words": (
        "nb",
        UNPLAIN,
        """
Vi adresserer det
basert på valget
i forhold til loven
på daglig basis
når det kommer til annonser
til enhver tid
i henhold til loven
vennligst vent
klikk her
ta eierskap
gjøre en forskjell
på neste nivå
vi tar det på alvor
vi ønsker å lagre
benytter
foretar sletting
implementerer
funksjonaliteten
vedrørende valget
herunder statistikk
kun nødvendige
det feilet
supporten
trigger en måling
optimal
sømløst
skreddersydd
banebrytende
ledende
robust
brukeropplevelsen
preferanser
relevante annonser
besøkeren
cookies
en epost
privacy policyen
databeskyttelse
av oss selv
våre partnere
""",
    ),
    "signs in bokmål": (
        "nb",
        SIGNS,
        """
velg "Lukk"
ja - eller nei
12% av svarene
1.234 svar
kl. 14:05
samtykke banner
""",
    ),
    "signs in nynorsk": (
        "nn",
        SIGNS,
        """
vel “Lukk”
ja - eller nei
12% av svara
1.234 svar
kl 14:05
API nøkkel
""",
    ),
}
"""A fault for every pattern of each list, in its order."""

RIGHT = {
    "nb": (
        "Vi spør på nytt «Når går båten?» kl. 14.05 – hvis 12 % av 1 234 har svart.",
        "Samtykkebanneret, API-nøkkelen og e-posten.",
        "Skriv til e-mail@cookies.example, se https://example.no/cookies?policy=kun eller {cookies}.",
        "Navnet er `cookie`, merket <cookie>.",
    ),
    "nn": (
        "Vi spør på nytt «Når går båten?» kl. 14.05 – dersom 12 % av 1 234 har svara.",
        "Det er billig, dei er villige, og helsestellet er ope.",
        "Skriv til ikke@hvis.example, sjå https://example.no/hva eller {navn}.",
    ),
}
"""What the lists let pass: how it is written, and what is not prose."""


def shipped_texts(language: str) -> Iterator[tuple[str, str]]:
    """Key and words of everything that visitors, readers of the demo and staff by e-mail get."""
    sources = (
        ("sites", shipped(language)),
        ("demo", words.shop(language)),
        ("messages", messages(language)),
        ("notices", {area: notices(area, language) for area in AREAS}),
    )
    for source, texts in sources:
        for key, text in flat(texts):
            yield f"{source}.{key}", text
    for number, text in enumerate(chat(language)):
        yield f"chat.{number}", text


def chat(language: str) -> list[str]:
    """What the demo's chat says, which has its words in its script."""
    found = re.search(rf"^    {language}: \{{(.*?)^    \}},", CHAT.read_text(encoding="utf-8"), re.M | re.S)
    assert found is not None
    return [json.loads(text) for text in re.findall(r'"[^"\n]*"', found[1])]


@pytest.mark.parametrize("language", LISTS)
def test_shipped_norwegian_has_none_of_what_the_lists_look_for(language: str) -> None:
    texts = dict(shipped_texts(language))
    found = {key: held for key, text in texts.items() if (held := list(faults(language, text)))}

    assert {key: held for key, held in found.items() if (language, key) not in ALLOWED} == {}
    assert {key for allowed, key in ALLOWED if allowed == language} <= found.keys()
    assert all(ALLOWED.values())


@pytest.mark.parametrize("language", STRUCK_OUT)
def test_words_that_readers_struck_out_do_not_return(language: str) -> None:
    struck = "|".join(STRUCK_OUT[language])

    assert {key: text for key, text in shipped_texts(language) if re.search(struck, text)} == {}


def test_the_lists_read_every_text() -> None:
    for language in LISTS:
        keys = {key.partition(".")[0] for key, _ in shipped_texts(language)}
        assert keys == {"sites", "demo", "messages", "notices", "chat"}
        assert len(chat(language)) == 10
        assert len(list(shipped_texts(language))) > 250


@pytest.mark.parametrize("name", PLANTED)
def test_a_fault_of_every_pattern_is_found(name: str) -> None:
    language, patterns, sentences = PLANTED[name]
    planted = sentences.strip().splitlines()

    assert len(planted) == len(patterns)
    for pattern, sentence in zip(patterns, planted, strict=True):
        assert compiled(pattern, signs=patterns is SIGNS).search(sentence), pattern
        assert list(faults(language, f"Vi spør. {sentence}.")), pattern


@pytest.mark.parametrize(
    ("language", "text"), [(code, text) for code, texts in RIGHT.items() for text in texts]
)
def test_what_is_right_or_no_prose_passes(language: str, text: str) -> None:
    assert list(faults(language, text)) == []
