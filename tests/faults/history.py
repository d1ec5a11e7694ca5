"""History is altered behind the product's back, and the check or the mirror finds it every time.

Each try takes a fresh copy of a log of three days, changes one thing in the database, and looks whether
`samtykke log fsck` names a fault, or a mirror elsewhere a contradiction. The last is for the mirror
alone: the operator himself rebuilds the whole log, with its key, and rewrites his own copies.
"""

import random
import shutil
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from server.core.db import db
from server.ledger.service import checkpoints, verification
from server.ops import fsck
from tests.faults.attacks import ATTACKS, Scene
from tests.faults.figures import Figure, everything, nothing
from tests.faults.product import product
from tests.faults.three_days import DAYS, FIRST_DAY, build, mirror, mirror_of

TRIES = 270
SEED = 20261122


def run() -> Iterator[Figure | str]:
    """Try each attack several times, each time on other rows."""
    chance = random.Random(SEED)
    with tempfile.TemporaryDirectory() as scratch:
        original = Path(scratch) / "original"
        with product(original, migrated=False) as app:
            build(app, per_day=120)
        sound = 0
        missed: list[str] = []
        rounds = -(-TRIES // len(ATTACKS))
        yield f"seed {SEED}, SQLite, {len(ATTACKS)} attacks, {rounds} times each, on a log of {DAYS} days"
        for number in range(rounds):
            for attack in ATTACKS:
                copy = Path(scratch) / f"try-{number}"
                shutil.copytree(original, copy)
                with product(copy):
                    sound += number > 0 or not found(copy, mirror_of(original))
                    attack(Scene(copy, chance))
                    db.session.remove()
                    if not found(copy, mirror_of(original)):
                        missed.append(attack.__name__[1:])
                shutil.rmtree(copy)
    tries = rounds * len(ATTACKS)
    yield everything("altered histories that were found", tries - len(missed), tries)
    yield nothing("histories that are as they were, called altered", tries - sound, tries)
    for name in sorted(set(missed)):
        yield f"missed: {name}"


def found(folder: Path, mirrored: Path) -> str:
    """What the check or the mirror says is wrong; empty when nothing is."""
    try:
        fsck.check(folder)
    except verification.Fault as fault:
        return str(fault)
    copy = folder / "mirrored"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(mirrored, copy)
    try:
        mirror(copy, FIRST_DAY + timedelta(days=DAYS))
    except checkpoints.Contradiction as contradiction:
        return str(contradiction)
    finally:
        shutil.rmtree(copy)
        db.session.rollback()
    return ""
