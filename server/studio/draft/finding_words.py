"""What the findings of the lint say to who reads the studio: what is wrong, why, and what to do.

The lint itself answers the ends of English sentences, for programs. Here each rule has a sentence of its own,
into which goes what was found.
"""

from collections.abc import Callable, Iterable, Mapping

from babel import Locale
from babel.lists import format_list

from server.sites.document_types import Document
from server.sites.values import Finding
from server.studio import language, sentences
from server.studio.draft.editor_links import link_to, part_at
from server.studio.sentences import sentence

SENTENCES: Mapping[str, str] = {
    "address_missing": sentence(
        "The controller has no postal address. Consent receipts in the standard forms need one. Fill it in."
    ),
    "agreement_missing": sentence(
        "No agreement is stated with the processor %(part)s. A processor must be bound by one "
        "(GDPR article 28(3)). Say where the agreement is."
    ),
    "authority_missing": sentence(
        "The supervisory authority is not named. Visitors have a right to know where to complain "
        "(GDPR article 13(2)(d)). Choose it by country."
    ),
    "blocks_nothing": sentence(
        "Automatic blocking is on, but has nothing to block: no service names a host. Name "
        "the hosts of the services, or turn it off."
    ),
    "category_hidden": sentence(
        "The category %(part)s is hidden, but has services. Nobody can allow them, so they never "
        "run. Show the category, or move the services."
    ),
    "category_unused": sentence(
        "Visitors are asked about %(part)s, but no service has that purpose. Ask for no more than"
        " you need: hide the category, or add its services."
    ),
    "coaxing_words": sentence(
        "“%(label)s” says “%(words)s”. Visitors should choose by the purpose, not by pressure "
        "(EDPB 03/2022). Name the purpose plainly."
    ),
    "consent_by_silence": sentence(
        "“%(label)s” says “%(words)s”. To go on using a website is never a consent (EDPB "
        "05/2020). Ask for a yes or a no."
    ),
    "consent_mode_advanced": sentence(
        "Google’s tags load and send data before visitors have chosen (advanced Consent Mode). "
        "The law asks for consent first (ekomloven § 3-15). Choose the basic mode, or say why in "
        "the note when you publish."
    ),
    "consent_mode_without_google": sentence(
        "Google Consent Mode is on, but no service in the list uses it. Add the service, such as"
        " Google Analytics, or turn it off."
    ),
    "consent_needed": sentence(
        "The service %(part)s rests on something else than consent. What is not strictly "
        "necessary may only run with consent (ekomloven § 3-15). Choose consent."
    ),
    "consent_not_asked": sentence(
        "The necessary service %(part)s rests on consent, but nobody is asked about what is "
        "necessary. Choose another legal basis, or move it to an optional category."
    ),
    "contact_missing": sentence(
        "There is neither an e-mail address nor a contact page. Visitors must be able to reach "
        "you (GDPR article 13(1)(a)). Fill in one of them."
    ),
    "contrast_faint": sentence(
        "“%(label)s” is hard to tell from the background: the contrast is %(ratio)s:1 and should "
        "be 3:1 (WCAG 1.4.11). Choose a colour that stands out."
    ),
    "contrast_low": sentence(
        "“%(label)s” is hard to read: the contrast is %(ratio)s:1 and must be 4.5:1 (WCAG 1.4.3)."
        " Choose a darker or a lighter colour."
    ),
    "contrast_modest": sentence(
        "“%(label)s” could be easier to read: the contrast is %(ratio)s:1, and 5:1 is "
        "comfortable. Choose a darker or a lighter colour."
    ),
    "controller_missing": sentence(
        "The controller has no name. Visitors must know who asks for their consent (GDPR article "
        "13(1)(a)). Write the name of the business."
    ),
    "country_missing": sentence(
        "For the service %(part)s no country is stated. Visitors should know where their "
        "information goes. Choose the country."
    ),
    "data_missing": sentence(
        "It is not said which information %(part)s processes (missing in: %(languages)s). "
        "Visitors must know it before they choose (ekomloven § 3-15). Describe it."
    ),
    "direction_changed": sentence(
        "“%(label)s” has invisible signs that show it in another order. Visitors could read "
        "something else than what stands there. Write it again without them."
    ),
    "gpc_unheard": sentence(
        "Global Privacy Control is ignored: it is how browsers say no for their users. Turn it "
        "on, so that the no counts."
    ),
    "host_needed": sentence(
        "The service %(part)s loads from %(host)s, and so does a necessary service. Therefore it "
        "is not blocked. Add the path that tells them apart, as in www.google.com/maps."
    ),
    "labels_same": sentence(
        "The button that refuses reads like another button. Visitors must be able to tell them "
        "apart. Give it a text of its own."
    ),
    "labels_uneven": sentence(
        "The buttons differ much in length: %(refusal)s characters for no, %(acceptance)s for "
        "yes. A no must be as easy as a yes. Make them about equally long."
    ),
    "law_missing": sentence(
        "The processing “%(part)s” rests on a law that is not named. The law must be known (GDPR "
        "article 6(3)). Name it, with its section."
    ),
    "law_of_another_country": sentence(
        "The section names the Norwegian law on storage, but the controller is in %(country)s. "
        "Name the law that holds there."
    ),
    "legal_basis_missing": sentence(
        "The processing “%(part)s” has no legal basis. Without one it may not be done (GDPR "
        "articles 6 and 13(1)(c)). Choose the basis."
    ),
    "lifetime_missing": sentence(
        "“%(label)s” is not stated. Visitors must know how long something stays on their device "
        "(ekomloven § 3-15). Write it, or until the browser is closed."
    ),
    "logo_elsewhere": sentence(
        "The logo is fetched from %(host)s before visitors have chosen. That gives their IP "
        "address away. Put the image on your own website."
    ),
    "name_missing": sentence(
        "“%(label)s” is empty. Visitors must know who it is about (GDPR article 13(1)(e)). Write the name."
    ),
    "name_twice": sentence(
        "Two categories have the same name: %(part)s. Visitors cannot tell them apart. Give one "
        "of them another name."
    ),
    "necessary_reason_missing": sentence(
        "It is not said why the website needs %(part)s. Only what is strictly necessary may run "
        "without consent (ekomloven § 3-15). Write the reason."
    ),
    "nothing_to_ask": sentence(
        "There is nothing to ask visitors about: every optional category is hidden or removed. "
        "Show one, or leave the banner out of the website."
    ),
    "officer_unreachable": sentence(
        "The data protection officer has no e-mail address. Visitors must be able to contact the officer "
        "(GDPR article 13(1)(b)). Fill it in, or take the name out."
    ),
    "placeholder_missing": sentence(
        "“%(label)s” lacks {%(name)s}, which is filled in for visitors. Without it the sentence "
        "says too little. Put it back."
    ),
    "placeholder_unknown": sentence(
        "“%(label)s” has {%(name)s}, which nothing is filled in for. Visitors would read the "
        "braces. Take it out."
    ),
    "position_unfit": sentence(
        "The banner cannot stand there with this layout. Choose a position that the layout has."
    ),
    "privacy_link_missing": sentence(
        "The service %(part)s has no link to its provider’s privacy policy. Visitors need it to "
        "choose. Find the link at the foot of the provider’s website."
    ),
    "provider_missing": sentence(
        "The service %(part)s has no provider. Visitors must know who gets their information "
        "(GDPR article 13(1)(e)). Write the company’s name."
    ),
    "receipts_incomplete": sentence(
        "“%(label)s” is empty. Visitors can download a consent receipt in Kantara’s form, which "
        "needs it. Fill it in, unless you can do without that form."
    ),
    "redaction_off": sentence(
        "Click identifiers are sent to Google although visitors refused advertising. Turn on that"
        " they are taken out."
    ),
    "regions_open": sentence(
        "These countries are not in the list: %(countries)s. There, Google’s tags would start "
        "with everything allowed, though the law asks for consent. Add them."
    ),
    "representative_missing": sentence(
        "The controller is outside the EEA and names no representative there. Visitors must know who it "
        "is (GDPR articles 13(1)(a) and 27). Name one, unless article 27(2) says that none is needed."
    ),
    "representative_unreachable": sentence(
        "The representative has neither an e-mail address nor a postal address. Visitors must be able to "
        "reach it (GDPR article 13(1)(a)). Fill in one of them."
    ),
    "retention_elsewhere": sentence(
        "It is not said how long the provider of %(part)s keeps the information, so the notice refers to "
        "the provider’s privacy policy. Visitors must know the time (GDPR article 13(2)(a)). Write it if you "
        "find it there."
    ),
    "retention_missing": sentence(
        "It is not said how long the provider of %(part)s keeps the information, and there is no link to "
        "the provider’s privacy policy. Visitors must know the time (GDPR article 13(2)(a)). Write it."
    ),
    "section_hidden": sentence(
        "The section “%(part)s” is hidden, but a privacy notice must have it (GDPR article "
        "%(article)s). Show it."
    ),
    "section_own_in_some_languages": sentence(
        "The section “%(part)s” has your own words in one language, but the standard words in "
        "another: %(languages)s. Visitors read different notices. Write your own there too."
    ),
    "slots_used_up": sentence(
        "The category “%(part)s” is one too many for the visitors’ cookie. Use the key of a "
        "category that was removed."
    ),
    "storage_missing": sentence(
        "The service %(part)s names neither a cookie nor a host. Then visitors cannot know what "
        "it does, and nothing can be blocked. Add one of them."
    ),
    "text_missing": sentence(
        "“%(label)s” is empty. Visitors must be able to read it in every language of the banner. Write it."
    ),
    "text_untranslated": sentence(
        "“%(label)s” is not written in this language, so visitors read it in another one. "
        "Translate it, if your visitors need it."
    ),
    "tool_without_service": sentence(
        "%(tool)s gets the visitors’ choices, but is not among the services. Add the service, or turn it off."
    ),
    "tracker_as_necessary": sentence(
        "The service %(part)s is listed as necessary, but the catalog knows %(service)s there, "
        "which %(category)s. That is not strictly necessary (ekomloven § 3-15). Move it to an "
        "optional category."
    ),
    "transfer_basis_missing": sentence(
        "“%(part)s” sends information to %(country)s, outside the EEA and without an adequacy "
        "decision. Visitors must know what the transfer rests on (GDPR article 13(1)(f)). Choose "
        "it."
    ),
    "transfer_basis_uncertain": sentence(
        "“%(part)s” sends information to the United States, and it is not said on what that rests"
        " (GDPR article 13(1)(f)). If the recipient is certified, it is the Data Privacy "
        "Framework, else standard contractual clauses."
    ),
    "transfer_basis_unfit": sentence(
        "For “%(part)s”, the transfer to %(country)s rests on something that does not hold for "
        "that country (GDPR article 13(1)(f)). Choose another basis."
    ),
    "type_hidden": sentence(
        "“%(label)s” follows a hidden category. Nobody can allow it, so the tools never get a "
        "yes. Choose a category that visitors are asked about."
    ),
    "type_unmapped": sentence(
        "“%(label)s” follows no category, so the tools never get a yes to it. Choose the category"
        " that it belongs to."
    ),
    "unseen_in_name": sentence(
        "“%(label)s” has signs that cannot be seen. They could show it in another order, break the "
        "line or hide something. Take them out."
    ),
    "url_passthrough_on": sentence(
        "Click identifiers are carried from page to page in addresses. That follows visitors "
        "without a cookie, and without asking. Turn it off unless you need it."
    ),
    "validity_short": sentence(
        "Those who said yes are asked again after %(days)s days. Being asked often wears people "
        "down; six months is customary. Choose 182 days or more."
    ),
    "wait_long": sentence(
        "Google’s tags wait %(wait)s milliseconds for an answer on every page, until visitors "
        "have chosen. That makes pages slow. Choose 2,000 or less."
    ),
    "wait_short": sentence(
        "Google’s tags wait only %(wait)s milliseconds. If our script comes later, they do not "
        "know what the visitor chose before. Choose 500 or more."
    ),
}
"""Rule → what is said. `label` is the field as its form calls it, `part` the service or category it is in."""

