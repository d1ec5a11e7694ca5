"""Made-up services to test with."""

from typing import Any

from server.catalog.values import Service, Source, Storage, Texts

WORDS = Texts("Teller besøk.", "Tel besøk.", "Counts visits.")


def made_up(key: str, category: str = "statistics", **changes: Any) -> Service:
    """A service that counts visits, unless the changes say otherwise."""
    complete: dict[str, Any] = {
        "key": key,
        "name": key.title(),
        "use": "analytics",
        "category": category,
        "category_reason": WORDS,
        "legal_basis": "contract" if category == "necessary" else "consent",
        "purpose": WORDS,
        "what_it_does": WORDS,
        "sources": (Source("https://counter.example/cookies", ("purpose", "storage", "hosts")),),
        "reviewed": "2026-11-29",
        "confidence": "high",
    }
    return Service(**{**complete, **changes})


def stored(name: str, **changes: Any) -> Storage:
    """A cookie of the website itself."""
    complete: dict[str, Any] = {"name": name, "kind": "cookie", "purpose": WORDS}
    return Storage(**{**complete, **changes})
