"""Files in each content coding."""

from server.embed import compression


def test_packing_is_the_same_on_every_worker_and_unpacks_to_the_same_bytes() -> None:
    once, again = compression.compress("script", b"x" * 5000), compression.compress("script", b"x" * 5000)

    assert once == again
    assert compression.decompress("script", once.digest, once.brotli) == once
    assert once.integrity.startswith("sha384-")
    assert len(once.shown_digest) == 32
