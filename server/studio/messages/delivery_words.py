"""What became of a delivery, as it is stored in English, in the language of the reader. Pure."""

from server.studio.language import gettext
from server.studio.phrases import Phrases
from server.studio.sentences import sentence

_KNOWN = Phrases(
    (
        sentence("Something went wrong on this server. See its log."),
        sentence("The endpoint was deleted."),
        sentence("The endpoint was switched off."),
        sentence("The endpoint was switched off, as its receiver answered 410 Gone to another message."),
        sentence("Switched off by %(who)s."),
        sentence("Not sent, because this address is not allowed: %(why)s."),
        sentence("No answer: %(why)s."),
        sentence("The receiver answered %(status)s."),
        sentence("The receiver answered %(status)s. %(text)s"),
        sentence(
            "The receiver answered %(status)s. Redirects are not followed: change the endpoint’s address."
        ),
        sentence("The receiver answered 410 Gone: it wants no more messages."),
        sentence("No mail server is set."),
        sentence("Taken by the mail server."),
        sentence("The mail server does not take this recipient: %(text)s"),
        sentence("The mail server did not take the message: %(text)s"),
        sentence("The mail server refused %(what)s: %(text)s"),
        sentence("The mail server lacks what is needed: %(text)s"),
        sentence("The mail server cannot be trusted: %(text)s"),
        sentence("The mail server could not be reached: %(why)s."),
    ),
    {"status": "[0-9]+"},
)


def in_words(stored: str) -> str:
    """The outcome for the reader; what others have said in it, such as a mail server, stays as it is."""
    found = _KNOWN.find(stored)
    return gettext(found[0], **found[1]) if found else stored
