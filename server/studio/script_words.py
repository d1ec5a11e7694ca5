"""What the studio's scripts say: `bare.html` puts translations on each page, and `words.js` reads them."""

from collections.abc import Mapping

from server.studio.language import FALLBACK, current, gettext
from server.studio.sentences import sentence

SENTENCES: tuple[str, ...] = (
    # studio.js
    sentence("Copied"),
    sentence("Press Ctrl+C"),
    # colours.js
    sentence("Text: %(ratio)s : 1"),
    sentence("Buttons: %(ratio)s : 1"),
    sentence("Button against the background: %(ratio)s : 1"),
    sentence("Text: %(ratio)s : 1 – at least %(least)s is needed"),
    sentence("Buttons: %(ratio)s : 1 – at least %(least)s is needed"),
    sentence("Button against the background: %(ratio)s : 1 – at least %(least)s is needed"),
    # filling.js
    sentence("Put back what was there"),
    # editor.js
    sentence("The server cannot be reached. Nothing was saved; try again."),
    # autosave.js
    sentence("Saving …"),
    sentence("Saved %(time)s"),
    sentence("Saved %(time)s, together with what %(name)s changed."),
    sentence("Saved %(time)s. A row needs a name to be saved."),
    sentence("Saved %(time)s. Press Save draft for the rest."),
    sentence("Press Save draft for what was added or removed."),
    sentence("Offline – will be saved"),
    sentence("Not saved: one field has to be put right."),
    sentence("Not saved: %(number)s fields have to be put right."),
    sentence("Not saved: your login has ended."),
    sentence(
        "Not saved: your role was changed, and does not include editing here any more. What you typed stays "
        "on this page; ask an owner to change your role back."
    ),
    sentence(
        "Not saved: the site was deleted, or your role is not for it any more. What you typed stays on this "
        "page; ask an owner."
    ),
    sentence("Not saved: your role needs a second factor now."),
    sentence("Add a second factor"),
    sentence("Not saved: the server cannot save just now. It will be tried again."),
    sentence("Not saved: the server refuses it. Press Save draft to see why."),
    sentence("%(name)s changed this too:"),
    sentence("Another window"),
    sentence("Choose which to keep"),
    sentence("Log in again"),
    # login_again.js
    sentence(
        "You are logged in as %(email)s, and this page was opened by %(first)s. "
        "What was typed here is not sent yet."
    ),
    sentence("Send it as %(email)s"),
    sentence("The server cannot be reached. Try again."),
    sentence("You are not logged in yet."),
    # passkeys.js
    sentence("This device has a passkey for your account already."),
    sentence("No passkey was used. Try again, or go on without one."),
    # logo.js
    sentence("Choose a file first."),
    sentence("The file is larger than 100 KB. Make it smaller."),
    sentence("The file could not be uploaded. Try again."),
    sentence("The logo is removed from the form."),
    # preview.js, preview_stage.js, preview_readout.js
    sentence("Preview of the banner"),
    sentence("%(width)s px wide"),
    sentence("%(width)s × %(height)s px, made smaller"),
    sentence("Visitors do not see this field."),
    sentence("The draft has nothing new to ask about. As an example, the last service is shown as new."),
    sentence("The preview did not load. Your login may have ended, or the server cannot be reached."),
    sentence("Lowest contrast: %(ratio)s : 1 in “%(text)s”. At least %(least)s is needed."),
    sentence("Too little contrast: %(ratio)s : 1 in “%(text)s”. At least %(least)s is needed."),
    sentence("Reached by keyboard, in this order: %(count)s"),
    sentence("button"),
    sentence("link"),
    sentence("switch"),
    sentence("unfolds"),
    sentence("frame"),
    sentence("field"),
    # search.js
    sentence("The search does not answer. Load the page again."),
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
    sentence("The row"),
    sentence("%(name)s is removed."),
    sentence("Cancel"),
    sentence("This is not an address such as https://www.example.no."),
)
"""All sentences of the scripts; their places are filled by the script."""


def words() -> Mapping[str, str]:
    """Sentence → its translation for the present page; none for English, which the scripts have."""
    return {} if current() == FALLBACK else {english: gettext(english) for english in SENTENCES}
