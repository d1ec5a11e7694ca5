"""Supervisory authorities of the GDPR by country, to which people complain. Pure.

After the members that the European Data Protection Board lists, and the authorities' own contact pages as the
directory of datenanfragen.de quotes them (2026-07-21). The authority of the United Kingdom is left out: it is
being replaced by the Information Commission (UK statutory instrument 2026/386).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from server.sites.document_types import Authority


@dataclass(frozen=True)
class SupervisoryAuthority:
    """A supervisory authority (GDPR article 51)."""

    country: str
    """English name of its country."""
    name: str
    """Its name in a language of the country."""
    english: str
    """Its name in English."""
    url: str
    """Its website."""


_ROWS = """
AT | Austria | Österreichische Datenschutzbehörde | Austrian Data Protection Authority | https://www.dsb.gv.at/
BE | Belgium | Gegevensbeschermingsautoriteit / Autorité de protection des données | Belgian Data Protection Authority | https://www.dataprotectionauthority.be/
BG | Bulgaria | Комисия за защита на личните данни | Commission for Personal Data Protection | https://cpdp.bg/
CH | Switzerland | Eidgenössischer Datenschutz- und Öffentlichkeitsbeauftragter (EDÖB) | Federal Data Protection and Information Commissioner | https://www.edoeb.admin.ch/
CY | Cyprus | Γραφείο Επιτρόπου Προστασίας Δεδομένων Προσωπικού Χαρακτήρα | Office of the Commissioner for Personal Data Protection | https://www.dataprotection.gov.cy/
CZ | Czechia | Úřad pro ochranu osobních údajů | Office for Personal Data Protection | https://uoou.gov.cz/
DE | Germany | Die Bundesbeauftragte für den Datenschutz und die Informationsfreiheit | Federal Commissioner for Data Protection and Freedom of Information | https://www.bfdi.bund.de/
DK | Denmark | Datatilsynet | Danish Data Protection Agency | https://www.datatilsynet.dk/
EE | Estonia | Andmekaitse Inspektsioon | Data Protection Inspectorate | https://www.aki.ee/
ES | Spain | Agencia Española de Protección de Datos (AEPD) | Spanish Data Protection Agency | https://www.aepd.es/
FI | Finland | Tietosuojavaltuutetun toimisto | Office of the Data Protection Ombudsman | https://tietosuoja.fi/
FR | France | Commission nationale de l’informatique et des libertés (CNIL) | National Commission on Informatics and Liberty | https://www.cnil.fr/
GR | Greece | Αρχή Προστασίας Δεδομένων Προσωπικού Χαρακτήρα | Hellenic Data Protection Authority | https://www.dpa.gr/
HR | Croatia | Agencija za zaštitu osobnih podataka (AZOP) | Croatian Personal Data Protection Agency | https://azop.hr/
HU | Hungary | Nemzeti Adatvédelmi és Információszabadság Hatóság (NAIH) | National Authority for Data Protection and Freedom of Information | https://www.naih.hu/
IE | Ireland | Data Protection Commission | Data Protection Commission | https://www.dataprotection.ie/
IS | Iceland | Persónuvernd | Icelandic Data Protection Authority | https://www.personuvernd.is/
IT | Italy | Garante per la protezione dei dati personali | Italian Data Protection Authority | https://www.garanteprivacy.it/
LI | Liechtenstein | Datenschutzstelle | Data Protection Authority of Liechtenstein | https://www.datenschutzstelle.li/
LT | Lithuania | Valstybinė duomenų apsaugos inspekcija | State Data Protection Inspectorate | https://vdai.lrv.lt/
LU | Luxembourg | Commission nationale pour la protection des données (CNPD) | National Commission for Data Protection | https://cnpd.public.lu/
LV | Latvia | Datu valsts inspekcija | Data State Inspectorate | https://www.dvi.gov.lv/
MT | Malta | Office of the Information and Data Protection Commissioner | Office of the Information and Data Protection Commissioner | https://idpc.org.mt/
NL | Netherlands | Autoriteit Persoonsgegevens | Dutch Data Protection Authority | https://autoriteitpersoonsgegevens.nl/
NO | Norway | Datatilsynet | Norwegian Data Protection Authority | https://www.datatilsynet.no/
PL | Poland | Prezes Urzędu Ochrony Danych Osobowych | President of the Personal Data Protection Office | https://uodo.gov.pl/
PT | Portugal | Comissão Nacional de Proteção de Dados (CNPD) | National Data Protection Commission | https://www.cnpd.pt/
RO | Romania | Autoritatea Națională de Supraveghere a Prelucrării Datelor cu Caracter Personal | National Supervisory Authority for Personal Data Processing | https://www.dataprotection.ro/
SE | Sweden | Integritetsskyddsmyndigheten (IMY) | Swedish Authority for Privacy Protection | https://www.imy.se/
SI | Slovenia | Informacijski pooblaščenec | Information Commissioner | https://www.ip-rs.si/
SK | Slovakia | Úrad na ochranu osobných údajov Slovenskej republiky | Office for Personal Data Protection of the Slovak Republic | https://dataprotection.gov.sk/
"""  # noqa: E501 - a table

AUTHORITIES: Mapping[str, SupervisoryAuthority] = {
    code: SupervisoryAuthority(*cells)
    for code, *cells in (row.split(" | ") for row in _ROWS.strip().splitlines())
}
"""ISO 3166-1 code of a country → its authority, or one of them: in Germany, that of the federation."""


def authority_of(country: str) -> Authority | None:
    """The authority of a country as a document names it; None if it is not known.

    Its own name comes first; where that is not in Latin letters, the English one follows.
    """
    found = AUTHORITIES.get(country)
    if found is None:
        return None
    latin = all(ord(letter) < 0x250 for letter in found.name if letter.isalpha())
    return {"name": found.name if latin else f"{found.name} ({found.english})", "url": found.url}
