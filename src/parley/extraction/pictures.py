"""Pictures as a model takes them: upright, small enough, in a format that every server knows."""

from io import BytesIO

from PIL import Image, ImageOps

from . import Problem, UnreadableError

# Pillow tries no decoder but those of these.
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP")

# Pixels on the longer side. OpenAI scales what is longer down to it
# (https://platform.openai.com/docs/guides/images-vision).
_LONGEST_SIDE = 2048

# Pixels of a picture, which phones come to when they are asked for all that they have; and pixels that are decoded, of
# four bytes each, whatever they take in the file: a bomb of a few kilobytes would fill the memory.
_MAX_PIXELS = 50_000_000
_MAX_DECODED = 25_000_000

_QUALITY = 88  # of JPEG

# By how much the sides of what is still too large shrink.
_SHRINKING = 0.75


def read_picture(data: bytes, max_bytes: int) -> tuple[str, bytes]:
    """Make a picture for the model; of one that moves its first frame.

    It is always written anew: not every server knows GIF and WebP, and what a camera notes beside the picture, such as
    where it was taken, is nobody's business.

    Args:
        data: the file, in whatever format.
        max_bytes: the size of the result at most; at least 10,000.

    Returns:
        its media type, and its bytes.

    Raises:
        UnreadableError: it is no picture, damaged, or has too many pixels.
    """
    try:
        with Image.open(BytesIO(data), formats=_FORMATS) as image:
            if image.width * image.height > _MAX_PIXELS:
                raise UnreadableError(Problem.TOO_LARGE)
            image.draft(None, (_LONGEST_SIDE, _LONGEST_SIDE))  # of a large JPEG fewer pixels are decoded
            if image.width * image.height > _MAX_DECODED:
                raise UnreadableError(Problem.TOO_LARGE)
            is_drawn = image.format in ("PNG", "GIF") or image.has_transparency_data
            picture = _normalize(image)
    except UnreadableError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UnreadableError(Problem.TOO_LARGE) from error
    except MemoryError as error:
        raise UnreadableError(Problem.TOO_LARGE) from error
    except Exception as error:  # what decoders raise is no closed list
        raise UnreadableError(Problem.DAMAGED) from error
    if is_drawn and len(data := _encode(picture, "PNG")) <= max_bytes:
        return "image/png", data
    picture = _on_white(picture)
    while len(data := _encode(picture, "JPEG", quality=_QUALITY)) > max_bytes:
        picture.thumbnail((max(1, picture.width * _SHRINKING), max(1, picture.height * _SHRINKING)))
    return "image/jpeg", data


def _normalize(image: Image.Image) -> Image.Image:
    """Upright, no longer than `_LONGEST_SIDE`, with nothing but pixels."""
    mode = "RGBA" if image.has_transparency_data else "RGB"
    if image.mode == "I;16":  # gray in 16 bits, of which Pillow would keep the lower ones
        image = image.point(lambda value: value * (1 / 256)).convert("L")  # pyright: ignore[reportUnknownMemberType]
    image.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    picture = ImageOps.exif_transpose(image).convert(mode)
    picture.info.clear()
    return picture


def _on_white(picture: Image.Image) -> Image.Image:
    """As JPEG has it, which knows no transparency."""
    if picture.mode == "RGB":
        return picture
    paper = Image.new("RGB", picture.size, "white")
    paper.paste(picture, mask=picture.getchannel("A"))
    return paper


def _encode(picture: Image.Image, format: str, **options: int) -> bytes:
    file = BytesIO()
    picture.save(file, format, **options)
    return file.getvalue()
