"""The yardstick: the least that Flask can do, under the same server."""

from pathlib import Path

from flask import Flask, Response


def app(script: str) -> Flask:
    """A view that returns the bytes of the file `script`, and one that stores nothing."""
    bare = Flask(__name__)
    body = Path(script).read_bytes()

    @bare.get("/script")
    def _script() -> Response:
        return Response(body, content_type="text/javascript", headers={"Content-Encoding": "br"})

    @bare.post("/decision")
    def _decision() -> tuple[str, int]:
        return "", 204

    return bare
