"""What programs outside get of an audit event."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from server.accounts.values import ACTIONS, Actor, AuditEvent
from server.ops.audit_export import records

EVENT = AuditEvent(
    7, datetime(2026, 11, 30, 12, 0, 0, 5, tzinfo=UTC), Actor("person", "kåre@example.no"), "published",
    "s" * 22, "version 4", 'Høst "2026"',
)  # fmt: skip
DIGEST = "ab" * 32
GUIDE = Path(__file__).parents[3] / "docs" / "audit-export.md"
RFC5424 = re.compile(
    r"<(\d{1,3})>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,6}Z) ([!-~]{1,255}) ([!-~]{1,48}) ([!-~]{1,128}) "
    r'([!-~]{1,32}) \[meta sequenceId="(\d+)"\] (.+)'
)


def test_a_line_is_one_object_with_the_fields_that_the_guide_names() -> None:
    line = records.line(EVENT, DIGEST, server="consent.example.no")
    assert line.isascii()
    assert "\n" not in line
    found = json.loads(line)
    assert found == {
        "number": 7,
        "time": "2026-11-30T12:00:00.000005Z",
        "server": "consent.example.no",
        "action": "published",
        "outcome": "success",
        "severity": "informational",
        "actor_kind": "person",
        "actor": "kåre@example.no",
        "site_id": "s" * 22,
        "subject": "version 4",
        "detail": 'Høst "2026"',
        "digest": DIGEST,
    }
    named = re.findall(r"^\| `(\w+)` \|", GUIDE.read_text("utf-8"), re.MULTILINE)
    assert named == list(found)


def test_a_message_of_syslog_is_that_of_the_rfc_and_has_the_same_line() -> None:
    message = records.syslog(EVENT, DIGEST, server="consent.example.no:8443").decode("ascii")
    found = RFC5424.fullmatch(message)
    assert found
    assert found.groups()[:7] == (
        "110", "2026-11-30T12:00:00.000005Z", "consent.example.no", "samtykke", "-", "published", "7",
    )  # fmt: skip
    assert found[8] == records.line(EVENT, DIGEST, server="consent.example.no:8443")


@pytest.mark.parametrize(
    ("number", "sequence"), [(1, 1), (2147483647, 2147483647), (2147483648, 1), (2**62, 2**62 % 2147483647)]
)
def test_the_sequence_begins_again_where_syslog_has_no_greater_number(number: int, sequence: int) -> None:
    message = records.syslog(replace(EVENT, number=number), DIGEST, server="a").decode()
    assert f'[meta sequenceId="{sequence}"]' in message
    assert f'"number":{number}' in message


@pytest.mark.parametrize("server", ["", "så.example.no", "a b", "x" * 300])
def test_a_host_name_that_syslog_cannot_have_breaks_no_message(server: str) -> None:
    assert RFC5424.fullmatch(records.syslog(EVENT, DIGEST, server=server).decode("ascii"))


def test_a_request_of_otlp_has_the_line_and_what_is_filtered_by() -> None:
    """As the JSON form of `ExportLogsServiceRequest`: 64-bit numbers are texts."""
    (found,) = json.loads(records.otlp([(EVENT, DIGEST)], server="consent.example.no"))["resourceLogs"]
    resource = {one["key"]: one["value"]["stringValue"] for one in found["resource"]["attributes"]}
    assert resource == {"service.name": "samtykke", "host.name": "consent.example.no"}
    (log,) = found["scopeLogs"][0]["logRecords"]
    assert log["timeUnixNano"] == str(int(EVENT.at.timestamp()) * 10**9 + 5000)
    assert (log["severityNumber"], log["severityText"], log["eventName"]) == (9, "informational", "published")
    assert log["body"]["stringValue"] == records.line(EVENT, DIGEST, server="consent.example.no")
    said = {one["key"]: one["value"]["stringValue"] for one in log["attributes"]}
    assert said["log.record.uid"] == "7"
    assert said["user.email"] == "kåre@example.no"
    assert said["samtykke.subject"] == "version 4"
    assert all(isinstance(one, str) for one in said.values())


@pytest.mark.parametrize("action", ACTIONS)
def test_every_action_makes_a_message(action: str) -> None:
    found = RFC5424.fullmatch(records.syslog(replace(EVENT, action=action), DIGEST, server="a").decode())
    assert found
    assert found[6] == action
    said = json.loads(found[8])
    assert said["severity"] in ("informational", "notice", "warning")
    assert (said["outcome"] == "failure") == (said["severity"] == "warning")


def test_the_actions_that_stand_out_are_actions() -> None:
    assert set(ACTIONS) >= records.REFUSED
    assert set(ACTIONS) >= records.SENSITIVE
