"""A site as the text of a file: equal sites have equal bytes."""

import json
from collections.abc import Mapping
from typing import Any, Literal

Format = Literal["yaml", "json"]


def text(content: Mapping[str, Any], form: Format) -> str:
    """What the file of a site holds, whatever the order in which its keys came."""
    from server.sites.site_content import KEYS, ordered

    content = {name: content[name] for name in KEYS if name in content}
    content["banner"] = ordered(content["banner"])
    if form == "json":
        return json.dumps(content, ensure_ascii=False, allow_nan=False, indent=2) + "\n"
    from server.core.strict_yaml import yaml_text

    return yaml_text(content)
