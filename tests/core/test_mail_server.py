"""Mail servers and senders, as operators write them."""

import pytest

from server.core.mail_server import MailServer, mail_server, sender


@pytest.mark.parametrize(
    ("address", "server"),
    [
        (
            "smtp+starttls://kari:p%40ss%2F@mail.example.no",
            ("smtp+starttls", "mail.example.no", 587, "kari", "p@ss/"),
        ),
        ("smtps://mail.example.no:2465/", ("smtps", "mail.example.no", 2465, "", "")),
        ("smtps://mail.example.no", ("smtps", "mail.example.no", 465, "", "")),
        ("smtp://127.0.0.1", ("smtp", "127.0.0.1", 25, "", "")),
        ("smtp://[::1]:1025", ("smtp", "::1", 1025, "", "")),
        ("smtp://localhost", ("smtp", "localhost", 25, "", "")),
    ],
)
def test_an_address_names_server_port_and_login(address: str, server: tuple[str, str, int, str, str]) -> None:
    assert mail_server(address) == MailServer(*server)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "address",
    [
        "",
        "mail.example.no",
        "https://mail.example.no",
        "smtp://mail.example.no",
        "smtp://10.0.0.1",
        "smtps://",
        "smtps://mail.example.no:0",
        "smtps://mail.example.no:99999",
        "smtps://mail.example.no:port",
        "smtps://kari@mail.example.no",
        "smtps://:password@mail.example.no",
        "smtps://mail.example.no/path",
        "smtps://mail.example.no?timeout=1",
        "smtps://[::1",
    ],
)
def test_an_address_that_cannot_be_used_is_refused(address: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the caller adds the name of the setting
        mail_server(address)


def test_a_sender_has_an_address_and_perhaps_a_name() -> None:
    assert str(sender("Samtykke på Ås <samtykke@example.no>")) == "Samtykke på Ås <samtykke@example.no>"
    assert sender("samtykke@example.no").addr_spec == "samtykke@example.no"


@pytest.mark.parametrize("text", ["", "kari", "kari@", "a@b.no\r\nBcc: c@d.no", "Name <>", "@example.no"])
def test_what_is_no_address_is_no_sender(text: str) -> None:
    with pytest.raises(ValueError, match="e-mail address"):
        sender(text)
