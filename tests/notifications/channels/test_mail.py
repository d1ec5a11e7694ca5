"""E-mail by a real mail server with STARTTLS, and by ones that fail in each way."""

import socket
import ssl
from dataclasses import replace
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import compat32, default
from email.utils import parseaddr
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core.mail_server import MailServer, sender
from server.notifications.channels import mail
from server.notifications.email_text import EmailText
from server.notifications.values import Outcome, printable
from tests.notifications.mail_servers import Mailbox, certificate, mail_server, scripted

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LETTER = EmailText("Bålferd på Ås: versjon 3", "Rein tekst æøå\n", "<p>Rein tekst æøå</p>")
FROM = sender("Samtykke på Ås <samtykke@example.no>")
BRIEF = 0.2
"""Seconds that a silent server is waited for."""


def message(to: str = "kari@example.no", text: EmailText = LETTER) -> EmailMessage:
    return mail.compose(text, sender=FROM, to=to, message_id="d1", now=NOW)


def send(
    port: int, tls: ssl.SSLContext, *, scheme: str = "smtp+starttls", to: str = "kari@example.no"
) -> Outcome:
    secured = scheme != "smtp"
    server = MailServer(
        scheme,  # type: ignore[arg-type]
        "127.0.0.1",
        port,
        "kari" if secured else "",
        "hemmelig" if secured else "",
    )
    return mail.send(message(to), server, tls=tls, timeout=BRIEF if scheme == "smtp" else 5)


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    return certificate(tmp_path_factory.mktemp("tls"))


@pytest.mark.parametrize("scheme", ["smtp+starttls", "smtps"])
def test_a_message_arrives_over_tls_whole_and_with_its_headers(
    tls: tuple[ssl.SSLContext, ssl.SSLContext], scheme: str
) -> None:
    mailbox = Mailbox()
    where = {"starttls": tls[0]} if scheme == "smtp+starttls" else {"tls": tls[0]}
    with mail_server(mailbox, **where) as port:
        outcome = send(port, tls[1], scheme=scheme)
    assert outcome.result == "delivered", outcome
    assert mailbox.logins == [(b"kari", b"hemmelig")]
    (received,) = mailbox.received
    assert received["Subject"] == LETTER.subject
    assert received["From"] == "Samtykke på Ås <samtykke@example.no>"
    assert received["Message-ID"] == "<d1@example.no>"
    assert received["Auto-Submitted"] == "auto-generated"
    assert received["Date"] == "Fri, 20 Nov 2026 12:00:00 +0000"
    parts = {part.get_content_type(): part.get_content().strip() for part in received.iter_parts()}
    assert parts == {"text/plain": LETTER.plain.strip(), "text/html": LETTER.html}


NAMES = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=90),
    st.sampled_from(
        [
            "=?utf-8?q?x?=",
            "A =?utf-8?b?eA==?= B",
            'Kari "Kalle" \\ Nordmann, AS <post@example.no>',
            "Stiftelsen for bålferd, båtliv og blåbærsuppe på Ås og omegn – avdeling øst",
            "Foreningen for aa skrive lange navn uten noen av de norske bokstavene, AS",
            "日本語" * 30,
            '"' * 70,
        ]
    ),
)


@given(NAMES)
def test_a_mailbox_shows_the_name_of_the_sender_as_it_was_written(name: str) -> None:
    written = mail.compose(
        LETTER, sender=FROM, to="kari@example.no", message_id="d1", now=NOW, envelope=mail.Envelope(name)
    )
    raw = written.as_bytes()
    assert all(len(line) <= 78 for line in raw.partition(b"\r\n\r\n")[0].splitlines())
    shown, address = parseaddr(BytesParser(policy=compat32).parsebytes(raw)["From"])
    found = str(make_header(decode_header(shown)))
    assert (found, address) == (printable(name, mail.MAX_NAME) or FROM.display_name, FROM.addr_spec)


