"""The files of the catalog, read once."""

import functools
import importlib.resources
from collections.abc import Mapping
from types import MappingProxyType

from server.catalog import reading, rules
from server.catalog.values import Service
from server.core.errors import Invalid
from server.core.strict_json import strict_json

FOLDER = importlib.resources.files("server.catalog") / "data"
"""Where each service has its file, `<key>.json`."""


@functools.cache
def services() -> Mapping[str, Service]:
    """All services by key, in the order of their names.

    :raises Invalid: a file is not as it should be. A test walks all of them, so that no release has one.
    """
    found = sorted(file.name for file in FOLDER.iterdir() if file.name.endswith(".json"))
    made = [checked(strict_json((FOLDER / name).read_bytes())) for name in found]
    for name, service in zip(found, made, strict=True):
        if name != f"{service.key}.json":
            raise Invalid(f"{name} has the key {service.key}", errors={"key": f"is not {name[:-5]}"})
    made.sort(key=lambda each: each.name.casefold())
    return MappingProxyType({each.key: each for each in made})


def checked(value: object) -> Service:
    """The service that a file says, if everything is as it should be.

    :raises Invalid: `errors` names each field that is wrong.
    """
    service = reading.read(value)
    errors: dict[str, object] = {}
    for field, fault in rules.faults(service):
        errors[field] = f"{errors[field]}; {fault}" if field in errors else fault
    if errors:
        field, sentence = next(iter(errors.items()))
        raise Invalid(f"the service cannot be used: {field} {sentence}", errors=errors)
    return service
