"""Makes the README's pictures: the bot with its demo model in the real Agents Playground.

    python3 scripts/environment.py scripts/pictures.py
    python3 scripts/environment.py scripts/pictures.py --moments DIRECTORY  # each moment in which a user meets the bot

Needs Chromium, as the tests in tests/e2e do, and Segoe UI or Open Sans.
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

from PIL import Image
from playwright.sync_api import FloatRect, Page

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

import console
from doubles.machine import free_port
from e2e.playground_page import NARROWEST, Chat, Playground
from e2e.stage import MissingError, Stage, open_stage
from moments import WITH_DEMO_MODEL, WITH_FAULTY_MODEL, WITHOUT_MODEL, Moment, asked, asked_in_group, faulty_model

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"

# Seconds for which the GIF shows the question before it is sent, and the complete answer.
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
    parser.add_argument(
        "--moments", metavar="DIRECTORY", type=Path, help="picture each moment of the bot there instead"
    )
    directory: Path | None = parser.parse_args().moments
    try:
        if directory:
            make_moments(directory)
        else:
            make_readme_pictures(IMAGES)
    except MissingError as missing:
        sys.exit(str(missing))


def make_readme_pictures(directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    with opened_stage() as stage:
        make_streaming(stage, directory / "streaming.gif")
        for dark in (False, True):
            theme = "dark" if dark else "light"
            make_picture(
                stage, asked("Connect a real model"), directory / f"personal-{theme}.png", dark=dark, height=700
            )
            make_picture(
                stage,
                asked_in_group("give me ideas for a team event"),
                directory / f"group-{theme}.png",
                dark=dark,
                height=580,
            )


def make_moments(directory: Path) -> None:
    """Take a picture of each moment, and of the welcome message in both themes."""
    directory.mkdir(parents=True, exist_ok=True)
    with opened_stage() as stage:
        for name, moment in WITH_DEMO_MODEL.items():
            make_picture(stage, moment, directory / f"{name}.png")
        make_picture(stage, WITH_DEMO_MODEL["welcome"], directory / "welcome-dark.png", dark=True)
    with opened_stage(OPENAI_BASE_URL=f"http://127.0.0.1:{free_port()}/v1", OPENAI_MODEL="missing") as stage:
        for name, moment in WITHOUT_MODEL.items():
            make_picture(stage, moment, directory / f"{name}.png")
    with faulty_model() as url, opened_stage(OPENAI_BASE_URL=url, OPENAI_MODEL="faulty") as stage:
        for name, moment in WITH_FAULTY_MODEL.items():
            make_picture(stage, moment, directory / f"{name}.png")


@contextmanager
def opened_stage(**settings: str) -> Generator[Stage]:
    with tempfile.TemporaryDirectory() as directory, open_stage(Path(directory), **settings) as stage:
        yield stage


def make_streaming(stage: Stage, path: Path) -> None:
    """Film a question in the personal chat and the growing answer."""
    playground = open_playground(stage, height=480, scale=1.5)
    chat = playground.personal_chat()
    chat.ask("My name is Alex.")
    camera = Camera(playground.page)
    number = chat.answers.count()
    chat.write("Tell me a short story")
    written = camera.picture()
    chat.send()
    save_animation([(written, time.monotonic() - QUESTION_STANDS), *camera.film(chat, number)], path)
    playground.page.close()


def make_picture(stage: Stage, moment: Moment, path: Path, *, height: int = 640, dark: bool = False) -> None:
    """Take a picture of a moment, in the light theme or in the dark one that Chromium derives from it."""
    playground = open_playground(stage, height=height, scale=1.5, dark=dark)
    moment(playground)
    Camera(playground.page).picture().quantize(256).save(path, optimize=True)
    print(f"{path} {path.stat().st_size / 1000:.0f} kB")
    playground.page.close()


def open_playground(stage: Stage, *, height: int, scale: float = 1, dark: bool = False) -> Playground:
    page = stage.browser.new_page(
        viewport={"width": NARROWEST, "height": height}, device_scale_factor=scale, locale="en-US"
    )
    if dark:
        page.context.new_cdp_session(page).send("Emulation.setAutoDarkModeOverride", {"enabled": True})
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
