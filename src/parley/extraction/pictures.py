"""Pictures for a model: upright, small enough, in a format that every server knows."""

from io import BytesIO

from PIL import Image, ImageOps

from . import Problem, UnreadableError

# The formats whose decoders Pillow may try.
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP")

# Pixels of the longer side. OpenAI itself scales larger pictures down to it
# (https://platform.openai.com/docs/guides/images-vision).
_LONGEST_SIDE = 2048

# Pixels of a picture, which phones reach at their highest resolution, and pixels that are decoded. Each takes four
# bytes, so that a file of a few kilobytes could fill the memory.
_MAX_PIXELS = 50_000_000
_MAX_DECODED = 25_000_000

_QUALITY = 88  # of JPEG

# The factor for the sides of a picture that is still too large.
_SHRINKING = 0.75


def read_picture(data: bytes, max_bytes: int) -> tuple[str, bytes]:
    """Make a picture for the model; of an animation, its first frame.

    It is always encoded again: not every server knows GIF and WebP, and metadata of a camera, for example the place, is
    not for the model.

    Args:
        data: the file.
        max_bytes: the maximum size of the result, at least 10,000.

    Returns:
        its media type, and its bytes.

    Raises:
        UnreadableError: it is no picture, damaged, or has too many pixels.
    """
    try:
        with Image.open(BytesIO(data), formats=_FORMATS) as image:
            if image.width * image.height > _MAX_PIXELS:
                raise UnreadableError(Problem.TOO_LARGE)
            image.draft(None, (_LONGEST_SIDE, _LONGEST_SIDE))  # decodes fewer pixels of a large JPEG
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
    except Exception as error:  # the exceptions of decoders are no closed list
        raise UnreadableError(Problem.DAMAGED) from error
    if is_drawn and len(data := _encode(picture, "PNG")) <= max_bytes:
        return "image/png", data
    picture = _on_white(picture)
    while len(data := _encode(picture, "JPEG", quality=_QUALITY)) > max_bytes:
        picture.thumbnail((max(1, picture.width * _SHRINKING), max(1, picture.height * _SHRINKING)))
    return "image/jpeg", data


def _normalize(image: Image.Image) -> Image.Image:
    """Turn a picture upright, scale it to `_LONGEST_SIDE`, and drop its metadata."""
    mode = "RGBA" if image.has_transparency_data else "RGB"
    if image.mode == "I;16":  # 16 bits of gray; Pillow would keep the lower eight
        image = image.point(lambda value: value * (1 / 256)).convert("L")  # pyright: ignore[reportUnknownMemberType]
    image.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    picture = ImageOps.exif_transpose(image).convert(mode)
    picture.info.clear()
    return picture


def _on_white(picture: Image.Image) -> Image.Image:
    """Put a picture on white paper: JPEG has no transparency."""
    if picture.mode == "RGB":
        return picture
    paper = Image.new("RGB", picture.size, "white")
    paper.paste(picture, mask=picture.getchannel("A"))
    return paper


def _encode(picture: Image.Image, format: str, **options: int) -> bytes:
    file = BytesIO()
    picture.save(file, format, **options)
    return file.getvalue()
