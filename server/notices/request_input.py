"""What is typed into the form for requests, checked. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from werkzeug.datastructures import MultiDict

from server.core.email_addresses import email_address
from server.core.plain_text import prose
from server.notices import request_rules

FIELDS = ("kind", "name", "email", "message")


@dataclass(frozen=True)
class Typed:
    """What was typed into the form, and what is wrong with it."""

    values: Mapping[str, str]
    errors: Mapping[str, str] = field(default_factory=dict)
    """Field → key of the sentence in the words of the page."""


def checked(form: MultiDict[str, str]) -> Typed:
    """What was typed, made ready to be stored; a value with an error stays as it was typed."""
    values = {name: form.get(name, "") for name in FIELDS}
    errors = {name: "twice" for name in FIELDS if len(form.getlist(name)) > 1}
    if values["kind"] not in request_rules.KINDS:
        errors.setdefault("kind", "kind")
    name = " ".join(prose(values["name"]).split())
    if len(name) > request_rules.LONGEST_NAME:
        errors.setdefault("name", "name")
    email = email_address(values["email"])
    if email is None:
        errors.setdefault("email", "email" if values["email"].strip() else "email_missing")
    message = prose(values["message"])
    if len(message) > request_rules.LONGEST_MESSAGE:
        errors.setdefault("message", "message")
    ready = {**values, "name": name, "email": email or values["email"], "message": message}
    return Typed(ready, errors)
