"""Pictures are painted anew: what a reader sees stays; metadata and whatever hid behind it go."""

from dataclasses import dataclass
from io import BytesIO

from PIL import ExifTags, Image

from smsplatform.core.files.errors import FileUnreadable, PictureTooLarge

MOST_PIXELS = 40_000_000
_FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG"}
_Turn = Image.Transpose
# How a picture is held, by its metadata's number.
_TURNS = {
    2: _Turn.FLIP_LEFT_RIGHT,
    3: _Turn.ROTATE_180,
    4: _Turn.FLIP_TOP_BOTTOM,
    5: _Turn.TRANSPOSE,
    6: _Turn.ROTATE_270,
    7: _Turn.TRANSVERSE,
    8: _Turn.ROTATE_90,
}


@dataclass(frozen=True, slots=True)
class Picture:
    content: bytes
    width: int
    height: int


def repaint(content: bytes, media_type: str) -> Picture:
    """Raises PictureTooLarge before anything is decoded, and FileUnreadable."""
    wanted = _FORMATS[media_type]
    try:
        with Image.open(BytesIO(content), formats=[wanted]) as found:
            if found.width * found.height > MOST_PIXELS:
                raise _too_large()
            turned = _upright(found)
            plain = turned.convert("RGBA" if _is_transparent(turned, wanted) else "RGB")
    except Image.DecompressionBombError as error:
        raise _too_large() from error
    except (OSError, SyntaxError, ValueError, OverflowError) as error:
        raise FileUnreadable from error
    # A new canvas: nothing of the old file's dictionaries comes along.
    canvas = Image.new(plain.mode, plain.size)
    canvas.paste(plain)
    out = BytesIO()
    canvas.save(out, wanted, quality=90, optimize=wanted == "JPEG")
    return Picture(out.getvalue(), canvas.width, canvas.height)


def _upright(picture: Image.Image) -> Image.Image:
    """Pillow's own way writes all metadata anew, and breaks where one of them is broken."""
    held: object = picture.getexif().get(ExifTags.Base.Orientation)
    turn = _TURNS.get(held) if isinstance(held, int) else None
    return picture if turn is None else picture.transpose(turn)


def _is_transparent(picture: Image.Image, wanted: str) -> bool:
    return wanted == "PNG" and picture.has_transparency_data


def _too_large() -> PictureTooLarge:
    return PictureTooLarge(megapixels=MOST_PIXELS // 1_000_000)
