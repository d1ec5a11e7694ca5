"""What the wheel carries besides the code: templates, static files and the built widget."""

from pathlib import Path
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SHIPPED = {"templates": "server/templates", "static": "server/static", "widget/dist": "server/embed/bundle"}
"""Folder of the checkout → its place in the wheel."""

BUILT = ("widget/dist/widget.js", "static/dist", "server/studio/translations/nb/LC_MESSAGES/messages.mo")
"""What `make assets` makes."""

LEFT_OUT = {
    "configuration.d.ts",
    "node_modules",
    "package.json",
    "package-lock.json",
    "build.mjs",
    ".npmrc",
    "tsconfig.json",
    ".built",
}


class AssetsHook(BuildHookInterface[BuilderConfig]):
    """Adds the folders to a wheel; an editable install finds them in the checkout."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name every file, or say what was not built."""
        if version == "editable":
            return
        root = Path(self.root)
        for built in BUILT:
            if not (root / built).exists():
                raise FileNotFoundError(f"{built} has not been built: run `make assets` first")
        for source, target in SHIPPED.items():
            for file in (root / source).rglob("*"):
                inside = file.relative_to(root / source)
                if file.is_file() and LEFT_OUT.isdisjoint(inside.parts):
                    build_data["force_include"][str(file)] = f"{target}/{inside}"
