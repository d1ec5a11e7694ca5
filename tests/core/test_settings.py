"""What an operator may set, and how a mistake is reported."""

import os
import secrets
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path

import pytest

from server.app import create_app
from server.core.settings import BadSetting, Settings

DOCS = Path(__file__).parents[2] / "docs" / "settings.md"


def _env(tmp_path: Path, **more: str) -> dict[str, str]:
    return {"SAMTYKKE_DATA_DIR": str(tmp_path / "data"), **more}


def test_without_any_setting_the_data_folder_holds_database_and_key(tmp_path: Path) -> None:
    settings = Settings.from_env(_env(tmp_path))
    assert settings.database_url == f"sqlite:///{tmp_path}/data/samtykke.db"
    assert settings.public_url == "http://127.0.0.1:8000"
    assert not settings.demo
    assert (tmp_path / "data" / "secret_key").is_file()


@pytest.mark.parametrize(
    ("public_url", "origin"),
    [
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("https://consent.example.no", "https://consent.example.no"),
        ("https://Consent.Example.no:443/", "https://consent.example.no"),
        ("http://consent.example.no:443", "http://consent.example.no:443"),
    ],
)
def test_the_origin_of_the_server_is_as_browsers_write_it(
    tmp_path: Path, public_url: str, origin: str
) -> None:
    assert Settings.from_env(_env(tmp_path, SAMTYKKE_PUBLIC_URL=public_url)).origin == origin


def test_the_audit_log_goes_to_each_target_that_is_named(tmp_path: Path) -> None:
    named = "file:///var/log/audit.jsonl  syslog+tls://siem.example.no file:///var/log/audit.jsonl"
    found = Settings.from_env(_env(tmp_path, SAMTYKKE_AUDIT_TARGETS=named)).audit_targets
    assert [each.scheme for each in found] == ["file", "syslog+tls"]
    with pytest.raises(BadSetting, match="SAMTYKKE_AUDIT_TARGETS='udp://x' must begin with"):
        Settings.from_env(_env(tmp_path, SAMTYKKE_AUDIT_TARGETS="file:///a udp://x"))


def test_the_secret_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    first = Settings.from_env(_env(tmp_path)).secret_key
    mode = stat.S_IMODE((tmp_path / "data" / "secret_key").stat().st_mode)
    assert (Settings.from_env(_env(tmp_path)).secret_key, mode) == (first, 0o600)