_DOES = {
    "statistics": sentence("measures what visitors do"),
    "advertising": sentence("is for advertising"),
}
"""Category of a known tracker → what it does."""

_LAW = {
    "text_missing": sentence(
        "“%(label)s” is empty. Visitors have a right to know it, in every language of the banner "
        "(GDPR article %(article)s). Write it."
    ),
}
"""The same of rules that an article of the GDPR can ask for."""


def said(finding: Finding, document: Document) -> str:
    """The sentences of a finding, in the language of the reader."""
    places = {name: _in_words(name, value) for name, value in finding.places.items()}
    known = _LAW.get(finding.rule, "") if places.get("article") else ""
    english = known or SENTENCES.get(finding.rule)
    label = link_to(finding.field, document).label
    if english is None:
        return f"{label}: {finding.message}"
    return language.gettext(english, label=label, part=part_at(finding.field, document) or label, **places)


Known = Mapping[tuple[str, str], Finding]
"""Field and message → the finding that says it."""


def known_by(found: Iterable[Finding]) -> Known:
    """Findings by what an error that they are has of them."""
    return {(each.field, each.message): each for each in found}


def said_of(path: str, message: str, document: Document, known: Known) -> str:
    """The sentences of an error that is a finding of the document; of others, the translation."""
    finding = known.get((path, message))
    return said(finding, document) if finding else sentences.translated(message)


def errors_said(
    errors: Mapping[str, object], document: Document, found: Iterable[Finding]
) -> list[tuple[str, str]]:
    """The fields that stop a publication, as their forms call them, each with its sentences."""
    known = known_by(found)
    return [
        (link_to(path, document).label, said_of(path, str(message), document, known))
        for path, message in errors.items()
    ]


def _in_words(name: str, value: str | float) -> str:
    write = _PLACES.get(name)
    return write(str(value)) if write else value if isinstance(value, str) else language.number(value)


def _languages(codes: str) -> str:
    return _listed([language.language_name(code) for code in codes.split()])


def _countries(codes: str) -> str:
    return _listed([language.country_name(code) for code in codes.split()])


def _listed(words: list[str]) -> str:
    return str(format_list(words, locale=Locale.parse(language.current())))


_PLACES: Mapping[str, Callable[[str], str]] = {
    "article": language.article,
    "category": lambda category: language.gettext(_DOES[category]),
    "countries": _countries,
    "country": language.country_name,
    "languages": _languages,
    "ratio": lambda ratio: language.number(float(ratio), 2),
}
"""Place → how what was found is written; other words stay, and numbers are written as the language does."""
