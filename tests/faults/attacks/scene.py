"""Where an attack takes place: a database that is changed as somebody would by hand."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from server.core.db import db


@dataclass
class Scene:
    """The database of one try, and chance."""

    folder: Path
    chance: random.Random

    def __call__(self, statement: str, **values: object) -> list[Any]:
        """Run one statement as somebody would by hand."""
        with db.engine.begin() as connection:
            done = connection.execute(sa.text(statement), values)
            return list(done.all()) if done.returns_rows else []

    def one_of(self, table: str, condition: str = "1 = 1") -> Any:
        """A row, by chance."""
        rows = self(f"SELECT * FROM {table} WHERE {condition}")
        return self.chance.choice(rows)


Attack = Callable[[Scene], None]
"""Changes one thing; its name, behind the underscore, says which."""


def flipped(value: bytes, chance: random.Random) -> bytes:
    """The value with one bit another, by chance."""
    changed = bytearray(value)
    changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)
