"""What the studio's scripts say: `bare.html` puts translations on each page, and `words.js` reads them."""

from collections.abc import Mapping

from server.studio.language import FALLBACK, current, gettext
from server.studio.sentences import sentence

SENTENCES: tuple[str, ...] = (
    # studio.js
    sentence("Copied"),
    sentence("Press Ctrl+C"),
    # editor.js
    sentence("Text: %(ratio)s : 1"),
    sentence("Buttons: %(ratio)s : 1"),
    sentence("Button against the background: %(ratio)s : 1"),
    sentence("Text: %(ratio)s : 1 – at least %(least)s is needed"),
    sentence("Buttons: %(ratio)s : 1 – at least %(least)s is needed"),
    sentence("Button against the background: %(ratio)s : 1 – at least %(least)s is needed"),
    sentence("The server cannot be reached. Nothing was saved; try again."),
    sentence(
        "Your login has ended. Log in again in another tab, then save here: "
        "everything you typed is still there."
    ),
    # preview.js
    sentence("Preview of the banner"),
    # rich_text.js
    sentence("Formatting"),
    sentence("Bold"),
    sentence("Italic"),
    sentence("Heading"),
    sentence("Smaller heading"),
    sentence("Bulleted list"),
    sentence("Numbered list"),
    sentence("Quotation"),
    sentence("Link"),
    sentence("Undo"),
    sentence("Redo"),
    sentence("Address of the link"),
    sentence("Set link"),
    sentence("Remove link"),
    sentence("Cancel"),
    sentence("This is not an address such as https://www.example.no."),
)
"""All sentences of the scripts; their places are filled by the script."""


def words() -> Mapping[str, str]:
    """Sentence → its translation for the present page; none for English, which the scripts have."""
    return {} if current() == FALLBACK else {english: gettext(english) for english in SENTENCES}
