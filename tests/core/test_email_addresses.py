"""What people type as their e-mail address is one that mail can be sent to, or is refused."""

from email.headerregistry import Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core.email_addresses import LONGEST, email_address, mailbox


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("kari@example.no", "kari@example.no"),
        (" Kari.Nordmann+nett@EXAMPLE.no\n", "Kari.Nordmann+nett@example.no"),
        ("kari@blåbær.example", "kari@xn--blbr-roah.example"),
        ("kari@straße.example", "kari@xn--strae-oqa.example"),
        ("kari-@1881.no", "kari-@1881.no"),
        ("kari@example.xn--p1ai", "kari@example.xn--p1ai"),
        ("o'hara_1@sub.example.co", "o'hara_1@sub.example.co"),
    ],
)
def test_an_address_is_taken_as_typed_with_its_domain_in_ascii(typed: str, address: str) -> None:
    assert email_address(typed) == address


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "kari",
        "@example.no",
        "kari@",
        "kari@example",
        "kari@example..no",
        ".kari@example.no",
        "kari.@example.no",
        "ka..ri@example.no",
        "kari@-example.no",
        "kåri@example.no",
        "kari ola@example.no",
        "kari@example.no, ola@example.no",
        "kari@example.no\r\nBcc: ola@example.no",
        "kari\x00@example.no",
        "<kari@example.no>",
        '"kari"@example.no',
        "kari@[127.0.0.1]",
        "k" * 65 + "@example.no",
        "kari@" + "a" * 64 + ".no",
        "kari@" + "a.b" * 100 + ".no",
        "kari@\ud800.no",
        "kari@1.2",
        "kari@127.0.0.1",
        "-oQ/tmp@example.no",
    ],
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    assert email_address(typed) is None


@given(st.one_of(st.text(), st.emails()))
def test_what_is_taken_is_one_address_that_stays_itself(typed: str) -> None:
    address = email_address(typed)
    if address is not None:
        assert len(address) <= LONGEST
        assert address.isascii()
        assert address.isprintable()
        assert email_address(address) == address
        assert Address(addr_spec=address).addr_spec == address


@given(st.emails().filter(lambda address: not address.startswith("+")), st.text("abc123+-"))
def test_addresses_with_other_tags_and_letters_are_one_mailbox(address: str, tag: str) -> None:
    local, _, domain = address.rpartition("@")
    assert mailbox(f"{local}+{tag}@{domain}".swapcase()) == mailbox(address)
    assert mailbox(f"x{address}") != mailbox(address)
