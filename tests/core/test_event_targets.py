"""Where events are delivered, as operators write it."""

from pathlib import Path

import pytest

from server.core.event_targets import EventTarget, event_target


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("file:///var/log/audit.jsonl", ("file", "", 0, Path("/var/log/audit.jsonl"))),
        ("file:///var/log/with%20room.jsonl", ("file", "", 0, Path("/var/log/with room.jsonl"))),
        ("syslog+unix:///dev/log", ("syslog+unix", "", 0, Path("/dev/log"))),
        ("syslog+tls://siem.example.no", ("syslog+tls", "siem.example.no", 6514, Path())),
        ("syslog+tls://siem.example.no:7000/", ("syslog+tls", "siem.example.no", 7000, Path())),
        ("syslog+tcp://10.0.0.4", ("syslog+tcp", "10.0.0.4", 601, Path())),
        ("syslog+tcp://rsyslog:514", ("syslog+tcp", "rsyslog", 514, Path())),
        ("syslog+udp://[::1]", ("syslog+udp", "::1", 514, Path())),
        ("otlp+https://otel.example.no", ("otlp+https", "otel.example.no", 443, Path())),
        ("otlp+http://10.0.0.4", ("otlp+http", "10.0.0.4", 4318, Path())),
    ],
)
def test_an_address_names_one_target(address: str, expected: tuple[str, str, int, Path]) -> None:
    found = event_target(address)
    assert (found.scheme, found.host, found.port, found.path) == expected
    assert found.address == address


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("/var/log/audit.jsonl", "must begin with"),
        ("https://siem.example.no", "must begin with"),
        ("syslog+tls:///", "must begin with"),
        ("file://var/log/audit.jsonl", "absolute path"),
        ("file:///", "absolute path"),
        ("syslog+tls://siem.example.no/path", "must end after the port"),
        ("syslog+tls://user@siem.example.no", "no more than"),
        ("syslog+tls://siem.example.no?x=1", "no more than"),
        ("syslog+tcp://siem.example.no", "unencrypted only within"),
        ("syslog+udp://192.0.2.1.example.no", "unencrypted only within"),
        ("syslog+udp://8.8.8.8", "unencrypted only within"),
        ("otlp+http://otel.example.no", "otlp\\+https"),
        ("otlp+https://otel.example.no/v1/logs?key=x", "no more than"),
        ("syslog+tls://siem.example.no:0", "port 0"),
        ("syslog+tls://siem.example.no:99999", "ort"),
    ],
)
def test_what_is_no_target_is_refused_with_a_reason(address: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        event_target(address)


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("otlp+https://otel.example.no", "https://otel.example.no:443/v1/logs"),
        ("otlp+https://otel.example.no/eu/v1/logs/", "https://otel.example.no:443/eu/v1/logs"),
        ("otlp+http://[::1]:4000/", "http://[::1]:4000/v1/logs"),
    ],
)
def test_otlp_is_posted_where_its_address_says(address: str, url: str) -> None:
    assert event_target(address).url == url


def test_another_address_is_another_target() -> None:
    names = {event_target(f"syslog+tls://siem.example.no:{port}").name for port in (1, 2, 3)}
    assert {len(name) for name in names} == {22}
    assert len(names) == 3
    assert EventTarget("a", "file").name == EventTarget("a", "syslog+udp").name
