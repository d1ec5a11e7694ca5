"""Links from the documentation to the repository: checked against the checkout, and shown as file names."""

import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
_LINK = re.compile(r"\[([^\]]+)\]\(((?:\.\./)+[^)#]+)(#[^)]*)?\)")


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """Replace links out of `docs/` by the file's name as code.

    :raises FileNotFoundError: the repository has no such file.
    """
    here = Path(page.file.abs_src_path).parent

    def named(match: re.Match[str]) -> str:
        target = (here / match[2]).resolve()
        if target.is_relative_to(ROOT / "docs"):
            return match[0]
        if not target.exists():
            raise FileNotFoundError(f"{page.file.src_uri} links to {match[2]}, which does not exist")
        label = match[1].strip("`")
        place = str(target.relative_to(ROOT))
        return f"`{place}`" if label in place else f"{label} (`{place}`)"

    return _LINK.sub(named, markdown)
