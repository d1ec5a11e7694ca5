"""Pages of the documentation on known services, one for each, made of the catalog while the site is built.

`docs/hooks.py` gives them to MkDocs. There are no files of them in the repository.
"""

import html
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from server.catalog import service as catalog
from server.catalog.values import (
    Basis,
    CategoryKey,
    Confidence,
    FactGroup,
    Service,
    Storage,
    StorageKind,
    TransferBasis,
    Use,
)
from server.notices.formats import duration
from server.notices.words import words
from server.sites.english_names import country_name

FOLDER = "services"
"""Where the pages are in the documentation."""

USES: Mapping[Use, str] = {
    "analytics": "Analytics",
    "tag_manager": "Tag managers",
    "ab_testing": "A/B testing",
    "error_tracking": "Error tracking",
    "advertising": "Advertising",
    "social": "Social media",
    "video_audio": "Video and audio",
    "maps": "Maps",
    "chat": "Chat",
    "forms_bookings": "Forms and bookings",
    "reviews": "Reviews",
    "email": "E-mail marketing",
    "recruitment": "Recruitment",
    "payment": "Payment",
    "shop_cms": "Shops and content management",
    "login": "Login",
    "fonts_cdn": "Fonts and content delivery",
    "security": "Security",
    "load_balancing": "Load balancing",
    "consent": "Consent",
}
"""Heading of each group."""

_NEEDS: Mapping[CategoryKey, str] = {
    "necessary": "necessary, without consent",
    "functional": "functional, only with consent",
    "statistics": "statistics, only with consent",
    "advertising": "advertising, only with consent",
}

_BASES: Mapping[Basis, str] = {
    "consent": "consent, GDPR article 6 (1) (a)",
    "contract": "contract, GDPR article 6 (1) (b)",
    "legal_obligation": "legal obligation, GDPR article 6 (1) (c)",
}

_TRANSFERS: Mapping[TransferBasis, str] = {
    "adequacy_decision": "an adequacy decision (GDPR article 45)",
    "data_privacy_framework": "the EU–U.S. Data Privacy Framework (GDPR article 45)",
    "standard_contractual_clauses": "standard contractual clauses (GDPR article 46)",
    "binding_corporate_rules": "binding corporate rules (GDPR article 47)",
    "explicit_consent": "explicit consent (GDPR article 49)",
}

_KINDS: Mapping[StorageKind, str] = {
    "cookie": "cookie",
    "local_storage": "local storage",
    "session_storage": "session storage",
    "indexed_db": "browser database",
    "pixel": "tracking pixel",
}

_SURE: Mapping[Confidence, str] = {
    "high": "high. Every fact was found on the provider's own pages.",
    "medium": "medium. Some facts were found on pages of others that agree.",
    "low": "low. What it stores was found only on pages of others.",
}

_FACTS: Mapping[FactGroup, str] = {
    "provider": "provider",
    "purpose": "purpose",
    "data": "personal data",
    "recipients": "recipients",
    "transfer": "transfer",
    "hosts": "hosts",
    "storage": "what it stores",
    "consent_mode": "Consent Mode",
    "alternatives": "alternatives",
}

_UNSEARCHED = "{ data-search-exclude }"
"""Mark of a heading whose part the site's search leaves out."""

_LANGUAGES = (("nb", "Norwegian, bokmål"), ("nn", "Norwegian, nynorsk"), ("en", "English"))


def pages(services: Sequence[Service]) -> Iterator[tuple[str, str]]:
    """Path in the documentation → Markdown, of the list of services and of each service."""
    yield f"{FOLDER}/index.md", "\n\n".join(_list(services)) + "\n"
    for each in services:
        yield f"{FOLDER}/{name_of_page(each)}", "\n\n".join(_page(each)) + "\n"


def name_of_page(service: Service) -> str:
    """The file of a service's page."""
    return f"{service.key.replace('_', '-')}.md"


# --- the list --------------------------------------------------------------------------------------------


def _list(services: Sequence[Service]) -> Iterator[str]:
    yield "# Which cookies do common services set?"
    yield (
        f"What {len(services)} services store on visitors' devices, for how long and what for, who gets the "
        "data, and how they are held back until consent is given. The search at the top of the page finds "
        "them by name, by provider and by the name of a cookie, such as `_ga`."
    )
    yield (
        "All of it is one file too, under [CC0 1.0](../catalog.md#licence): [catalog.json](../catalog.json), "
        "with its [JSON Schema](../catalog.schema.json). "
        "[Known services](../catalog.md) says what a description has, and how one is added or corrected."
    )
    for use, heading in USES.items():
        if found := [each for each in services if each.use == use]:
            yield f"## {heading}"
            yield "\n".join(
                f"- [{_text(each.name)}]({name_of_page(each)}): {_NEEDS[each.category]}" for each in found
            )


# --- the page of a service -------------------------------------------------------------------------------


