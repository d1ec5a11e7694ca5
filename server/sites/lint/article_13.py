"""Lint of what a controller must inform of (GDPR articles 13 and 14), beyond the controller and its services.

Two rules are of other articles, as they are about the same fields: 6(3), the law that a basis rests on, and
28(3), the agreement with a processor. Each message names the article that asks for what is missing.
"""

from collections.abc import Iterator, Mapping

from server.sites.document_types import Activity, Document, Processor, Service, TransferBasis
from server.sites.english_names import country_name, language_name
from server.sites.lint.finding import error, missing, warning
from server.sites.lint.visible_text import visible
from server.sites.standard_sections import required_sections
from server.sites.texts import SHIPPED, shipped
from server.sites.transfers import UNITED_STATES, basis_of, misfit, outside_eea
from server.sites.values import CONSENT_SERVICE, Finding, languages
from server.sites.web_storage import longest_kept

_BY_LAW = ("legal_obligation", "public_task")
"""Legal bases that are laid down in another law (GDPR article 6 (3))."""


def findings(document: Document) -> Iterator[Finding]:
    """Findings of services, of other processing, of recipients, and of sections that are hidden."""
    for index, service in enumerate(document["services"]):
        field = f"services.{index}"
        yield from _data(document, field, service["data"], ours=service["key"] == CONSENT_SERVICE)
        yield from _transfer(field, service["country"], service["transfer_basis"])
        yield from _retention(document, f"{field}.retention", service)
    for index, activity in enumerate(document["notice"]["activities"]):
        yield from _activity(document, f"notice.activities.{index}", activity)
    for index, processor in enumerate(document["notice"]["processors"]):
        yield from _processor(document, f"notice.processors.{index}", processor)
    yield from _hidden(document)


def _retention(document: Document, field: str, service: Service) -> Iterator[Finding]:
    """Where no time is written, the notice names what of the service stays longest on the device."""
    if service["retention"] or longest_kept(service["cookies"]) or _own(document, service):
        return
    if service["privacy_link"]:
        yield warning(
            field,
            "is missing: visitors must know how long the provider keeps what it gets, and the notice can "
            "only refer to its privacy policy (GDPR article 13(2)(a))",
            "retention_elsewhere",
        )
    else:
        yield error(
            field,
            "is missing, and neither a lifetime of what is stored nor a privacy policy says it: visitors "
            "must know how long the provider keeps what it gets (GDPR article 13(2)(a))",
            "retention_missing",
        )


def _own(document: Document, service: Service) -> bool:
    """Whether the controller itself provides a service: then the lifetime of what it stores says it."""
    own, provider = (
        visible(text).casefold() for text in (document["controller"]["name"], service["provider"])
    )
    return service["key"] == CONSENT_SERVICE or own == provider


def _data(
    document: Document, field: str, data: Mapping[str, str], *, ours: bool = False
) -> Iterator[Finding]:
    """A warning where it is not said which information is processed.

    The product describes its own service in the languages that it has words in.
    """
    absent = [language for language in languages(document) if not visible(data.get(language, ""))]
    if ours and len(absent) < len(languages(document)):
        absent = [code for code in absent if code in SHIPPED and "data" in shipped(code)["consent_service"]]
    if absent:
        others = ", ".join(map(language_name, absent[1:]))
        more = f", in {others} too" if others else ""
        yield warning(
            f"{field}.data.{absent[0]}",
            f"is missing{more}: visitors must know which information is processed (ekomloven § 3-15)",
            "data_missing",
            languages=" ".join(absent),
        )


def _transfer(field: str, country: str, stated: TransferBasis) -> Iterator[Finding]:
    place = f"{field}.transfer_basis"
    if fault := misfit(country, stated):
        yield error(place, f"{fault} (GDPR article 13(1)(f))", "transfer_basis_unfit", country=country)
    elif outside_eea(country) and not basis_of(country, stated):
        if country == UNITED_STATES:
            yield error(
                place,
                "is missing: data may go to the United States if the recipient is certified under the Data "
                "Privacy Framework, else on standard contractual clauses (GDPR article 13(1)(f))",
                "transfer_basis_uncertain",
            )
        else:
            yield error(
                place,
                f"is missing: {country_name(country)} is outside the EEA and has no adequacy decision "
                "(GDPR article 13(1)(f))",
                "transfer_basis_missing",
                country=country,
            )


def _activity(document: Document, field: str, activity: Activity) -> Iterator[Finding]:
    yield from missing(document, f"{field}.name", activity["name"])
    yield from missing(document, f"{field}.purpose", activity["purpose"], article="13(1)(c)")
    yield from _data(document, field, activity["data"])
    if not activity["legal_basis"]:
        yield error(f"{field}.legal_basis", "is missing (GDPR article 13(1)(c))", "legal_basis_missing")
    elif activity["legal_basis"] == "legitimate_interests":
        yield from missing(document, f"{field}.interests", activity["interests"], article="13(1)(d)")
    elif activity["legal_basis"] in _BY_LAW and not any(map(visible, activity["interests"].values())):
        yield warning(
            f"{field}.interests.{document['default_language']}",
            "is missing: name the law (GDPR article 6(3))",
            "law_missing",
        )
    yield from missing(document, f"{field}.retention", activity["retention"], article="13(2)(a)")
    yield from _transfer(field, activity["country"], activity["transfer_basis"])


def _processor(document: Document, field: str, processor: Processor) -> Iterator[Finding]:
    if not visible(processor["name"]):
        yield error(f"{field}.name", "is missing (GDPR article 13(1)(e))", "name_missing")
    yield from missing(document, f"{field}.purpose", processor["purpose"], article="13(1)(e)")
    if processor["role"] == "processor" and not processor["agreement"]:
        yield warning(
            f"{field}.agreement",
            "is missing: a processor is bound by an agreement (GDPR article 28(3))",
            "agreement_missing",
        )
    yield from _transfer(field, processor["country"], processor["transfer_basis"])


def _hidden(document: Document) -> Iterator[Finding]:
    required = required_sections(document)
    for index, section in enumerate(document["notice"]["sections"]):
        article = required.get(section["key"])
        if section["hidden"] and article:
            yield error(
                f"notice.sections.{index}.hidden",
                f"is on, but the notice must have this section (GDPR article {article})",
                "section_hidden",
                article=article,
            )
