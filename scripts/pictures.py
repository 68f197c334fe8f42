"""Makes the README's pictures: the bot with its demo model in the real Agents Playground.

    .venv/bin/python scripts/pictures.py

Needs Chromium, as the tests in tests/e2e do, and Segoe UI or Open Sans.
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

from PIL import Image
from playwright.sync_api import FloatRect, Page

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

import console
from e2e.playground_page import BOT, NARROWEST, Chat, Playground
from e2e.stage import MissingError, Stage, open_stage

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"

# Seconds that show the question before it is sent, and the complete answer.
QUESTION_STANDS, ANSWER_STANDS = 0.8, 2.0

# Teams uses Segoe UI, which only Windows has. The outline is Chromium's frame around the focused element.
STYLE = """
@font-face { font-family: "Segoe UI"; font-weight: 400; src: local("Segoe UI"), local("Open Sans"); }
@font-face { font-family: "Segoe UI"; font-weight: 600; src: local("Segoe UI Semibold"), local("Open Sans SemiBold"); }
@font-face { font-family: "Segoe UI"; font-weight: 700; src: local("Segoe UI Bold"), local("Open Sans Bold"); }
[role="textbox"] { outline: none !important; }
"""


class Camera:
    """Takes pictures of the conversation and of the list of conversations beside it."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._clip = self._frame()

    def picture(self) -> Image.Image:
        shot = self._page.screenshot(clip=self._clip)
        return Image.open(io.BytesIO(shot)).convert("RGB")

    def film(self, chat: Chat, number: int) -> list[tuple[Image.Image, float]]:
        """Film the growing answer with this number. Return pictures with their times in seconds."""
        shots = [(self.picture(), time.monotonic())]
        while not chat.is_answered(number):
            shots.append((self.picture(), time.monotonic()))
        shots.append((self.picture(), time.monotonic()))
        return shots

    def _frame(self) -> FloatRect:
        """The window without the Playground's own bars at the left and at the top."""
        window, conversations = self._page.viewport_size, self._page.get_by_role("region").bounding_box()
        assert window and conversations
        x, y = conversations["x"], conversations["y"]
        return {"x": x, "y": y, "width": window["width"] - x, "height": window["height"] - y}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.parse_args()
    IMAGES.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory() as directory, open_stage(Path(directory)) as stage:
            make_streaming(stage, IMAGES / "streaming.gif")
            make_group(stage, IMAGES / "group.png")
    except MissingError as missing:
        sys.exit(str(missing))


def make_streaming(stage: Stage, path: Path) -> None:
    """Film a question in the personal chat and the growing answer."""
    playground = open_playground(stage, height=480, scale=1.5)
    chat = playground.personal_chat()
    chat.ask("My name is Alex.")
    camera = Camera(playground.page)
    number = chat.answers.count()
    chat.write("Tell me a long story.")
    asked = camera.picture()
    chat.send()
    save_animation([(asked, time.monotonic() - QUESTION_STANDS), *camera.film(chat, number)], path)


def make_group(stage: Stage, path: Path) -> None:
    """Take a picture of questions and answers in the group chat."""
    playground = open_playground(stage, height=540, scale=2)
    chat = playground.group_chat()
    chat.ask(BOT, " show me some code.")
    chat.ask(BOT, " what did Alex ask?")
    Camera(playground.page).picture().quantize(256).save(path, optimize=True)
    print(f"{path} {path.stat().st_size / 1000:.0f} kB")


def open_playground(stage: Stage, *, height: int, scale: float = 1) -> Playground:
    page = stage.browser.new_page(
        viewport={"width": NARROWEST, "height": height}, device_scale_factor=scale, locale="en-US"
    )
    playground = Playground(page, stage.url)
    page.add_style_tag(content=STYLE)
    playground.hide_log()
    return playground


def save_animation(shots: list[tuple[Image.Image, float]], path: Path) -> None:
    """Save the pictures as a GIF in real time."""
    width, height = shots[0][0].size
    # One strip gives all pictures the same colours, so the file has only their differences.
    strip = Image.new("RGB", (width, height * len(shots)))
    for number, (picture, _) in enumerate(shots):
        strip.paste(picture, (0, height * number))
    strip = strip.quantize(128, dither=Image.Dither.NONE)
    first, *rest = [strip.crop((0, top, width, top + height)) for top in range(0, strip.height, height)]
    seconds = [later - earlier for (_, earlier), (_, later) in pairwise(shots)] + [ANSWER_STANDS]
    first.save(path, append_images=rest, save_all=True, duration=[round(1000 * s) for s in seconds], loop=0)
    print(f"{path} {path.stat().st_size / 1000:.0f} kB, {sum(seconds):.1f} s")


if __name__ == "__main__":
    console.run(main)
