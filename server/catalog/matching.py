"""Whether a host, an address or a cookie is one of a service's. Pure."""

import functools
import re
from fnmatch import translate


def host_matches(pattern: str, place: str) -> bool:
    """Whether a place is covered by a host of the catalog.

    :param pattern: a host, perhaps with `*.` in front and the beginning of a path: `www.google.com/maps`
    :param place: a host, perhaps with a path. Without one it matches only hosts without a path: that
        `www.google.com` is loaded says nothing of maps.
    """
    host, _, path = pattern.partition("/")
    asked_host, _, asked_path = place.partition("/")
    asked_host = asked_host.lower().rstrip(".")
    same_host = asked_host.endswith(host[1:]) if host.startswith("*.") else asked_host == host
    return same_host and (not path or f"{asked_path}/".startswith(f"{path}/"))


def name_matches(pattern: str, name: str) -> bool:
    """Whether a cookie or key is covered by a name of the catalog.

    :param name: a name, or a pattern itself, such as `_ga_*`, which is covered if all it stands for is
    """
    return name == pattern or ("*" in pattern and compiled(pattern).fullmatch(name) is not None)


@functools.lru_cache(maxsize=4096)
def compiled(pattern: str) -> re.Pattern[str]:
    """A name as an expression that matches all it stands for; only its stars are special."""
    # That of the standard library takes no longer for many stars.
    return re.compile(translate(pattern.replace("[", "[[]").replace("?", "[?]")))


def fixed_characters(pattern: str) -> int:
    """How many characters of a name are given, and not left to a star."""
    return len(pattern.replace("*", ""))
