"""The code that a page of the studio shows, as somebody would copy it."""

from html.parser import HTMLParser


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "code" and (name := dict(attrs).get("id")):
            self._inside = name
            self.found[name] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "code":
            self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.found[self._inside] += data


def code_blocks(page: str) -> dict[str, str]:
    """Id → text of each piece of code."""
    reader = _Reader()
    reader.feed(page)
    return reader.found
