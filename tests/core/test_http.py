"""What HTTP promises whichever slice answers."""

import io

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from server.core.bodies import read_body
from server.core.errors import TooLarge


@pytest.mark.parametrize(
    "name", ["package.json", "build.mjs", "node_modules/x.js", "studio/studio.js", "dist/../build.mjs"]
)
def test_the_sources_of_the_build_are_not_served(client: FlaskClient, name: str) -> None:
    assert client.get(f"/static/{name}").status_code == 404


@pytest.mark.parametrize("length", [{"CONTENT_LENGTH": "100"}, {}], ids=["with length", "without"])
def test_a_body_over_the_limit_is_refused_with_or_without_a_content_length(
    app: Flask, length: dict[str, str]
) -> None:
    def sent() -> dict[str, object]:
        return {"wsgi.input": io.BytesIO(b"x" * 100), "wsgi.input_terminated": True, **length}

    with app.test_request_context("/", method="POST", environ_overrides=sent()), pytest.raises(TooLarge):
        read_body(request, 99)
    with app.test_request_context("/", method="POST", environ_overrides=sent()):
        assert read_body(request, 100) == b"x" * 100
