"""What a description does not say: facts that could not be confirmed, and where they are usually found. Pure.

Nothing here is wrong. A description without some facts is worth more than one with guesses.
"""

from collections.abc import Iterator

from server.catalog.values import Gap, Service, Storage


def gaps(service: Service) -> Iterator[Gap]:
    """What is absent and would help, in the order of the fields; what does not apply is left out."""
    if not service.aliases:
        yield Gap("aliases", "", "Give other names by which people look for it, such as its old name.")
    yield from _provider(service)
    if not service.data:
        yield Gap(
            "data", "which personal data it collects", "The privacy notice says what is collected by itself."
        )
    yield from _recipients(service)
    if not service.privacy_link:
        yield Gap("privacy_link", "where its privacy notice is", "It is linked at the foot of its website.")
    if not service.agreement_link:
        yield Gap(
            "agreement_link",
            "where the agreement with it is",
            "Search for “data processing agreement” or “joint controller” with the provider's name.",
        )
    if not service.hosts:
        yield Gap(
            "hosts",
            "which hosts it loads from",
            "The snippet that the provider gives, or its page on Content Security Policy, names them.",
        )
    yield from _storage(service)
    if service.category != "necessary":
        yield from _holding_back(service)


def _provider(service: Service) -> Iterator[Gap]:
    if service.provider is None:
        yield Gap(
            "provider",
            "who provides it, unless the website runs it by itself",
            "The legal entity stands in the privacy notice under who is responsible, for customers in the "
            "EEA. Leave it out if the website runs the service by itself.",
        )
        return
    if not service.provider.country:
        yield Gap(
            "provider.country",
            "in which country the provider is",
            "The address of the legal entity has it.",
        )
    if not service.provider.number:
        yield Gap(
            "provider.number",
            "",
            "Its number in a register of companies stands in the imprint or at the foot of the website.",
        )


def _recipients(service: Service) -> Iterator[Gap]:
    if not service.recipients:
        yield Gap(
            "recipients",
            "who else gets the data",
            "Search for the provider's list of sub-processors.",
        )
    if not service.transfer_country:
        yield Gap(
            "transfer_country",
            "whether data leaves the EEA",
            "The privacy notice has a part on international transfers. Leave it out if there is none.",
        )
    elif service.transfer_basis is None:
        yield Gap(
            "transfer_basis",
            f"what the transfer to {service.transfer_country} rests on",
            "The same part names standard contractual clauses, an adequacy decision or the Data Privacy "
            "Framework.",
        )


def _storage(service: Service) -> Iterator[Gap]:
    if not service.storage and not service.stores_nothing:
        yield Gap(
            "storage",
            "what it stores on the device",
            "The provider's list of cookies, or the browser's tools on a page that has it. If it is "
            "confirmed that it stores nothing, write stores_nothing: true.",
        )
    for index, each in enumerate(service.storage):
        if _has_lifetime(each) and not each.lifetime:
            yield Gap(
                f"storage.{index}.lifetime",
                f"how long {each.name} stays",
                f"The provider's list of cookies says how long {each.name} stays: P180D, P13M or session.",
            )


def _has_lifetime(stored: Storage) -> bool:
    # Other storage ends with the tab, or stays until it is cleared; a pixel is no storage. Nobody declares
    # what only earlier versions stored.
    return stored.kind == "cookie" and not stored.former


def _holding_back(service: Service) -> Iterator[Gap]:
    if not service.consent_mode:
        yield Gap(
            "consent_mode",
            "whether it heeds Google Consent Mode",
            "Search the provider's documentation for ad_storage or analytics_storage. Leave it out if it "
            "does not heed them.",
        )
    if not service.marking:
        yield Gap(
            "marking",
            "",
            'Take the provider\'s snippet, with type="text/plain" and data-consent="'
            f'{service.category}" for a script, or data-consent-src in place of src for a frame.',
        )
    elif not service.placeholder and "<iframe" in service.marking:
        yield Gap("placeholder", "", "Say what stands in its place until consent: video, map, form …")
    if not service.alternatives:
        yield Gap(
            "alternatives",
            "",
            "If something does the same and stores nothing on the device, name it.",
        )
