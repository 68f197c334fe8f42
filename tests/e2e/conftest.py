"""The fixtures that put a test in front of the Playground, and what is kept of a test that fails there."""

import os
from collections.abc import Generator, Iterator
from contextlib import suppress

import pytest
from playwright.sync_api import Error, expect

from .playground_page import NARROWEST, Playground
from .stage import BOT_LOG, MissingError, Stage, open_stage

# Milliseconds. Expectations are as patient as clicks are, for machines that have much to do.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    """The settings of the bot: none, so that the demo model answers. A module that needs others has its own fixture."""
    return {}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, settings: dict[str, str]) -> Iterator[Stage]:
    """The bot, the Playground and the browser, with the module's settings. Without a browser the tests are skipped,
    unless PARLEY_REQUIRE_E2E=1 asks for them: then they fail."""
    try:
        with open_stage(tmp_path_factory.mktemp("stage"), **settings) as stage:
            yield stage
    except MissingError as missing:
        if os.environ.get("PARLEY_REQUIRE_E2E") == "1":
            pytest.fail(str(missing), pytrace=False)
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def playground(stage: Stage) -> Iterator[Playground]:
    """The Playground in a page that the tests share, because opening it takes seconds."""
    page = stage.browser.new_page(viewport={"width": NARROWEST, "height": 800}, locale="en-US")
    yield Playground(page, stage.url)
    page.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Function, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep what the Playground shows when a test fails, and name it in the report."""
    report = yield
    playground, stage = item.funcargs.get("playground"), item.funcargs.get("stage")
    if report.failed and isinstance(playground, Playground) and isinstance(stage, Stage):
        screenshot = stage.directory / f"{item.name}.png"
        # The browser may be what failed.
        with suppress(Error):
            playground.screenshot(screenshot)
            report.sections.append(("what the Playground showed", str(screenshot)))
        report.sections.append(("what the bot logged", str(stage.directory / BOT_LOG)))
    return report
