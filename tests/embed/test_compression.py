"""Files in each content coding."""

import brotli
import pytest

from server.embed import compression
from tests.conftest import PRODUCTS_BROTLI


@pytest.fixture(autouse=True)
def _each_time_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(brotli, "compress", PRODUCTS_BROTLI)


def test_packing_is_the_same_on_every_worker_and_unpacks_to_the_same_bytes() -> None:
    once, again = compression.compress("script", b"x" * 5000), compression.compress("script", b"x" * 5000)

    assert once == again
    assert compression.decompress("script", once.digest, once.brotli) == once
    assert once.integrity.startswith("sha384-")
    assert len(once.shown_digest) == 32
