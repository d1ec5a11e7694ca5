"""What a receipt from the demo says can be done with it."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from server.core.db import transaction
from server.core.ids import new_id
from server.demo import service
from tests.conftest import PUBLIC_URL


@pytest.mark.parametrize("profile", ["iso27560", "kantara"])
def test_consent_can_be_withdrawn_where_the_receipt_of_the_demo_says(shop: FlaskClient, profile: str) -> None:
    with transaction():
        service.seed(PUBLIC_URL, now=datetime(2026, 11, 22, 12, 0, tzinfo=UTC))
    visitor, own_id = new_id(), new_id()
    decided = shop.post(
        "/api/v1/sites/demo/decisions",
        json={
            "id": own_id,
            "visitor": visitor,
            "version": 1,
            "language": "nb",
            "action": "accept_all",
            "surface": "banner",
            "choices": {"functional": True, "statistics": True, "advertising": True},
        },
        headers={"Origin": PUBLIC_URL},
    )
    assert decided.status_code == 201, decided.json

    receipt = shop.get(
        f"/api/v1/sites/demo/me/receipts/{own_id}?profile={profile}",
        headers={"Authorization": f"Bearer {visitor}", "Origin": PUBLIC_URL},
    )

    for address in withdrawal(receipt.get_json(force=True)):
        assert address == f"{PUBLIC_URL}/demo/"
        page = shop.get(urlsplit(address).path).get_data(as_text=True)
        assert f'src="{PUBLIC_URL}/w/demo.js"' in page
        assert "data-consent-open" in page


def withdrawal(receipt: dict[str, Any]) -> set[str]:
    """The addresses at which a receipt says that consent can be withdrawn."""
    if "services" in receipt:
        ends = [purpose["termination"] for each in receipt["services"] for purpose in each["purposes"]]
        found = {end.partition("withdrawal at ")[2] for end in ends}
    else:
        records = receipt["dpv:hasRecordOfActivity"]
        found = {record["dpv:hasConsentControl"]["dpv:isExercisedAt"]["@id"] for record in records}
    assert found
    return found
