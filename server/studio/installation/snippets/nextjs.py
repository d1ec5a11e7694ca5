"""Next.js with the App Router: the tag in the root layout, and a component for what waits. Pure.

The tag is a plain element: `next/script` with `beforeInteractive` only queues an address in the App Router,
so that other scripts in the head come first. React keeps a script without `async` where it is written.
"""

import json
import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser

from server.studio.installation.snippets.markup import comment, content_security_policy, marked
from server.studio.installation.snippets.website import Waiting, Website

_LAYOUT = """import type {{ ReactNode }} from "react";

export default function RootLayout({{ children }}: {{ children: ReactNode }}) {{
  return (
    <html lang={language}>
      <head>
        {tag}
      </head>
      <body>{{children}}</body>
    </html>
  );
}}
"""

_COMPONENT = """"use client";
import Script from "next/script";
import {{ Consented }} from "./consent";

/** What waits for consent; put it into the body of app/layout.tsx. */
export function WaitingScripts() {{
  return (
    <>
{scripts}
    </>
  );
}}
"""

_PLAIN = re.compile(r"[A-Za-z0-9 :/._?=#%,;+@~-]*")


def snippets(website: Website) -> Mapping[str, str]:
    """The layout, the component for scripts, the frames, and a link to the settings."""
    found = [(each, _elements(each)) for each in website.examples]
    scripts = [(each, [one for one in parts if one[0] == "script"]) for each, parts in found]
    made = {
        "layout": _LAYOUT.format(language=_value(website.language), tag=_tag(website)),
        "link": f'<a href="#" data-consent-open="">{_text(website.way_back)}</a>',
        "csp": content_security_policy(website),
    }
    if lines := [line for each, parts in scripts if parts for line in _waiting(each, parts)]:
        made["component"] = _COMPONENT.format(scripts="\n".join(lines))
    if framed := [marked(each) for each, parts in found if any(one[0] != "script" for one in parts)]:
        # The banner puts a placeholder beside a frame. React looks at nothing inside of such an element.
        made["frames"] = "\n".join(
            f"<div suppressHydrationWarning dangerouslySetInnerHTML={{{{ __html: {_string(html)} }}}} />"
            for html in framed
        )
    return made


_Element = tuple[str, dict[str, str], str]
"""Name, attributes and text of an element."""


def _tag(website: Website) -> str:
    attributes = {"src": website.address}
    if website.integrity:
        attributes |= {"integrity": website.integrity, "crossOrigin": "anonymous"}
    return f"<script{_attributes(attributes)} />"


def _waiting(service: Waiting, scripts: list[_Element]) -> Iterator[str]:
    if name := comment(service.name):
        yield f"      {{/* {name} */}}"
    yield f"      <Consented to={_value(service.key or service.category)}>"
    for number, (_, attributes, text) in enumerate(scripts, 1):
        if "src" in attributes:
            yield f"        <Script{_attributes({'src': attributes['src']})} />"
        else:
            name = _value(f"{service.key or 'example'}-{number}")
            yield f"        <Script id={name}>{{{_string(text)}}}</Script>"
    yield "      </Consented>"


def _attributes(attributes: Mapping[str, str]) -> str:
    return "".join(f" {name}={_value(value)}" for name, value in attributes.items())


def _value(text: str) -> str:
    """The value of an attribute of JSX."""
    return f'"{text}"' if _PLAIN.fullmatch(text) else f"{{{_string(text)}}}"


def _text(text: str) -> str:
    return text if re.fullmatch(r"[\w ,.]*", text) else f"{{{_string(text)}}}"


def _string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _elements(service: Waiting) -> list[_Element]:
    reader = _Reader()
    reader.feed(marked(service))
    reader.close()
    return reader.found


class _Reader(HTMLParser):
    """The elements of a marked example."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[_Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}, ""))

    def handle_data(self, data: str) -> None:
        if self.found and self.found[-1][0] == "script" and data.strip():
            name, attributes, text = self.found[-1]
            self.found[-1] = (name, attributes, text + data)