def _page(service: Service) -> Iterator[str]:
    name = _text(service.name)
    title = f"{service.name} cookies: what it sets, and how to block it until consent"
    # A search for consent in general should find the pages on that before hundreds of services.
    about = f"{service.purpose.en} What {service.name} stores, for how long, and who gets the data."
    yield f"---\ntitle: {_quoted(title)}\ndescription: {_quoted(about)}\nsearch:\n  boost: 0.5\n---"
    yield f"# {name}: which cookies it sets, and how to hold it back"
    yield "[All services](index.md)"
    yield f"{_text(service.purpose.en)} {_text(service.what_it_does.en)}"
    if service.aliases:
        yield f"Also known as {_text(', '.join(service.aliases))}."
    yield f"## What does {name} store on the device?"
    yield from _stored(service)
    yield f"## Does {name} need consent?"
    yield (
        f"Suggested category: **{_NEEDS[service.category]}**. {_text(service.category_reason.en)} "
        f"Suggested legal basis: {_BASES[service.legal_basis]}."
    )
    yield from ([_text(service.advice.en)] if service.advice else [])
    yield "Whether something is necessary on your website is for you to judge."
    yield f"## How do I block {name} until consent?"
    yield from _held_back(service)
    yield f"## Which hosts does {name} load from?"
    yield "\n".join(f"- {_code(host)}" for host in service.hosts) or "Not confirmed."
    yield f"## Which personal data does {name} collect, and who gets it?"
    yield "\n".join(f"- {label}: {fact}" for label, fact in _parties(service))
    yield from _alternatives(service)
    yield "## Texts for the banner and the cookie declaration"
    yield from _visitors_texts(service)
    yield f"## What could not be confirmed {_UNSEARCHED}"
    yield _not_confirmed(service)
    yield f"## Sources {_UNSEARCHED}"
    yield from _sources(service)


def _stored(service: Service) -> Iterator[str]:
    if service.stores_nothing:
        yield "Nothing by itself. That is confirmed."
    elif not service.stored_today:
        yield "Not confirmed. Look into the browser's tools on a page that has it, before you declare it."
    else:
        yield _table(service)
    closed = [each.name for each in service.stored_today if each.http_only]
    if closed:
        yield f"Scripts on the page can neither read nor clear {_codes(closed)} (`HttpOnly`)."
    if foreign := sorted({each.host for each in service.stored_today if each.host}):
        yield (
            f"What belongs to {_codes(foreign)} a website cannot clear on withdrawal. "
            "Only its owner or the visitor can."
        )
    former = [each.name for each in service.storage if each.former]
    if former:
        yield f"Only earlier versions stored {_codes(former)}. Declare it if your website has one still."
    if any("*" in each.name for each in service.storage):
        yield "A star stands for any characters."


def _table(service: Service) -> str:
    # What most people look for comes first, where a narrow screen shows it.
    head = ("Name", "Lifetime", "Purpose", "Kind", "Host")
    cells = "".join(f'<th scope="col">{each}</th>' for each in head)
    rows = "\n".join(f"<tr>{''.join(_cells(each))}</tr>" for each in service.stored_today)
    label = html.escape(f"What {service.name} stores")
    # A region with a name that takes the focus: a narrow screen scrolls it, with the keyboard too.
    return (
        f'<div class="stored" role="region" aria-label="{label}" tabindex="0"><table class="stored__table">\n'
        f"<thead><tr>{cells}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table></div>"
    )


def _cells(stored: Storage) -> Iterator[str]:
    yield f'<th scope="row"><code>{html.escape(stored.name)}</code></th>'
    host = f"<code>{html.escape(stored.host)}</code>" if stored.host else "the website's own"
    purpose = html.escape(stored.purpose.en)
    if stored.category:
        purpose = f"{purpose} By itself it would be: {_NEEDS[stored.category]}."
    for cell in (_lifetime(stored), purpose, _KINDS[stored.kind], host):
        yield f"<td>{cell}</td>"


def _lifetime(stored: Storage) -> str:
    if stored.kind == "session_storage":
        return "until the tab is closed"
    if stored.lifetime == "session":
        return "until the browser is closed"
    if not stored.lifetime and stored.kind in ("local_storage", "indexed_db"):
        return "until it is cleared"
    return str(duration(stored.lifetime, "en").text) if stored.lifetime else "not confirmed"


