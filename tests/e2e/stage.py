"""The stage of the tests: the bot and the Agents Playground as processes, and a browser."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

import playground
from doubles.machine import clean_environment, free_ports

BOT_LOG = "bot.log"
PLAYGROUND_CONFIG = Path(__file__).parents[2] / ".m365agentsplayground.yml"

# Seconds until a process must answer after its start, and end after SIGTERM.
START, STOP = 60, 30

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "msedge", "microsoft-edge")
_BROWSER_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
)


class MissingError(Exception):
    """The stage needs a program that is not installed."""


@dataclass(frozen=True)
class Stage:
    """The running processes."""

    url: str
    """The Playground's address."""
    browser: Browser
    directory: Path
    """The working directory of the processes, with the bot's database and the logs."""

    def parley(self, *command: str) -> str:
        """Run a `parley` command on the bot's database. Return its output."""
        program = [sys.executable, "-m", "parley", *command]
        return subprocess.check_output(
            program, cwd=self.directory, env=clean_environment(), encoding="utf-8", timeout=START
        )


@contextmanager
def open_stage(directory: Path, **settings: str) -> Generator[Stage]:
    """Run the bot with these settings, the Playground and the browser until the block ends.

    Raises:
        MissingError: the browser or the Playground is not installed.
    """
    browser_path, playground_command = find_browser(), _find_playground()
    bot_port, playground_port = free_ports(2)
    bot = _running(
        [sys.executable, "-m", "parley"],
        port=bot_port,
        environment={"DANGEROUSLY_ALLOW_UNAUTHENTICATED_REQUESTS": "true", "PORT": str(bot_port), **settings},
        log=directory / BOT_LOG,
    )
    client = _running(
        [
            *playground_command,
            *("-e", f"http://127.0.0.1:{bot_port}/api/messages", "-c", "msteams"),
            *("-p", str(playground_port), "--disable-telemetry"),
        ],
        port=playground_port,
        environment={"TEAMSAPPTESTER_BROWSER": "none", "M365_AGENTS_PLAYGROUND_CONFIG_PATH": str(PLAYGROUND_CONFIG)},
        log=directory / "playground.log",
    )
    with bot, client, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=browser_path,
            # The page loads fonts from the network; without them it looks the same everywhere.
            args=["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"],
            env={**clean_environment()},
        )
        yield Stage(f"http://127.0.0.1:{playground_port}", browser, directory)
        browser.close()


def find_browser() -> str:
    """Return the path of a Chromium: PLAYWRIGHT_CHROMIUM, or the first one found."""
    if path := os.environ.get("PLAYWRIGHT_CHROMIUM"):
        return path
    for path in (*map(shutil.which, _BROWSERS), *map(shutil.which, _BROWSER_PLACES)):
        if path:
            return path
    raise MissingError("No Chromium, Chrome or Edge was found. Install one, or set PLAYWRIGHT_CHROMIUM to its path.")


def _find_playground() -> list[str]:
    try:
        return playground.install(Path(sys.executable))
    except SystemExit as refusal:
        raise MissingError(str(refusal)) from None


@contextmanager
def _running(command: Sequence[str], *, port: int, environment: Mapping[str, str], log: Path) -> Generator[None]:
    """Run a process in the directory of its log until the block ends. Begin the block when it answers on `port`."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=log.parent,
            env=clean_environment(**environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        deadline = time.monotonic() + START
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{command} does not answer on port {port}:\n{log.read_text(errors='replace')}")
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP)
        process.kill()
        process.wait()


def _answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=0.5):
        return True
    return False
