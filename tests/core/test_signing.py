"""What this server signs, it alone can have made, and for one purpose."""

import pytest
from flask import Flask
from itsdangerous import BadData, URLSafeSerializer

from server.core.signing import signer, timed_signer

KEY = "k" * 32


@pytest.mark.parametrize("make", [signer, timed_signer])
def test_what_was_signed_is_read_with_the_same_key_for_the_same_purpose(make: type) -> None:
    signed = make(KEY, "draft").dumps(["a", 1])
    assert make(KEY, "draft").loads(signed) == ["a", 1]
    for other in (make("x" * 32, "draft"), make(KEY, "device")):
        with pytest.raises(BadData):
            other.loads(signed)


def test_what_is_signed_by_sha_1_is_not_read() -> None:
    with pytest.raises(BadData):
        signer(KEY, "link").loads(URLSafeSerializer(KEY, salt="link").dumps("x"))


def test_the_cookie_of_the_session_is_signed_by_sha_256(app: Flask) -> None:
    with app.test_request_context():
        serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    assert serializer.signer_kwargs["digest_method"]().name == "sha256"
