"""The types for TypeScript say what the server's types say."""

import runpy
from pathlib import Path
from typing import Annotated, Any, Literal, NotRequired, TypedDict

DECLARATIONS = runpy.run_path(str(Path(__file__).parents[1] / "widget" / "declarations.py"))


class Leaf(TypedDict):
    """A leaf."""

    colour: Literal["green", "red"]


class Tree(TypedDict):
    """A tree."""

    leaves: Annotated[list[Leaf], "From the top."]
    heights: dict[str, int]
    top: NotRequired[tuple[str, Leaf | str]]


def written(*, readonly: bool) -> list[str]:
    text: Any = DECLARATIONS["declarations"]("// Trees.", Tree, readonly=readonly)
    return [line for line in text.splitlines() if line]


def test_what_is_read_has_interfaces_whose_members_cannot_be_changed() -> None:
    assert written(readonly=True) == [
        "// Trees.",
        "/** A leaf. */",
        "export interface Leaf {",
        '  readonly colour: "green" | "red";',
        "}",
        "/** A tree. */",
        "export interface Tree {",
        "  /** From the top. */",
        "  readonly leaves: ReadonlyArray<Leaf>;",
        "  readonly heights: Readonly<Record<string, number>>;",
        "  readonly top?: readonly [string, Leaf | string];",
        "}",
    ]


def test_what_is_edited_has_interfaces_whose_members_can_be_changed() -> None:
    assert [line for line in written(readonly=False) if "eadonly" in line] == []
    assert "  leaves: Array<Leaf>;" in written(readonly=False)


def test_the_widget_and_those_who_script_banners_get_a_file_each() -> None:
    files = DECLARATIONS["files"]()
    assert "export interface Configuration {" in files["configuration.d.ts"]
    assert "export interface BannerDocument {" in files["banner-document.d.ts"]
