"""Codes of authenticator apps, by the table of the standard."""

from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from server.accounts import recovery_codes, totp

# RFC 6238, appendix B: the ASCII secret 12345678901234567890, and the last six of its eight digits.
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
VECTORS = (
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
)


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@pytest.mark.parametrize(("seconds", "code"), VECTORS)
def test_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    assert totp.step_of(SECRET, code, now=at(seconds)) == seconds // 30


def test_a_clock_may_be_one_step_ahead_or_behind_and_no_more() -> None:
    now = at(1111111111)
    shown = [pyotp.TOTP(SECRET).at(now + timedelta(seconds=30 * step)) for step in (-2, -1, 0, 1, 2)]
    found = [totp.step_of(SECRET, code, now=now) for code in shown]
    present = 1111111111 // 30
    assert found == [None, present - 1, present, present + 1, None]


@pytest.mark.parametrize("typed", ["050 471", " 050471\n", "０５０４７１", "050-471"])
def test_a_code_may_be_typed_with_spaces(typed: str) -> None:
    assert totp.step_of(SECRET, typed, now=at(1111111111)) is not None


@pytest.mark.parametrize("typed", ["", "50471", "0504711", "٠٥٠٤٧١", "x", "0" * 10_000])
def test_anything_else_is_no_code(typed: str) -> None:
    assert totp.step_of(SECRET, typed, now=at(1111111111)) is None


def test_an_app_reads_the_secret_and_whose_it_is() -> None:
    read = pyotp.parse_uri(totp.uri(SECRET, account="kari@example.no", issuer="Samtykke a.no"))
    assert isinstance(read, pyotp.TOTP)
    assert (read.secret, read.name, read.issuer) == (SECRET, "kari@example.no", "Samtykke a.no")
    assert (read.digits, read.interval) == (6, 30)
    assert totp.grouped(SECRET).replace(" ", "") == SECRET


def test_secrets_and_codes_are_new_each_time() -> None:
    assert len({totp.new_secret() for _ in range(50)}) == 50
    assert {len(totp.new_secret()) for _ in range(5)} == {32}
    codes = [code for _ in range(50) for code in recovery_codes.generate()]
    assert len(set(codes)) == 500
    assert {len(code) for code in codes} == {19}


def test_a_recovery_code_is_found_however_it_was_typed_and_with_this_key_alone() -> None:
    code = recovery_codes.generate()[0]
    stored = recovery_codes.digest(code, secret_key="k" * 32)
    for typed in (code.upper(), code.replace("-", ""), f" {code.replace('-', ' ')} "):
        assert recovery_codes.digest(typed, secret_key="k" * 32) == stored
    assert recovery_codes.digest(code, secret_key="j" * 32) != stored
    assert recovery_codes.digest(recovery_codes.generate()[0], secret_key="k" * 32) != stored
