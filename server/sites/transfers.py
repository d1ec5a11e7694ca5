"""Transfers of personal data out of the EEA: to which countries, and what they rest on. Pure.

The adequacy decisions are those of the European Commission (GDPR article 45) that are in force on 2026-11-29.
"""

from collections.abc import Mapping

from server.sites.document_types import TransferBasis
from server.sites.english_names import country_name
from server.sites.values import EEA

ADEQUATE: Mapping[str, str] = {
    "AD": "2010/625/EU",
    "AR": "2003/490/EC",
    "BR": "(EU) 2026/179",
    # Only recipients that the Canadian act on commercial organisations (PIPEDA) applies to.
    "CA": "2002/2/EC",
    "CH": "2000/518/EC",
    "FO": "2010/146/EU",
    # Renewed on 2025-12-19; until 2031-12-27.
    "GB": "(EU) 2021/1772",
    "GG": "2003/821/EC",
    "IL": "2011/61/EU",
    "IM": "2004/411/EC",
    "JE": "2008/393/EC",
    "JP": "(EU) 2019/419",
    "KR": "(EU) 2022/254",
    "NZ": "2013/65/EU",
    "UY": "2012/484/EU",
}
"""Country with an adequacy decision → number of the decision."""

UNITED_STATES = "US"
"""Its adequacy decision, (EU) 2023/1795, covers organisations certified under the Data Privacy Framework."""


def outside_eea(country: str) -> bool:
    """Whether data that goes to a country leaves the EEA; False if no country is named."""
    return country != "" and country not in EEA


def basis_of(country: str, stated: TransferBasis) -> TransferBasis:
    """What a transfer to a country rests on: what is stated, else an adequacy decision; empty: neither.

    Empty also if the country is in the EEA, where there is no transfer.
    """
    if not outside_eea(country):
        return ""
    return stated or ("adequacy_decision" if country in ADEQUATE else "")


def misfit(country: str, stated: TransferBasis) -> str:
    """Why the stated basis cannot be that of a transfer to this country; empty if it can."""
    if stated == "data_privacy_framework" and outside_eea(country) and country != UNITED_STATES:
        return "is the framework for the United States"
    if stated == "adequacy_decision" and outside_eea(country) and country not in ADEQUATE:
        return f"is an adequacy decision, and there is none for {country_name(country)} as a whole"
    return ""
