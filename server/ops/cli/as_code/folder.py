"""A folder with a file for each site, read as a whole: every fault of every file is named at once.

Files may come from a pull request of a stranger, and their names with them: nothing outside of the folder is
read, and nothing that is not a plain file of reasonable size.
"""

import codecs
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from server.core.errors import DomainError, Malformed
from server.core.strict_json import strict_json
from server.core.strict_yaml import NotYaml, strict_yaml
from server.sites.values import KEY

LARGEST = 1024 * 1024
"""Most bytes of a file; of what a server reads of a request, too."""

SUFFIXES = (".yaml", ".yml", ".json")
"""How the names of files end that are read; others in the folder are left alone."""


@dataclass(frozen=True)
class SiteFile:
    """The file of a site, as it was read."""

    path: Path
    key: str
    value: Any
    lines: Mapping[str, int]
    """Path of a value → its line, where that is known."""

    def fault(self, field: str, wrong: object) -> "Fault":
        """A fault in a field, with the line of the field or of the nearest one around it."""
        place = field
        while place not in self.lines and "." in place:
            place = place.rpartition(".")[0]
        return Fault(self.path, self.lines.get(place), field, str(wrong))


@dataclass(frozen=True)
class Fault:
    """What is wrong in a file."""

    path: Path
    line: int | None
    field: str
    """Empty: the file as a whole."""
    wrong: str

    def __str__(self) -> str:
        where = f"{self.path}:{self.line}" if self.line else str(self.path)
        sentence = self.wrong if self.wrong.endswith(".") else f"{self.wrong}."
        return f"{where}: {self.field}: {sentence}" if self.field else f"{where}: {sentence}"


@dataclass(frozen=True)
class Folder:
    """What is in a folder."""

    files: tuple[SiteFile, ...]
    """By key."""
    faults: tuple[Fault, ...]


def read(folder: Path) -> Folder:
    """Read each file of a folder.

    :raises Malformed: it is no folder, or has no file of a site.
    :raises OSError: it cannot be listed.
    """
    if not folder.is_dir():
        raise Malformed(f"{folder} is not a folder")
    files: dict[str, SiteFile] = {}
    faults: list[Fault] = []
    named = sorted(entry for entry in folder.iterdir() if _is_named_so(entry))
    if not named:
        raise Malformed(f"{folder} has no file of a site, whose name ends with {', '.join(SUFFIXES)}")
    for path in named:
        try:
            found = _file(path, folder)
        except _Refused as fault:
            faults.append(Fault(path, fault.line, fault.field, fault.wrong))
            continue
        if found.key in files:
            faults.append(found.fault("key", f"is {found.key}, which {files[found.key].path.name} is, too"))
        else:
            files[found.key] = found
    return Folder(tuple(files[key] for key in sorted(files)), tuple(faults))


class _Refused(Exception):
    """A file cannot be used."""

    def __init__(self, wrong: str, *, line: int | None = None, field: str = "") -> None:
        super().__init__(wrong)
        self.wrong = wrong
        self.line = line
        self.field = field


def _is_named_so(entry: Path) -> bool:
    return entry.suffix.lower() in SUFFIXES and not entry.name.startswith(".")


def _file(path: Path, folder: Path) -> SiteFile:
    text = _text(path, folder)
    value, lines = _json(text) if path.suffix.lower() == ".json" else _yaml(text)
    if not isinstance(value, Mapping):
        raise _Refused("is not an object with the settings of a site, such as name and domains", line=1)
    key = value.get("key", path.stem)
    if not isinstance(key, str) or not KEY.fullmatch(key):
        where = "" if "key" in value else ": name the file for the site, or write its key into it"
        raise _Refused(f"is not 2 to 40 of a-z, 0-9 and -{where}", line=lines.get("key"), field="key")
    return SiteFile(path, key, value, lines)


def _text(path: Path, folder: Path) -> str:
    try:
        target = path.resolve()
    except (OSError, RuntimeError) as fault:  # the latter until Python 3.13
        raise _Refused("is a link that leads to itself") from fault
    if not target.is_relative_to(folder.resolve()):
        raise _Refused("is a link that leads out of the folder")
    try:
        # Not blocking: a pipe without a writer would be waited for.
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as opened:  # noqa: PTH123 - with a flag
            if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
                raise _Refused("is not a plain file")
            raw = opened.read(LARGEST + 1)
    except OSError as fault:
        raise _Refused(f"cannot be read: {fault.strerror}") from fault
    if len(raw) > LARGEST:
        raise _Refused(f"is larger than {LARGEST // 1024} KiB")
    try:
        return raw.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError as fault:
        raise _Refused("is not UTF-8", line=raw.count(b"\n", 0, fault.start) + 1) from fault


def _yaml(text: str) -> tuple[Any, Mapping[str, int]]:
    try:
        parsed = strict_yaml(text)
    except NotYaml as fault:
        raise _Refused(fault.message, line=fault.line) from fault
    return parsed.value, parsed.lines


def _json(text: str) -> tuple[Any, Mapping[str, int]]:
    try:
        value = strict_json(text.encode())
    except DomainError as fault:
        raise _Refused(fault.message.replace("the body", "the text")) from fault
    try:
        # JSON is YAML as well, and the reader of that knows lines.
        return value, strict_yaml(text).lines
    except NotYaml:
        return value, {}


def faults_of(file: SiteFile, fault: DomainError) -> Iterator[Fault]:
    """What is wrong with a file, as its fields say, or the sentence if none is named."""
    if not fault.errors:
        yield Fault(file.path, None, "", fault.message)
    for field, wrong in fault.errors.items():
        yield file.fault(field, wrong)