def test_a_subject_says_what_was_written() -> None:
    text = replace(LETTER, subject="=?utf-8?q?x?= på Ås")
    received = BytesParser(policy=default).parsebytes(message(text=text).as_bytes())
    assert received["Subject"] == "= ?utf-8?q?x?= på Ås"


def test_a_server_on_this_machine_needs_no_encryption(tls: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    mailbox = Mailbox()
    with mail_server(mailbox) as port:
        outcome = send(port, tls[1], scheme="smtp", to="kari@blåbær.example.no")
    assert outcome.result == "delivered", outcome
    assert mailbox.recipients == ["kari@xn--blbr-roah.example.no"]


def test_a_server_without_starttls_gets_neither_password_nor_message(
    tls: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    mailbox = Mailbox()
    with mail_server(mailbox) as port:
        outcome = send(port, tls[1])
    assert (outcome.result, mailbox.logins, mailbox.received) == ("failed", [], [])
    assert "STARTTLS" in outcome.answer


@pytest.mark.parametrize("fault", ["unknown issuer", "other name"])
def test_a_server_with_a_bad_certificate_gets_neither_password_nor_message(
    tls: tuple[ssl.SSLContext, ssl.SSLContext], tmp_path: Path, fault: str
) -> None:
    mailbox = Mailbox()
    offered, trusting = certificate(tmp_path, "other.example.no")
    trusted = trusting if fault == "other name" else tls[1]
    with mail_server(mailbox, starttls=offered) as port:
        outcome = send(port, trusted)
    assert (outcome.result, mailbox.logins, mailbox.received) == ("failed", [], [])
    assert "cannot be trusted" in outcome.answer


@pytest.mark.parametrize(
    ("step", "answer", "result"),
    [
        ("rcpt", "450 mailbox is busy", "failed"),
        ("rcpt", "550 no such mailbox", "refused"),
        ("data", "451 try later", "failed"),
        ("data", "554 it looks like spam", "refused"),
        ("mail", "450 later", "failed"),
        ("mail", "553 not your address", "failed"),
    ],
)
def test_4xx_is_tried_again_and_what_is_wrong_with_the_recipient_is_final(
    tls: tuple[ssl.SSLContext, ssl.SSLContext], step: str, answer: str, result: str
) -> None:
    with mail_server(Mailbox(**{step: answer})) as port:
        outcome = send(port, tls[1], scheme="smtp")
    assert (outcome.result, outcome.status) == (result, int(answer[:3]))
    assert answer[4:] in outcome.answer


def test_a_refused_login_is_tried_again(tls: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    with mail_server(Mailbox(), starttls=tls[0]) as port:
        server = MailServer("smtp+starttls", "127.0.0.1", port, "kari", "feil")
        outcome = mail.send(message(), server, tls=tls[1], timeout=5)
    assert (outcome.result, outcome.status) == ("failed", 535)


@pytest.mark.parametrize(
    "answers",
    [
        (None,),
        (b"220 hello\r\n", b"250 ok\r\n", None),
        (b"220 hello\r\n",),
        (b"220 hello\r\n", b"250 ok\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go on\r\n"),
        (b"554 not now\r\n",),
        (b"nonsense\r\n",),
    ],
    ids=["silent", "hangs", "closes", "closes mid-way", "does not serve", "speaks something else"],
)
def test_a_server_that_does_not_work_is_tried_again(
    tls: tuple[ssl.SSLContext, ssl.SSLContext], answers: tuple[bytes | None, ...]
) -> None:
    with scripted(*answers) as port:
        outcome = send(port, tls[1], scheme="smtp")
    assert outcome.result == "failed", outcome
    assert outcome.answer.startswith("The mail server")


def test_a_server_that_is_not_there_is_tried_again(tls: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert send(port, tls[1], scheme="smtp").result == "failed"


def test_a_server_that_does_not_say_goodbye_has_taken_the_message(
    tls: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    ok = b"250 ok\r\n"
    with scripted(b"220 hello\r\n", ok, ok, ok, b"354 go on\r\n", ok, None) as port:
        assert send(port, tls[1], scheme="smtp").result == "delivered"


@pytest.mark.parametrize(
    "to", ["kari@example.no\r\nBcc: ola@example.no", "a@b.no, c@d.no", "kari", "", "@b.no"]
)
def test_what_is_not_one_address_is_refused(to: str) -> None:
    with pytest.raises(ValueError, match="e-mail address"):
        message(to)


@pytest.mark.parametrize(("important", "header"), [(True, "high"), (False, None)])
def test_a_critical_message_is_marked_as_important(important: bool, header: str | None) -> None:
    assert message(text=replace(LETTER, important=important))["Importance"] == header


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=200))
def test_any_subject_stays_one_header(subject: str) -> None:
    raw = message(text=EmailText(subject, "text", "<p>text</p>")).as_bytes()
    head = raw.split(b"\r\n\r\n")[0]
    names = [line.split(b":")[0] for line in head.split(b"\r\n") if not line.startswith(b" ")]
    assert names.count(b"Subject") == 1
    assert b"Bcc" not in names


# --- in the name of a site -------------------------------------------------------------------------------

LEAVE = "https://samtykke.example.no/s/" + "et-langt-navn" * 3 + "/notice/unsubscribe/" + "t" * 43


def letter(envelope: mail.Envelope) -> EmailMessage:
    return mail.compose(
        LETTER, sender=FROM, to="kari@example.no", message_id="d1", now=NOW, envelope=envelope
    )


def test_an_e_mail_to_a_visitor_comes_in_the_name_of_the_controller_and_is_answered_to_it(
    tls: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    mailbox = Mailbox()
    with mail_server(mailbox, starttls=tls[0]) as port:
        server = MailServer("smtp+starttls", "127.0.0.1", port, "kari", "hemmelig")
        sent = letter(mail.Envelope("Bålferd, Ås AS", "post@blåbær.example.no", LEAVE))
        assert mail.send(sent, server, tls=tls[1]).result == "delivered"
    (received,) = mailbox.received
    assert received["From"] == '"Bålferd, Ås AS" <samtykke@example.no>'
    assert received["Reply-To"] == "post@xn--blbr-roah.example.no"
    assert received["List-Unsubscribe"] == f"<{LEAVE}>"
    assert received["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_the_address_to_unsubscribe_is_on_one_line_in_plain_letters() -> None:
    assert f"\r\nList-Unsubscribe: <{LEAVE}>\r\n".encode() in letter(
        mail.Envelope(unsubscribe=LEAVE)
    ).as_bytes(policy=letter(mail.Envelope()).policy)


def test_without_a_subscription_nothing_can_be_unsubscribed() -> None:
    assert not any(name.startswith("List-") for name in letter(mail.PLAIN))
    assert letter(mail.PLAIN)["Reply-To"] is None


@given(name=st.text(), reply_to=st.text())
def test_no_name_and_no_reply_address_can_break_a_header(name: str, reply_to: str) -> None:
    hostile = letter(mail.Envelope(name, reply_to))
    assert hostile["From"].addresses[0].addr_spec == "samtykke@example.no"
    lines = hostile.as_bytes().partition(b"\r\n\r\n")[0].split(b"\r\n")
    assert all(len(line) <= 998 for line in lines)
    assert sorted(set(hostile.keys()) - {"Reply-To"}) == sorted(set(letter(mail.PLAIN).keys()))


@pytest.mark.parametrize("text", ["", "post", "a@b@c", "post@example.no\r\nBcc: x@example.no", "@", " "])
def test_a_reply_address_that_is_none_keeps_no_e_mail_from_its_receiver(text: str) -> None:
    assert letter(mail.Envelope("Butikken", text))["Reply-To"] is None