def test_processes_that_start_together_have_one_secret_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys: list[str] = []
    random_text = secrets.token_urlsafe

    def while_another_starts(size: int) -> str:
        monkeypatch.setattr(secrets, "token_urlsafe", random_text)
        keys.append(Settings.from_env(_env(tmp_path)).secret_key)
        return random_text(size)

    monkeypatch.setattr(secrets, "token_urlsafe", while_another_starts)
    keys.append(Settings.from_env(_env(tmp_path)).secret_key)
    assert keys == [keys[0]] * 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SAMTYKKE_DATABASE_URL", "mysql://somewhere/db"),
        ("SAMTYKKE_DATABASE_URL", "not a url"),
        ("SAMTYKKE_DATABASE_URL", "sqlite://"),
        ("SAMTYKKE_REDIS_URL", "http://localhost"),
        ("SAMTYKKE_PUBLIC_URL", "consent.example.no"),
        ("SAMTYKKE_PUBLIC_URL", "http://[::1]:8000"),
        ("SAMTYKKE_PUBLIC_URL", "https://consent.example.no/path"),
        ("SAMTYKKE_SECRET_KEY", "short"),
        ("SAMTYKKE_TRUSTED_PROXIES", "many"),
        ("SAMTYKKE_TRUSTED_PROXIES", "-1"),
        ("SAMTYKKE_CHECKPOINT_EVERY", "often"),
        ("SAMTYKKE_CHECKPOINT_EVERY", "0"),
        ("SAMTYKKE_CHECKPOINT_EVERY", "86401"),
        ("SAMTYKKE_CHECKPOINT_EVERY", "1.5"),
        ("SAMTYKKE_COUNTRY_HEADER", "no header"),
        ("SAMTYKKE_DEMO", "perhaps"),
        ("SAMTYKKE_SECURITY_CONTACT", "security@example.no"),
        ("SAMTYKKE_SECURITY_CONTACT", "mailto:nobody"),
        ("SAMTYKKE_SECURITY_CONTACT", "mailto:a@b.no\nPolicy: https://x.no"),
        ("SAMTYKKE_SECURITY_CONTACT", "mailto:ø@example.no"),
        ("SAMTYKKE_SECURITY_CONTACT", "http://example.no/security"),
        ("SAMTYKKE_SECURITY_CONTACT", "https:///security"),
        ("SAMTYKKE_SECURITY_CONTACT", "tel:22000000"),
        ("SAMTYKKE_SECURITY_CONTACT", "mailto:a@b.no http://example.no"),
        ("SAMTYKKE_SMTP_URL", "smtp://127.0.0.1"),
        ("SAMTYKKE_MAIL_FROM", "samtykke@example.no"),
        ("SAMTYKKE_SCAN_PRIVATE", "perhaps"),
        ("SAMTYKKE_REQUIRE_SECOND_FACTOR", "off,owner"),
        ("SAMTYKKE_REQUIRE_SECOND_FACTOR", "owner,"),
        ("SAMTYKKE_REQUIRE_SECOND_FACTOR", "chief"),
        ("SAMTYKKE_SECURITY_POLICY", "mailto:a@b.no"),
        ("SAMTYKKE_SECURITY_POLICY", "http://example.no/policy"),
        ("SAMTYKKE_SECURITY_POLICY", "https://example.no/a https://example.no/b"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(BadSetting, match=name):
        create_app(Settings.from_env(_env(tmp_path, **{name: value})))


@pytest.mark.parametrize(
    ("value", "roles"),
    [
        ("", set()),
        ("off", set()),
        ("Everybody", {"everybody"}),
        ("owner, publisher", {"owner", "publisher"}),
    ],
)
def test_who_needs_a_second_factor_is_named_by_roles(tmp_path: Path, value: str, roles: set[str]) -> None:
    found = Settings.from_env(_env(tmp_path, SAMTYKKE_REQUIRE_SECOND_FACTOR=value))
    assert found.require_second_factor == roles


@pytest.mark.parametrize(
    ("url", "sender", "name"),
    [
        ("smtp://mail.example.no", "a@example.no", "SAMTYKKE_SMTP_URL"),
        ("smtps://kari:hemmelig@mail.example.no:99999", "a@example.no", "SAMTYKKE_SMTP_URL"),
        ("smtps://127.0.0.1", "nobody", "SAMTYKKE_MAIL_FROM"),
    ],
)
def test_a_wrong_mail_server_or_sender_is_named_without_its_password(
    tmp_path: Path, url: str, sender: str, name: str
) -> None:
    with pytest.raises(BadSetting, match=name) as fault:
        Settings.from_env(_env(tmp_path, SAMTYKKE_SMTP_URL=url, SAMTYKKE_MAIL_FROM=sender))
    assert "hemmelig" not in str(fault.value)


def test_a_mail_servers_password_is_not_shown(tmp_path: Path) -> None:
    url, sender = "smtps://kari:hemmelig@mail.example.no", "Samtykke <a@example.no>"
    settings = Settings.from_env(_env(tmp_path, SAMTYKKE_SMTP_URL=url, SAMTYKKE_MAIL_FROM=sender))
    assert settings.smtp_url is not None
    assert settings.smtp_url.password == "hemmelig"
    assert settings.mail_from == sender
    assert "hemmelig" not in repr(settings)


def test_several_contacts_are_taken_in_their_order(tmp_path: Path) -> None:
    given = " mailto:security@example.no  https://example.no/security tel:+47-22-00-00-00 "
    settings = Settings.from_env(_env(tmp_path, SAMTYKKE_SECURITY_CONTACT=given))
    assert settings.security_contact == tuple(given.split())
    assert settings.security_policy is None


def test_a_data_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    with pytest.raises(BadSetting, match="SAMTYKKE_DATA_DIR"):
        Settings.from_env(_env(tmp_path))


def test_processes_that_start_at_once_share_a_data_folder(tmp_path: Path) -> None:
    env = _env(tmp_path, SAMTYKKE_SECRET_KEY="0123456789abcdef0123456789abcdef")
    with ThreadPoolExecutor(16) as threads:
        started = list(threads.map(lambda _: Settings.from_env(env).data_dir, range(400)))
    assert set(started) == {tmp_path / "data"}
    assert not list((tmp_path / "data").glob(".*"))


def test_a_damaged_secret_key_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "secret_key").write_text("x")
    with pytest.raises(BadSetting, match="damaged"):
        Settings.from_env(_env(tmp_path))


def test_settings_come_from_the_process_when_none_are_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("SAMTYKKE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("SAMTYKKE_DATA_DIR", str(tmp_path / "elsewhere"))
    assert Settings.from_env().data_dir == tmp_path / "elsewhere"


def test_a_setting_may_stand_in_a_file(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("0123456789abcdef0123456789abcdef\n")
    assert (
        Settings.from_env(_env(tmp_path, SAMTYKKE_SECRET_KEY_FILE=str(key))).secret_key
        == key.read_text().strip()
    )


def test_a_file_that_cannot_be_read_or_a_setting_given_twice_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="SAMTYKKE_SMTP_URL_FILE"):
        Settings.from_env(_env(tmp_path, SAMTYKKE_SMTP_URL_FILE=str(tmp_path / "absent")))
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(BadSetting, match="SAMTYKKE_REDIS_URL_FILE"):
        Settings.from_env(_env(tmp_path, SAMTYKKE_REDIS_URL_FILE=str(tmp_path / "binary")))
    both = {"SAMTYKKE_DEMO": "on", "SAMTYKKE_DEMO_FILE": str(tmp_path / "absent")}
    with pytest.raises(BadSetting, match="SAMTYKKE_DEMO and SAMTYKKE_DEMO_FILE"):
        Settings.from_env(_env(tmp_path, **both))


def test_every_setting_is_documented() -> None:
    text = DOCS.read_text(encoding="utf-8")
    missing = [field.name for field in fields(Settings) if f"SAMTYKKE_{field.name.upper()}" not in text]
    assert missing == []
