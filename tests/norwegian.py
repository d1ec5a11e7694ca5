"""What a text in Norwegian must not hold: lists of patterns, and where in a text they are found.

The lists follow Språkrådet, Datatilsynet, Nav and Digdir. They look for forms that belong to the other
written standard, for English in disguise, for the language of offices and of advertising, and for signs set
as in English.
"""

import re
from collections.abc import Iterator, Mapping

BOKMAAL = r"""
ikke
jeg
hva|hvem|hvor\w*
hvilke[nt]?
hvis
noen?
nå
fra
mye|mer
bare
selv
samme
deres?
dem?|disse
være|vært
ble|blitt
gjøre?
sier|siden
kommer|heter|vet|samtykker
finnes|fins|trengs
fortsatt|fortsette?r?
samt
ellers
antall\w*
uten|innen|utenfor|innenfor
flere|forrige
hver|hverandre
egen|eget
annen|annet
velge?r?
ligger|legger|setter|sitter
åpen|åpne[rt]?
lagret|slettet|endret|logget
valg|valgt|valget|valgene
mandag|tirsdag|lørdag
uke[rn]?
måneder|timer|dager|minutter|sekunder
ganger
tall|tallet|tallene
innhold\w*|inneholder
beholde?r?
nettsted\w*
nettleser\w*
\w*navn\w*
enhet\w*
\w{2,}het(en|er|ene)?
(?!\w*helse)\w{3,}else[nr]?
(?!(bil|vil)lig)\w{2,}lig(e|t|ere|st)?
\w{3,}ing(er|ene)
\w*tjeneste\w*
\w*behandlere?n?
leverandører|mottaker\w*
brukere\w*
eiere?n?|utviklere?n?
\w+kapsler
varsler
forespørs\w+
bekreft\w*
utløp\w*
begrens\w+|beskytt\w+
anbefal\w*
vis(es|ninger)|forhåndsvis\w*
(lagr|slett|endr|brukt?|last|send|del|sett)es
den (kan|er|blir|har|skal)
""".strip().splitlines()
"""Bokmål, in a text in nynorsk."""

UNPLAIN = r"""
adressere[rs]?|adressert
basert på
i forhold til
på (daglig|ukentlig|månedlig|årlig) basis
når det kommer til
til enhver tid
i henhold til
vennligst
klikk her
ta(r)? eierskap
gjør(e)? en forskjell
neste nivå
på alvor
ønsker å
benytt\w*
foreta(r|tt)?
implementer\w*
funksjonalitet\w*
vedrørende
herunder|samt|således
kun
feile[rt]
support(en|ere)?
trigge[rt]?
optimal\w*|optimer\w*
sømløs\w*
skreddersy\w*
innovativ\w*|banebrytende|revolusjoner\w*
ledende
robust\w*|kraftfull\w*
(bruker)?opplevelse\w*
preferanse\w*
relevante? (annonser|innhold|tilbud)
besøkere?n?
cookies?|kjeks\w*|infokaps\w*
epost|e-?mail|mail
\w*policy\w*
databeskyttelse
av (oss|meg|deg) selv
ditt samtykke|dine (data|opplysninger)|våre (partnere|tjenester)
""".strip().splitlines()
"""English in disguise, the language of offices, and praise, in a text in bokmål."""

SIGNS = r"""
["“”]
(?<=\s)-(?=\s)
\d%
\d\.\d{3}\b
kl\.? ?\d{1,2}:\d{2}
(samtykke|personvern|nettsteds|bruker|API|IP|Google \w+) (banner|nummer|erklæring|logg|nøkkel|adresse|kode)\b
""".strip().splitlines()
"""Signs and spaces set as in English, in a text in either."""

LISTS = {"nb": (UNPLAIN, SIGNS), "nn": (BOKMAAL, SIGNS)}

_NOT_PROSE = re.compile(
    r"\{[^}]*\}"  # what is filled in
    r"|\b(?:https?://|www\.)\S+"
    r"|[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|<[^>]*>"
    r"|`[^`]*`"
)
"""Parts of a text that are nobody's Norwegian: gaps, addresses, tags and code."""


def faults(language: str, text: str) -> Iterator[str]:
    """What a text in `nb` or `nn` should not say, as it says it."""
    prose = _NOT_PROSE.sub(" … ", text)
    for patterns in LISTS[language]:
        for pattern in patterns:
            yield from (found[0] for found in compiled(pattern, signs=patterns is SIGNS).finditer(prose))


def compiled(pattern: str, *, signs: bool) -> re.Pattern[str]:
    """A pattern of words, which stand alone and in any case, or of signs, which are as they are."""
    whole = pattern if signs else rf"(?<![\w-])(?:{pattern})(?![\w-])"
    return re.compile(whole, 0 if signs else re.IGNORECASE)


def flat(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text in a file, with its keys joined by dots."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from flat(inner, f"{path}.{key}".lstrip("."))
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from flat(inner, f"{path}.{index}")
    else:
        yield path, str(value)
