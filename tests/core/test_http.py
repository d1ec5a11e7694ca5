"""What HTTP promises whichever slice answers."""

import io

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from server.core.bodies import FORM_TYPE, read_body, read_form
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


def test_a_form_is_read_up_to_so_many_fields_and_what_is_none_has_none(app: Flask) -> None:
    with app.test_request_context("/", method="POST", data="a=1&a=2&b", content_type=FORM_TYPE):
        assert read_form(request, 9, 3).to_dict(flat=False) == {"a": ["1", "2"], "b": [""]}
        with pytest.raises(TooLarge):
            read_form(request, 9, 2)
    with app.test_request_context("/", method="POST", data="a=1&a=2&b", content_type="text/plain"):
        assert not read_form(request, 9, 2)
