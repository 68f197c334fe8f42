"""Fixtures for the tests with the Playground, and a screenshot of each test that fails."""

import os
from collections.abc import Generator, Iterator
from contextlib import suppress

import pytest
from playwright.sync_api import Error, expect

from .playground_page import NARROWEST, Playground
from .stage import BOT_LOG, MissingError, Stage, open_stage

# Milliseconds: the same timeout as for clicks, for busy machines.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    """The settings of the bot: none, so that the demo model answers. A module with other settings overrides this."""
    return {}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, settings: dict[str, str]) -> Iterator[Stage]:
    """The bot, the Playground and the browser, with the module's settings. Without a browser the tests are skipped;
    with PARLEY_REQUIRE_E2E=1 they fail."""
    try:
        with open_stage(tmp_path_factory.mktemp("stage"), **settings) as stage:
            yield stage
    except MissingError as missing:
        if os.environ.get("PARLEY_REQUIRE_E2E") == "1":
            pytest.fail(str(missing), pytrace=False)
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def playground(stage: Stage) -> Iterator[Playground]:
    """The Playground in one page for all tests, because opening a page takes seconds."""
    page = stage.browser.new_page(viewport={"width": NARROWEST, "height": 800}, locale="en-US")
    yield Playground(page, stage.url)
    page.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Function, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Take a screenshot when a test fails. Add its path and that of the bot's log to the report."""
    report = yield
    playground, stage = item.funcargs.get("playground"), item.funcargs.get("stage")
    if report.failed and isinstance(playground, Playground) and isinstance(stage, Stage):
        screenshot = stage.directory / f"{item.name}.png"
        with suppress(Error):  # the browser itself may have failed
            playground.screenshot(screenshot)
            report.sections.append(("screenshot of the Playground", str(screenshot)))
        report.sections.append(("log of the bot", str(stage.directory / BOT_LOG)))
    return report
