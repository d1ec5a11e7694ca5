import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.consents.shops import Shop, open_shop


@pytest.fixture
def shop(app: Flask, client: FlaskClient) -> Shop:
    """A site with one published version, and a browser on its pages."""
    return open_shop(client)