def _held_back(service: Service) -> Iterator[str]:
    if service.category == "necessary":
        yield (
            "Where it is necessary it is not held back: declare it in the category *necessary*, with the "
            "reason. Where your website does not need it, "
            "[mark it](../for-web-developers.md#hold-things-back) with the category that it belongs to."
        )
    elif service.marking:
        yield "Mark it with the category, as here with Samtykke's attributes:"
        yield f"```html\n{_in_lines(service.marking)}\n```"
        if "<script" in service.marking:
            yield (
                f'Where the provider\'s snippet has inline scripts, give each `type="text/plain" '
                f'data-consent="{service.category}"` too, also the one with its configuration.'
            )
        yield (
            "The browser neither requests nor runs it until the visitor has said yes to the category. "
            "[Hold things back](../for-web-developers.md#hold-things-back) has every kind of element."
        )
    else:
        yield (
            "There is no example of its markup yet. "
            "[Hold things back](../for-web-developers.md#hold-things-back) says how any element is marked."
        )
    if service.category != "necessary" and service.hosts:
        yield (
            "Where its markup cannot be changed, [automatic blocking](../automatic-blocking.md) holds back "
            "what loads from the hosts that are declared."
        )
    if service.consent_mode:
        yield (
            f"It heeds these types of Google Consent Mode: {_codes(service.consent_mode)}. "
            "Map them to the category, so that its tags are notified of consent and withdrawal."
        )


def _parties(service: Service) -> Iterator[tuple[str, str]]:
    data = catalog.data_in_words(service)
    yield "Personal data", _text(data.en) if data else "not confirmed"
    yield "Provider", _provider(service)
    yield "Other recipients", _text("; ".join(service.recipients)) or "not confirmed"
    yield "Transfer out of the EEA", _transfer(service)
    yield "Privacy notice", _link(service.privacy_link)
    yield "Agreement", _link(service.agreement_link)


def _provider(service: Service) -> str:
    provider = service.provider
    if provider is None:
        return "not confirmed, or the website itself"
    where = country_name(provider.country) if provider.country else "country not confirmed"
    number = f"number {provider.number} in its register of companies" if provider.number else ""
    return _text(", ".join(filter(None, (provider.name, where, number))))


def _transfer(service: Service) -> str:
    if not service.transfer_country:
        return "not confirmed"
    basis = _TRANSFERS[service.transfer_basis] if service.transfer_basis else "a basis that is not confirmed"
    return f"{_text(country_name(service.transfer_country))}, on {basis}"


def _alternatives(service: Service) -> Iterator[str]:
    if service.alternatives:
        yield f"## What can I use instead of {_text(service.name)} that stores nothing?"
        yield "\n".join(
            f"- {f'{_text(each.name)}: ' if each.name else ''}{_text(each.note.en)}"
            for each in service.alternatives
        )


def _visitors_texts(service: Service) -> Iterator[str]:
    yield "What visitors read about it, in our own words. Use and change it as you like: it is under CC0 1.0."
    data = catalog.data_in_words(service)
    for language, heading in _LANGUAGES:
        labels = words("declaration", language)["labels"]
        texts = {
            "purpose": service.purpose,
            "necessary_reason": service.category_reason if service.category == "necessary" else None,
            "data": data,
        }
        items = [
            f"{labels[key]}: {html.escape(getattr(text, language))}" for key, text in texts.items() if text
        ]
        items += [
            f"<code>{html.escape(each.name)}</code>: {html.escape(getattr(each.purpose, language))}"
            for each in service.stored_today
        ]
        # In English it stands above already.
        yield f"### {heading}{f' {_UNSEARCHED}' if language == 'en' else ''}"
        yield f'<ul lang="{language}">\n' + "\n".join(f"<li>{item}</li>" for item in items) + "\n</ul>"


def _not_confirmed(service: Service) -> str:
    found = [gap.what for gap in catalog.gaps(service) if gap.what]
    if not found:
        return "Everything that a description can say was confirmed."
    return "\n".join(["It is not confirmed:\n", *(f"- {_text(what)}" for what in found)])


def _sources(service: Service) -> Iterator[str]:
    yield f"Last compared with its sources on {service.reviewed}. Confidence: {_SURE[service.confidence]}"
    yield "\n".join(
        f"- {_link(each.address)}: {', '.join(_FACTS[fact] for fact in each.facts)}"
        f"{f'. {_text(each.note)}' if each.note else ''}"
        for each in service.sources
    )
    yield (
        "A website's own configuration may change names and lifetimes: compare what yours does. "
        f"Something wrong or missing? The file is `server/catalog/data/{service.key}.json`."
    )


def _in_lines(marking: str) -> str:
    """An example with each address on a line of its own."""
    apart = marking.replace("</script><script", "</script>\n<script")
    return re.sub(r' (?=(?:data-consent-)?src="https:)', "\n        ", apart)


# --- Markdown --------------------------------------------------------------------------------------------

_SPECIAL = re.compile(r"[\\`*_\[\]|~{}]")


def _text(text: str) -> str:
    """A text as Markdown that shows exactly this text."""
    # As character references: which characters a backslash escapes depends on the extensions.
    return _SPECIAL.sub(lambda found: f"&#{ord(found[0])};", html.escape(text, quote=False))


def _code(text: str) -> str:
    return f"<code>{html.escape(text)}</code>"


def _codes(texts: Iterable[str]) -> str:
    return ", ".join(_code(each) for each in texts)


def _link(address: str) -> str:
    return f"<{address}>" if address else "not confirmed"


def _quoted(text: str) -> str:
    """A text for YAML."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
