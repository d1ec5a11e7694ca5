"""The tag, and marked examples, in HTML. Pure."""

import json
import re
from collections.abc import Mapping
from html import escape

from server.studio.installation.snippets.website import Waiting, Website

_TAG_END = re.compile(r"(</\w+>)(?=<)")
_MARK = re.compile(r'data-consent="[a-z0-9_]*"')


def snippets(website: Website) -> Mapping[str, str]:
    """The code for a page whose HTML one writes, and for builders that take HTML for the head."""
    return {"tag": tag(website), "csp": content_security_policy(website), "link": link(website)}


def tag(website: Website) -> str:
    """The script tag, pinned to its bytes if the website's is."""
    lines = [f'<script src="{escape(website.address)}"']
    if website.integrity:
        lines += [f'integrity="{escape(website.integrity)}"', 'crossorigin="anonymous"']
    return "\n        ".join(lines) + "></script>"


def link(website: Website) -> str:
    """A link that opens the settings."""
    return f'<a href="#" data-consent-open>{escape(website.way_back)}</a>'


def content_security_policy(website: Website) -> str:
    """What a Content-Security-Policy of the website has to allow."""
    return f"script-src {website.server}; connect-src {website.server}"


def examples(website: Website) -> tuple[tuple[str, str], ...]:
    """Name of each service that waits, and its code, marked; if there is none, one without a name."""
    return tuple((each.name, marked(each)) for each in website.examples)


def marked(service: Waiting) -> str:
    """A service's code, marked with the category and the key that it has on the website."""
    marks = f'data-consent="{escape(service.category)}"'
    if service.key:
        marks += f' data-consent-service="{escape(service.key)}"'
    if service.marking:
        own = _MARK.sub(lambda _: marks, service.marking)
        return _TAG_END.sub(r"\1\n", own)
    address = f"https://{service.hosts[0].removeprefix('*.')}/…" if service.hosts else "https://…"
    return f'<script type="text/plain" {marks}\n        src="{escape(address)}"></script>'


def comment(text: str) -> str:
    """A name for a comment of any language: signs that could end one, or are not seen, are left out."""
    plain = "".join(sign if sign.isalnum() or sign in " .,&'()+/-" else " " for sign in text)
    return re.sub(r"-{2,}|/{2,}", " ", re.sub(r"\s+", " ", plain)).strip()


def script_string(text: str) -> str:
    """A string of JavaScript, which ends neither a script element nor a template of another language."""
    written = json.dumps(text, ensure_ascii=False)
    for sign in "<>&{}\u2028\u2029":
        written = written.replace(sign, f"\\u{ord(sign):04x}")
    return written
