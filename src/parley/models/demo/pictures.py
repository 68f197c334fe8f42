"""The look of a picture, as far as rules can tell."""

import colorsys
from base64 import b64decode
from collections import Counter
from dataclasses import dataclass
from io import BytesIO
from itertools import batched

from PIL import Image

# Pixels of the longer side of the copy whose colors are counted.
_COUNTED_SIDE = 48

# Colors by the end of their hue, in degrees.
_HUES = ((15, "red"), (42, "orange"), (70, "yellow"), (165, "green"), (255, "blue"), (310, "purple"), (345, "pink"))

# The least share of a color that is worth a word.
_LEAST_SHARE = 0.08


@dataclass(frozen=True)
class Look:
    """The look of a picture. Its words are those of the scripts: `landscape`, `bright`, `blue`."""

    format: str
    width: int
    height: int
    shape: str
    light: str
    colors: list[tuple[str, int]]
    """The most frequent colors with their percentages."""


def look_at(url: str) -> Look | None:
    """The look of the picture in a `data:` URL; None if it is no PNG or JPEG.

    The extraction process has re-encoded the picture, so these are not the bytes that a stranger sent.
    """
    try:
        with Image.open(BytesIO(b64decode(url.partition(",")[2])), formats=("PNG", "JPEG")) as image:
            format, (width, height) = image.format or "", image.size
            image.draft("RGB", (_COUNTED_SIDE, _COUNTED_SIDE))  # decodes fewer pixels of a JPEG
            image.thumbnail((_COUNTED_SIDE, _COUNTED_SIDE))
            picture = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image.convert("RGBA"))
    except (OSError, ValueError):
        return None
    pixels = [tuple(part / 255 for part in pixel) for pixel in batched(picture.convert("RGB").tobytes(), 3)]
    shares = [(color, count / len(pixels)) for color, count in Counter(map(_name, pixels)).most_common(3)]
    return Look(
        format=format,
        width=width,
        height=height,
        shape="square" if width == height else "landscape" if width > height else "portrait",
        light="bright" if sum(map(sum, pixels)) / len(pixels) / 3 >= 0.5 else "dark",
        colors=[(color, round(100 * share)) for color, share in shares if share >= _LEAST_SHARE],
    )


def _name(pixel: tuple[float, ...]) -> str:
    hue, saturation, value = colorsys.rgb_to_hsv(*pixel)
    if value < 0.15:
        return "black"
    if saturation < 0.12:
        return "white" if value > 0.88 else "gray"
    color = next((color for end, color in _HUES if hue * 360 < end), "red")
    return "brown" if color == "orange" and value < 0.65 else color
