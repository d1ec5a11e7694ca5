"""Files in each content coding."""

from server.embed import packing


def test_packing_is_the_same_on_every_worker_and_unpacks_to_the_same_bytes() -> None:
    once, again = packing.pack("script", b"x" * 5000), packing.pack("script", b"x" * 5000)

    assert once == again
    assert packing.unpack("script", once.digest, once.brotli) == once
    assert once.integrity.startswith("sha384-")
    assert len(once.shown_digest) == 32
