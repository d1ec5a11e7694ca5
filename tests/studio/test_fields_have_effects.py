"""No field of the editor does nothing: what is in it reaches visitors, or the record of processing."""

import copy
from datetime import date, timedelta
from typing import Any

import pytest

from server.embed import service as embed
from server.notices import declaration, notice, parties
from server.notices.notice_context import Circumstances
from server.sites import service as sites
from server.sites.document_types import Document
from server.studio.draft import form_binding
from tests.notices.test_processing_record import record
from tests.studio.test_editor_languages import whole_document

ABOUT = Circumstances(date(2026, 11, 28), timedelta(days=365), {})
DOMAINS = ["www.butikken.no"]
ELSEWHERE = {
    "behaviour.impressions": "a preview sends nothing: tests/embed and tests/audience",
    "controller.time_zone": "the days of figures and of the register: tests/studio/test_banner.py",
}
"""Field → where it is tested what it does."""

OTHER: dict[str, Any] = {
    "category": "functional",
    "consent_mode": "basic",
    "cookie_domain": "site",
    "country": "GB",
    "font": "serif",
    "kind": "local_storage",
    "layout": "box",
    "lifetime": "P7M",
    "organisation_number": "923609016",
    "position": "top",
    "radius": 3,
    "refusal_days": 190,
    "regions": ["NO"],
    "retention": "P7M",
    "role": "recipient",
    "scheme": "dark",
    "settings": "sheet",
    "size": "large",
    "transfer_basis": "binding_corporate_rules",
}
"""Key of a field → a value that it does not have in `full()`."""


def full() -> Any:
    """A document in which everything is filled in that belongs together."""
    document = whole_document()
    every = dict.fromkeys(document["texts"], "Noe")
    agreed = {"country": "US", "transfer_basis": "standard_contractual_clauses"}
    service = document["services"][-1]
    service |= {**agreed, "provider": "P AS", "retention": "P1Y", "hosts": ["a.example"], "data": every}
    service |= {"purpose": every, "shared_with": ["X AS"], "privacy_link": "https://a.example/p"}
    service |= {"processor_agreement": "https://a.example/a"}
    service["cookies"][0] |= {"purpose": every, "host": ".a.example"}
    needed = {"key": "needed", "category": "necessary", "legal_basis": "contract", "necessary_reason": every}
    document["services"].append({**copy.deepcopy(service), **needed, "hosts": ["b.example"]})
    texts = dict.fromkeys(("name", "purpose", "data", "subjects", "interests", "sources", "retention"), every)
    document["notice"]["activities"][0] |= {**agreed, **texts, "recipients": ["R AS"]}
    document["notice"]["activities"][0]["legal_basis"] = "legitimate_interests"
    document["notice"]["processors"][0] |= {**agreed, "purpose": every, "sub_processors": ["S AS"]}
    document["notice"]["processors"][0] |= {
        "agreement": "https://a.example/a",
        "privacy_link": "https://a.no",
    }
    document["behaviour"] |= {"consent_mode": "advanced", "floating_button": True}
    document["behaviour"]["tools"] = dict.fromkeys(document["behaviour"]["tools"], True)
    document["controller"] |= {"name": "Butikken AS", "address": "Gata 1", "country": "NO"}
    return sites.validate(document)


def published(document: Document) -> str:
    """What visitors and the record get: banner, settings, notice, declaration, record."""
    banner = embed.preview(document, "nb", public_url="https://samtykke.example")
    pages = notice.composed(document, DOMAINS, "nb", ABOUT), declaration.declared(document, DOMAINS, "nb")
    whole = banner, pages, parties.parties(document, {}), record(document, "nb")
    return repr(whole).replace("\\\\", "\\")


def fields(document: Document) -> dict[str, Any]:
    """Fields that the editor shows, of one language, of the parts that staff enter → path."""
    names = form_binding.fields_of(document, *((root,) for root in document))
    others = {code for code in document["texts"] if code != "nb"}
    return {
        name: path
        for name, path in names.items()
        if not others & set(path)
        and name not in ELSEWHERE
        # The service of the product itself is filled in.
        and not name.startswith("services.samtykke.")
        # Shown of what is necessary alone, and of services that store nothing yet.
        and not (name.startswith("services.hotjar.") and "necessary_reason" in name)
        and not name.endswith(".stores_nothing")
    }


def _is_free(name: str, path: tuple[Any, ...], value: Any) -> bool:
    """Whether a field takes any words."""
    if "nb" in path:
        return True
    closed = {*OTHER, "default_language", "legal_basis", "host", "email"}
    return isinstance(value, str) and not {"colours", "mapping"} & set(path) and path[-1] not in closed


def test_every_text_that_is_typed_is_read_somewhere() -> None:
    document = full()
    marked, marks = copy.deepcopy(document), {}
    for number, (name, path) in enumerate(fields(document).items()):
        if _is_free(name, path, form_binding.value_at(document, path)):
            key = name.rpartition(".")[2]
            word = f"qz{number}zq"
            is_link = key in ("privacy_link", "processor_agreement", "agreement", "url", "logo")
            parent = form_binding.value_at(marked, path[:-1])
            parent[path[-1]] = marks[name] = f"https://{word}.example" if is_link else word
    assert len(marks) > 120
    found = published(sites.validate(marked))

    assert [name for name, word in marks.items() if word not in found] == []


def _changed(document: Document, name: str, path: tuple[Any, ...]) -> Document:
    edited = copy.deepcopy(document)
    value = form_binding.value_at(document, path)
    key = str(path[-1])
    if isinstance(value, bool):
        new: Any = not value
    elif isinstance(value, int) and key not in OTHER:
        new = value - 1
    elif "colours" in name:
        new = "#123456"
    elif "mapping" in name:
        new = "functional" if value != "functional" else "statistics"
    elif key == "legal_basis":
        new = "contract" if value != "contract" else "legal_obligation"
    elif key in ("host", "email"):
        new = {"host": ".q.example", "email": "q@q.no"}[key]
    elif key == "default_language":
        new = "en"
    elif isinstance(value, list | tuple) and key != "regions":
        new = ["q.example"]
    else:
        new = OTHER[key]
    form_binding.value_at(edited, path[:-1])[path[-1]] = new
    return sites.validate(edited)


@pytest.mark.parametrize("root", ["appearance", "behaviour", "controller", "notice", "services"])
def test_every_choice_that_is_made_changes_something(root: str) -> None:
    document = full()
    before = published(document)
    chosen = {
        name: path
        for name, path in fields(document).items()
        if path[0] == root
        and not _is_free(name, path, form_binding.value_at(document, path))
        # Of two services with the same fields, one is enough; of what is necessary, the basis is another.
        and not (name.startswith("services.needed.") and not name.endswith("legal_basis"))
        and not name.startswith("services.hotjar.legal_basis")
    }
    assert chosen
    assert [
        name for name, path in chosen.items() if published(_changed(document, name, path)) == before
    ] == []
