#!/usr/bin/env python3
"""Draws the icons of the Teams app, `appPackage/color.png` and `appPackage/outline.png`.

Two speech bubbles meet: a parley. Both icons share two paths on a grid of 32 units; the colour icon fills them, the
outline icon strokes them. Needs Pillow, which the development environment has:

    python scripts/icons.py

Teams' rules: the colour icon is 192x192 pixels with a background that fills the square, since Teams crops it, and 48
pixels of padding around the symbol; the outline icon is 32x32 pixels, white on transparent, without padding.
https://learn.microsoft.com/microsoftteams/platform/concepts/build-and-test/apps-package#app-icons
"""

from collections.abc import Iterable
from math import cos, radians, sin
from pathlib import Path

from PIL import Image, ImageDraw

import console

APP_PACKAGE = Path(__file__).resolve().parent.parent / "appPackage"

INDIGO, AMBER, WHITE = "#4338ca", "#fbbf24", "#ffffff"

GRID = 32
SUPERSAMPLING = 16  # drawn this much larger and averaged down, which smooths the edges

Point = tuple[float, float]


def arc(x: float, y: float, radius: float, start: int, end: int) -> list[Point]:
    """Points of a circle around (x, y) between two angles in degrees, clockwise from three o'clock."""
    return [(x + radius * cos(radians(angle)), y + radius * sin(radians(angle))) for angle in range(start, end + 1, 3)]


def bubble(left: float, top: float, right: float, bottom: float, radius: float = 5, tail: float = 5) -> list[Point]:
    """The outline of a rounded rectangle whose lower left corner runs out into a tail."""
    return [
        *arc(left + radius, top + radius, radius, 180, 270),
        *arc(right - radius, top + radius, radius, 270, 360),
        *arc(right - radius, bottom - radius, radius, 0, 90),
        (left + tail, bottom),
        (left, bottom + tail),
    ]


BEHIND = [(GRID - x, y) for x, y in bubble(1, 1, 21, 16)]
IN_FRONT = bubble(1, 10, 20, 26)
STROKE = 2
GAP = 1.5  # free space around the bubble in front
DOTS = [(5.75, 18), (10.5, 18), (15.25, 18)]
DOT_RADIUS = 1.5


class Mask:
    """The area of one colour in an icon: drawn on the grid, read as an image of values from 0 to 255."""

    def __init__(self, size: int, margin: float = 0) -> None:
        """Make an empty mask; `size` is the edge of the icon and `margin` the free space around the grid, in pixels."""
        self._size = size
        self._unit = (size - 2 * margin) * SUPERSAMPLING / GRID
        # Pillow measures between the centres of pixels: its origin is half a pixel in, and its shapes are a pixel
        # larger than their size.
        self._offset = margin * SUPERSAMPLING - 0.5
        self._image = Image.new("L", (size * SUPERSAMPLING, size * SUPERSAMPLING))
        self._draw = ImageDraw.Draw(self._image)

    def fill(self, path: Iterable[Point], value: int = 255) -> None:
        self._draw.polygon(self._pixels(path), fill=value)

    def stroke(self, path: list[Point], width: float, value: int = 255) -> None:
        """Stroke the closed path with round joins."""
        self._draw.line(self._pixels([*path, path[0]]), fill=value, width=round(width * self._unit) - 1)
        self.dots(path, width / 2, value)

    def dots(self, centers: Iterable[Point], radius: float, value: int) -> None:
        for center in self._pixels(centers):
            self._draw.circle(center, radius * self._unit - 0.5, fill=value)

    def image(self) -> Image.Image:
        return self._image.resize((self._size, self._size), Image.Resampling.BOX)

    def _pixels(self, points: Iterable[Point]) -> list[Point]:
        return [(self._offset + x * self._unit, self._offset + y * self._unit) for x, y in points]


def color_icon() -> Image.Image:
    size, margin = 192, 48
    behind, in_front = Mask(size, margin), Mask(size, margin)
    behind.fill(BEHIND)
    behind.stroke(BEHIND, STROKE)
    behind.fill(IN_FRONT, 0)
    behind.stroke(IN_FRONT, STROKE + 2 * GAP, 0)
    in_front.fill(IN_FRONT)
    in_front.stroke(IN_FRONT, STROKE)
    in_front.dots(DOTS, DOT_RADIUS, 0)

    icon = Image.new("RGB", (size, size), INDIGO)
    icon.paste(AMBER, mask=behind.image())
    icon.paste(WHITE, mask=in_front.image())
    return icon


def outline_icon() -> Image.Image:
    size = 32
    mask = Mask(size)
    mask.stroke(BEHIND, STROKE)
    mask.fill(IN_FRONT, 0)
    mask.stroke(IN_FRONT, STROKE + 2 * GAP, 0)
    mask.stroke(IN_FRONT, STROKE)

    icon = Image.new("RGBA", (size, size), WHITE)
    icon.putalpha(mask.image())
    return icon


def main() -> None:
    for name, icon in (("color.png", color_icon()), ("outline.png", outline_icon())):
        icon.save(APP_PACKAGE / name, optimize=True)
        print(APP_PACKAGE / name)


if __name__ == "__main__":
    console.run(main)
