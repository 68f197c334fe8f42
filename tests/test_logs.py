"""The log as an operator reads it."""

import asyncio
import logging
from collections.abc import Iterator

import pytest

from doubles.bot import Bot
from parley.logs import cause_of, configure_logging, logged_turn


@pytest.fixture(autouse=True)
def restored_logging() -> Iterator[None]:
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    yield
    root.setLevel(level)
    root.handlers[:] = handlers


def test_the_log_contains_no_secret(capsys: pytest.CaptureFixture[str]):
    configure_logging("INFO", ["the-long-secret"])
    try:
        raise RuntimeError("refused: the-long-secret")
    except RuntimeError:
        logging.getLogger("parley").exception("With %s", "the-long-secret")

    log = capsys.readouterr().err
    assert "With ***" in log and "RuntimeError: refused: ***" in log
    assert "the-long-secret" not in log


def test_the_log_keeps_words_that_are_common_dummy_keys(capsys: pytest.CaptureFixture[str]):
    configure_logging("INFO", ["ollama"])
    logging.getLogger("parley").info("Answering with llama at ollama")

    assert "at ollama" in capsys.readouterr().err


@pytest.mark.parametrize(("level", "shown"), [("INFO", False), ("DEBUG", True)])
@pytest.mark.parametrize("client", ["httpx", "azure.core.pipeline"])
def test_requests_of_clients_are_logged_only_at_debug(
    capsys: pytest.CaptureFixture[str], client: str, level: str, shown: bool
):
    configure_logging(level, [])
    logging.getLogger(client).info("HTTP Request: POST http://teams")
    logging.getLogger(client).warning("something odd")

    log = capsys.readouterr().err
    assert ("HTTP Request" in log) is shown
    assert "something odd" in log


@pytest.mark.parametrize(("level", "shown"), [("INFO", False), ("DEBUG", True)])
def test_texts_in_logs_of_clients_appear_only_at_debug(capsys: pytest.CaptureFixture[str], level: str, shown: bool):
    configure_logging(level, [])
    logging.getLogger("mcp.client.stdio").error("Failed to parse: the text of an answer")

    assert ("the text of an answer" in capsys.readouterr().err) is shown


def test_the_cause_of_an_error_is_its_innermost_exception():
    try:
        try:
            raise ConnectionRefusedError(111, "Connect call\nfailed")
        except ConnectionRefusedError as refusal:
            raise TimeoutError("Request timed out.") from refusal
    except TimeoutError as error:
        assert cause_of(error) == "ConnectionRefusedError: [Errno 111] Connect call failed"


def test_the_cause_is_the_error_itself_when_its_cause_is_empty():
    try:
        raise RuntimeError("No word within 60 s") from TimeoutError()
    except RuntimeError as error:
        assert cause_of(error) == "RuntimeError: No word within 60 s"


@pytest.mark.parametrize("library", ["asyncio", "uvicorn.error"])
def test_what_strangers_cause_is_logged_once_a_minute(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, library: str
):
    now = 1_000_000.0
    monkeypatch.setattr("time.time", lambda: now)
    monkeypatch.setattr("time.time_ns", lambda: int(now * 1e9))
    configure_logging("INFO", [])
    for number in range(100):
        error = OSError(24, "Too many open files")
        logging.getLogger(library).error("No resource\nsocket: %d", number, exc_info=error)
    logging.getLogger(library).error("Something else")
    now += 61
    logging.getLogger(library).error("No resource\nsocket: %d", 100, exc_info=OSError(24, "Too many open files"))

    log = capsys.readouterr().err
    assert log.count("No resource") == 2 and log.count("Something else") == 1
    assert "(and 99 more since this was last logged)" in log


def test_lines_of_parley_are_logged_each_time(capsys: pytest.CaptureFixture[str]):
    configure_logging("INFO", [])
    for _ in range(3):
        logging.getLogger("parley.handlers.message").error("Turn failed")

    assert capsys.readouterr().err.count("Turn failed") == 3


async def test_lines_of_a_turn_end_with_its_ids(capsys: pytest.CaptureFixture[str]):
    async def answer() -> None:
        try:
            raise RuntimeError("refused")
        except RuntimeError:
            logging.getLogger("parley").exception("Turn failed")

    configure_logging("INFO", [])
    with logged_turn(12, "19:group @thread.v2\n"):
        answering = asyncio.create_task(answer())
    await answering
    logging.getLogger("parley").info("Stopped")

    lines = capsys.readouterr().err.splitlines()
    assert lines[0].endswith(" parley: Turn failed turn=12 conversation=19:group@thread.v2")
    assert lines[-1].endswith(" parley: Stopped")


async def test_lines_of_handlers_carry_the_ids_of_their_turn(capsys: pytest.CaptureFixture[str], bot: Bot):
    configure_logging("INFO", [])
    await bot.personal("a:1").ask("Hi")

    [line] = [line for line in capsys.readouterr().err.splitlines() if "parley.handlers" in line]
    assert line.endswith(" turn=1 conversation=a:1")
