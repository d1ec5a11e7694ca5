"""The lock files are complete: nothing is left for an installer to resolve, on any machine that is supported.

A package that is installed with an extra (`coverage[toml]`) makes pip look past a lock for newer releases, so
`make` installs exactly the lock (`--no-deps`). That is right only where the lock holds everything.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import Distribution, distributions
from itertools import product
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
LOCKS = {"run.txt": ("build",), "test.txt": ("build", "test")}
"""Each lock file, and the dependency groups that it holds beside the product's own dependencies."""

ENVIRONMENTS = [
    {
        "python_version": python,
        "python_full_version": f"{python}.{patch}",
        "implementation_name": "cpython",
        "implementation_version": f"{python}.{patch}",
        "platform_python_implementation": "CPython",
        "os_name": "posix",
        "sys_platform": platform,
        "platform_system": {"linux": "Linux", "darwin": "Darwin"}[platform],
        "platform_machine": machine,
        "platform_release": "",
        "platform_version": "",
    }
    for python, patch, (platform, machine) in product(
        ("3.11", "3.12", "3.13", "3.14"),
        (0, 9),
        (("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "x86_64"), ("darwin", "arm64")),
    )
]


@dataclass(frozen=True)
class Locked:
    """One line of a lock file with the hashes that belong to it."""

    name: str
    version: str
    marker: Marker | None
    hashes: int

    def applies(self, environment: Mapping[str, str]) -> bool:
        return self.marker is None or self.marker.evaluate(dict(environment))


def _read_lock(name: str) -> list[Locked]:
    entries = re.split(r"(?m)^(?=[a-z0-9])", (ROOT / "requirements" / name).read_text("utf-8"))[1:]
    locked = []
    for entry in entries:
        requirement = Requirement(entry.split("\\\n")[0])
        (pin,) = requirement.specifier
        assert pin.operator == "=="
        hashes = entry.count("--hash=sha256:")
        locked.append(Locked(canonicalize_name(requirement.name), pin.version, requirement.marker, hashes))
    return locked


def _installed() -> dict[tuple[str, str], Distribution]:
    return {(canonicalize_name(each.name), each.version): each for each in distributions()}


def _roots(lock: str) -> list[Requirement]:
    groups = PROJECT["dependency-groups"]
    written = PROJECT["project"]["dependencies"] + [line for group in LOCKS[lock] for line in groups[group]]
    return [Requirement(line) for line in written]


def _missing(
    lock: list[Locked],
    roots: list[Requirement],
    environment: Mapping[str, str],
    known: Mapping[tuple[str, str], Distribution],
) -> Iterator[str]:
    """What is required in this environment and not met inside the lock."""
    here = {each.name: each for each in lock if each.applies(environment)}
    waiting = [("the project", "", requirement) for requirement in roots]
    seen = set()
    while waiting:
        parent, of_extra, requirement = waiting.pop()
        if requirement.marker and not requirement.marker.evaluate({**environment, "extra": of_extra}):
            continue
        name = canonicalize_name(requirement.name)
        found = here.get(name)
        if found is None or not requirement.specifier.contains(found.version, prereleases=True):
            yield f"{parent} requires {requirement}; locked: {found}"
            continue
        for extra in ("", *requirement.extras):
            distribution = known.get((name, found.version))
            if (name, extra) in seen or distribution is None:
                continue
            seen.add((name, extra))
            waiting += [(name, extra, requirement) for requirement in _requirements_of(distribution)]


@cache
def _requirements_of(distribution: Distribution) -> list[Requirement]:
    return [Requirement(line) for line in distribution.requires or ()]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_of_a_locked_package_is_met_inside_the_lock(lock: str) -> None:
    known, locked, roots = _installed(), _read_lock(lock), _roots(lock)
    missing = {fault for environment in ENVIRONMENTS for fault in _missing(locked, roots, environment, known)}
    assert missing == set()


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_that_a_lock_has_for_this_machine_is_installed_in_that_version(lock: str) -> None:
    """So that the test above has read the metadata of them all."""
    known = _installed()
    absent = [
        each.name
        for each in _read_lock(lock)
        if (each.marker is None or each.marker.evaluate()) and (each.name, each.version) not in known
    ]
    assert absent == []


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_hashes(lock: str) -> None:
    assert [each.name for each in _read_lock(lock) if not each.hashes] == []


def test_the_locks_agree_on_every_version() -> None:
    for environment in ENVIRONMENTS:
        run, test = (
            {each.name: each.version for each in _read_lock(lock) if each.applies(environment)}
            for lock in LOCKS
        )
        assert {name: test.get(name) for name in run} == run


def test_a_requirement_that_the_lock_lacks_is_found() -> None:
    known = _installed()
    without = [each for each in _read_lock("test.txt") if each.name != "coverage"]
    faults = list(_missing(without, _roots("test.txt"), ENVIRONMENTS[0], known))
    assert any("coverage[toml]" in fault for fault in faults)


def test_lock_files_name_no_place_to_download_from() -> None:
    files = [*(ROOT / "requirements").glob("*.txt"), *ROOT.glob("*/package-lock.json")]
    assert len(files) == 5
    assert [
        file.name
        for file in files
        if re.search(
            r"https?://[^\s\"]*\.(whl|tgz|tar\.gz)|--(extra-)?index-url|--find-links", file.read_text("utf-8")
        )
    ] == []
