"""Sending e-mail by the operator's mail server."""

import re
import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime, quote
from typing import Any

from server.core.host_names import ascii_form
from server.core.mail_server import MailServer
from server.notifications.email_text import EmailText
from server.notifications.values import Outcome, printable

TIMEOUT = 15.0
"""Seconds that the mail server may take for each answer."""


UNSUBSCRIBE = "List-Unsubscribe"

_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
"""A name that needs no quotes (RFC 5322, 3.2.3)."""


class _Unfolded(EmailPolicy):
    """As SMTP, but an address to unsubscribe stays as it is: folded, it would be written as encoded words.

    And a sender's name is written as atoms, in quotes, or as nothing but encoded words: `EmailPolicy` mixes
    these in a long one, and leaves alone what only looks like an encoded word.
    """

    def fold(self, name: str, value: Any) -> str:
        """A header as lines of text."""
        if name == UNSUBSCRIBE:
            return f"{name}: {value}{self.linesep}"
        if name == "From":
            return self._from(value.addresses[0])
        return str(super().fold(name, value))

    def fold_binary(self, name: str, value: Any) -> bytes:
        """A header as lines of bytes."""
        if name in (UNSUBSCRIBE, "From"):
            return self.fold(name, value).encode("ascii")
        return bytes(super().fold_binary(name, value))

    def _from(self, address: Address) -> str:
        name = address.display_name
        if not name:
            return f"From: {address.addr_spec}{self.linesep}"
        phrase = name if _ATOMS.fullmatch(name) else f'"{quote(name)}"'
        if not name.isascii() or "=?" in name or len(phrase) > MAX_NAME:
            phrase = Header(name, "utf-8", header_name="From").encode(linesep=self.linesep)
        return f"From: {phrase}{self.linesep} <{address.addr_spec}>{self.linesep}"


_POLICY = _Unfolded(linesep=SMTP.linesep)

MAX_NAME = 70
"""Characters of a sender's name: header lines have room for 78 (RFC 5322, 2.1.1)."""


@dataclass(frozen=True)
class Envelope:
    """What the mailbox shows of the sender, and how a subscription is ended."""

    name: str = ""
    """Of the sender, in place of the operator's."""
    reply_to: str = ""
    """Where answers go; empty, or no e-mail address: to the sender."""
    unsubscribe: str = ""
    """The address of RFC 8058; empty: no subscription."""


PLAIN = Envelope()
"""An e-mail in the operator's name."""


def compose(
    text: EmailText, *, sender: Address, to: str, message_id: str, now: datetime, envelope: Envelope = PLAIN
) -> EmailMessage:
    """The e-mail with its headers, as plain text and HTML.

    `message_id` is the same in every try, so that a mailbox can tell a repeat.

    :raises ValueError: `to` is not one e-mail address.
    """
    message = EmailMessage(policy=_POLICY)
    message["From"] = _named(sender, envelope.name)
    with suppress(ValueError):
        # One that an older release stored, and that is none, must not keep the e-mail from its receiver.
        if envelope.reply_to:
            message["Reply-To"] = _address(envelope.reply_to)
    message["To"] = _address(to)
    # What looks like an encoded word would be read as what it encodes.
    message["Subject"] = text.subject.replace("=?", "= ?")
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{message_id}@{_ascii_domain(sender.domain)}>"
    # RFC 3834: no out-of-office replies, please.
    message["Auto-Submitted"] = "auto-generated"
    if envelope.unsubscribe:
        message[UNSUBSCRIBE] = f"<{envelope.unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    if text.important:
        message["Importance"] = "high"  # RFC 2156, 5.3.4
    message.set_content(text.plain)
    message.add_alternative(text.html, subtype="html")
    return message


def send(
    message: EmailMessage, server: MailServer, *, tls: ssl.SSLContext, timeout: float = TIMEOUT
) -> Outcome:
    """Hand an e-mail to the mail server, and say what became of it.

    What is wrong with the recipient is final (`refused`); what is wrong with server, connection or login is
    tried again. A server without STARTTLS, or with a bad certificate, is sent neither password nor message.
    """
    try:
        client = _connected(server, tls, timeout)
        try:
            client.send_message(message)
            # Taken already: a server that does not answer the farewell must not cause a second copy.
            with suppress(OSError, smtplib.SMTPException):
                client.quit()
        finally:
            client.close()
    except smtplib.SMTPRecipientsRefused as fault:
        status, answer = next(iter(fault.recipients.values()))
        return _judged("The mail server does not take this recipient", status, answer)
    except smtplib.SMTPDataError as fault:
        return _judged("The mail server did not take the message", fault.smtp_code, fault.smtp_error)
    except smtplib.SMTPResponseException as fault:
        what = (
            "the login" if isinstance(fault, smtplib.SMTPAuthenticationError) else "the connection or sender"
        )
        return Outcome(
            "failed", fault.smtp_code, f"The mail server refused {what}: {_text(fault.smtp_error)}"
        )
    except smtplib.SMTPNotSupportedError as fault:
        return Outcome("failed", None, f"The mail server lacks what is needed: {fault}")
    except ssl.SSLError as fault:
        return Outcome("failed", None, f"The mail server cannot be trusted: {fault.reason or fault}")
    except (OSError, smtplib.SMTPException) as fault:
        why = getattr(fault, "strerror", None) or str(fault) or type(fault).__name__
        return Outcome("failed", None, f"The mail server could not be reached: {why}.")
    return Outcome("delivered", 250, "Taken by the mail server.")


def _connected(server: MailServer, tls: ssl.SSLContext, timeout: float) -> smtplib.SMTP:
    if server.scheme == "smtps":
        client: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=timeout, context=tls)
    else:
        client = smtplib.SMTP(server.host, server.port, timeout=timeout)
    try:
        if server.scheme == "smtp+starttls":
            client.starttls(context=tls)
        if server.user:
            client.login(server.user, server.password)
    except BaseException:
        client.close()
        raise
    return client


def _judged(what: str, status: int, answer: bytes | str) -> Outcome:
    """An answer of the 4xx class is temporary, one of 5xx final (RFC 5321, 4.2.1)."""
    return Outcome("refused" if status >= 500 else "failed", status, f"{what}: {_text(answer)}")


def _text(answer: bytes | str) -> str:
    return answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer


def _address(text: str) -> Address:
    """One address whose domain is ASCII.

    :raises ValueError: it is none; a header cannot be smuggled in, because line breaks are refused.
    """
    local, _, domain = text.rpartition("@")
    try:
        return Address(addr_spec=f"{local}@{_ascii_domain(domain)}" if local and domain else "")
    except Exception as fault:  # the parser of the standard library raises several kinds
        raise ValueError(f"{text!r} is not an e-mail address") from fault


def _named(sender: Address, name: str) -> Address:
    shown = printable(name, MAX_NAME)
    return Address(shown, sender.username, sender.domain) if shown else sender


def _ascii_domain(domain: str) -> str:
    return domain if domain.isascii() else ascii_form(domain)
