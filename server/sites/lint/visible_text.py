"""What readers see of a text. Pure."""

import re
import unicodedata
from functools import lru_cache

_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
"""Letters, signs and marks that fonts show as nothing (Unicode: Default_Ignorable_Code_Point, and the blank
pattern of Braille)."""


@lru_cache(maxsize=512)
def visible(text: str) -> str:
    """What readers see of a text: compatibility forms joined, without signs and blanks that show nothing.

    Remembered, since the lint looks at hundreds of texts each time a draft is saved, most of which stayed.
    """
    seen = _BLANK.sub("", unicodedata.normalize("NFKC", text).replace("\n", ""))
    # Nearly all texts are printable.
    if not seen.isprintable():
        seen = "".join(sign for sign in seen if unicodedata.category(sign) not in ("Cf", "Cc"))
    return " ".join(seen.split())
