"""E-mails to staff and to visitors, as subject, plain text and HTML. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from server.core.text_direction import ISOLATION, closed
from server.notifications.texts import (
    paragraphs,
    sent_by,
    subject,
    texts,
    visitor_paragraphs,
    visitor_subject,
)
from server.notifications.values import kind_of, printable

MAX_SUBJECT = 200
"""Characters of a subject."""

_PAGE = """<!DOCTYPE html>
<html lang="{language}"><head><meta charset="utf-8"><title>{title}</title></head>
<body style="font-family:sans-serif;font-size:16px;line-height:1.5;max-width:40em">
{content}
<p style="font-size:14px">{foot}</p>
</body></html>
"""


@dataclass(frozen=True)
class EmailText:
    """An e-mail without its headers."""

    subject: str
    """One line without control characters."""
    plain: str
    html: str
    important: bool = False
    """Whether mailboxes should show it as such."""


Item = tuple[str, Mapping[str, str | int | None]]
"""Kind and data of a message."""


def single(item: Item, *, language: str, public_url: str) -> EmailText:
    """The e-mail about one message."""
    kind, data = item
    return _email_text(subject(kind, data, language), "", [item], language, public_url)


def digest(items: Sequence[Item], *, language: str, public_url: str) -> EmailText:
    """One e-mail about several messages."""
    words = texts(language)["digest"]
    title = words["subject"].format_map({"count": len(items)})
    return _email_text(title, words["intro"], items, language, public_url)


def _email_text(title: str, intro: str, items: Sequence[Item], language: str, public_url: str) -> EmailText:
    words = texts(language)
    account = f"{public_url}/studio/account/messages"
    plain, rich = ([intro], [f"<p>{escape(intro)}</p>"]) if intro else ([], [])
    for kind, data in items:
        lines = paragraphs(kind, data, language)
        link = public_url + kind_of(kind).path.format_map(data)
        if intro:
            heading = subject(kind, data, language)
            plain.append(f"* {heading}")
            rich.append(f'<h2 style="font-size:18px">{escape(heading)}</h2>')
        plain += [*lines, f"{words['open']}: {link}"]
        rich += [f"<p>{escape(each)}</p>" for each in lines]
        rich.append(f'<p><a href="{escape(link)}">{escape(words["open"])}</a></p>')
    page = _PAGE.format(
        language=language,
        title=escape(title),
        content="\n".join(rich),
        foot=f'{escape(words["choose"])}<br><a href="{escape(account)}">{escape(account)}</a>',
    )
    text = "\n\n".join([*plain, f"-- \n{words['choose']}\n{account}"]) + "\n"
    important = any(kind_of(kind).severity == "critical" for kind, _data in items)
    return EmailText(_subject_line(title), text, page, important)


def _subject_line(title: str) -> str:
    """The title on one line, cut where it is too long; a name that is cut turns nothing around either."""
    # Names are isolated one by one: at most one of them is cut.
    return closed(printable(title, MAX_SUBJECT - 1, keep=ISOLATION))


def to_visitor(item: Item, *, language: str) -> EmailText:
    """The e-mail to a visitor; its data has `sender`, `link` and `unsubscribe` besides what its words name.

    It has no picture, no counter and no address but those of its links.
    """
    kind, data = item
    words = texts(language)["visitors"]
    link, unsubscribe = str(data["link"]), str(data["unsubscribe"])
    title = visitor_subject(kind, data, language)
    lines = visitor_paragraphs(kind, data, language)
    button = words["kinds"][kind]["button"]
    rich = [f"<p>{escape(line).replace(chr(10), '<br>')}</p>" for line in lines]
    rich.append(f'<p><a href="{escape(link)}">{escape(button)}</a></p>')
    foot = sent_by(kind, data, language)
    plain_foot, rich_foot = foot, escape(foot)
    if unsubscribe:
        plain_foot += f"\n{words['unsubscribe']}: {unsubscribe}"
        rich_foot += f'<br><a href="{escape(unsubscribe)}">{escape(words["unsubscribe"])}</a>'
    page = _PAGE.format(language=language, title=escape(title), content="\n".join(rich), foot=rich_foot)
    plain = "\n\n".join([*lines, f"{button}: {link}", f"-- \n{plain_foot}"]) + "\n"
    return EmailText(_subject_line(title), plain, page)
