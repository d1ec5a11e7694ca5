"""Uploaded pictures, made into small PNG files: nothing of the file but its colours is kept. Pure."""

import io
import struct
import warnings

from PIL import ExifTags, Image

from server.sites.svg import BadImageError

FORMATS = ("PNG", "JPEG", "WEBP")
"""Formats that are read. Nothing else is tried: each reader is a way in."""

WIDEST, HIGHEST = 800, 200
"""CSS pixels of a logo are fewer; these are enough for screens of the finest kind."""

MOST_PIXELS = 16_000_000
"""Pixels of a file that is read: 64 MB of memory. A file of 100 KB can claim a thousand times as many."""

LONGEST_SIDE = 16_000
"""Pixels. A row of millions is no logo, and takes seconds to make smaller."""

_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""Exif 2.3, tag 0x0112: which side is up → what turns it so."""

LARGEST = 100 * 1024
"""Bytes of what is made."""

_TOO_MANY = "has too many pixels; make it smaller"


def to_png(data: bytes) -> bytes:
    """The picture in a PNG, JPEG or WebP file, as a PNG file of at most 800 × 200 pixels and 100 KB.

    :raises BadImageError: it is none of these, is damaged, or has too many pixels.
    """
    try:
        with warnings.catch_warnings():
            # Our own limit is lower than the one that Pillow warns about.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            # Metadata that breaks off is left out, as all metadata is.
            warnings.simplefilter("ignore", UserWarning)
            picture = _unpacked(data)
    except BadImageError:
        raise
    except Image.DecompressionBombError as fault:
        raise BadImageError(_TOO_MANY) from fault
    except (OSError, SyntaxError, ValueError, struct.error) as fault:
        raise BadImageError("is not a PNG, JPEG, WebP or SVG file that can be read") from fault
    picture.thumbnail((WIDEST, HIGHEST), Image.Resampling.LANCZOS)
    return _packed(picture)


def _unpacked(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
        width, height = opened.size
        if width * height > MOST_PIXELS or max(width, height) > LONGEST_SIDE:
            raise BadImageError(_TOO_MANY)
        # Only now is anything unpacked. Cameras write which side is up beside the picture.
        turn = _UPRIGHT.get(_orientation(opened))
        picture = opened.convert("RGBA")
        return picture if turn is None else picture.transpose(turn)


def _orientation(picture: Image.Image) -> int:
    """Which side is up, 1 to 8; 1 if that cannot be read. Nothing else of the metadata is looked at."""
    try:
        found = picture.getexif().get(ExifTags.Base.Orientation)
    except Exception:  # noqa: BLE001 - Pillow's reader of metadata promises no errors of its own kind
        return 1
    return found if isinstance(found, int) else 1


def _packed(picture: Image.Image) -> bytes:
    """The first of a few ways of packing it that is small enough."""
    best = _png(picture)
    if len(best) > LARGEST:
        best = _png(picture.quantize(256, method=Image.Quantize.FASTOCTREE))
    while len(best) > LARGEST:
        picture = picture.resize((max(1, picture.width // 2), max(1, picture.height // 2)))
        best = _png(picture)
    return best


def _png(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG", optimize=True)
    return file.getvalue()
