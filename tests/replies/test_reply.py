"""Replies: the making of an answer beside its display, and its end."""

import asyncio
from collections.abc import Sequence
from typing import Any, cast

import pytest

from parley.language import localizer_for
from parley.markdown.safe import SafeMarkdown
from parley.markdown.tokenizer import BREAK
from parley.models import Answer, EmptyAnswerError
from parley.replies import Reply, StoppedError
from parley.replies.delivery import Progress


class Show:
    """A delivery that shows nothing, and records what is delivered and whether it was cancelled."""

    def __init__(self) -> None:
        self.was_cancelled = False
        self.stopped_text: str | None = None
        self.delivered: list[str] = []

    async def show(self, progress: Progress) -> None:
        if self.stopped_text is not None:
            raise StoppedError(self.stopped_text)
        try:
            await progress.work_ended.wait()
        except asyncio.CancelledError:
            self.was_cancelled = True
            raise

    async def deliver(self, text: str, *, is_ai: bool) -> None:
        self.delivered.append(text)

    async def end_stream(self) -> None:
        raise AssertionError("no stream is ended here")


class Sender:
    """A sender without earlier messages."""

    replaces_earlier = False

    def suggest(self, suggestions: Sequence[str]) -> None:
        pass

    async def delete_earlier(self) -> None:
        pass


@pytest.fixture
def show() -> Show:
    return Show()


@pytest.fixture
async def reply(show: Show) -> Reply:
    return Reply(show, cast(Any, Sender()), SafeMarkdown(), localizer_for("en"))


async def test_a_generation_that_cancels_itself_is_a_failure(reply: Reply):
    async def make() -> None:
        raise asyncio.CancelledError

    with pytest.raises(RuntimeError):
        await reply.stream(make())


async def test_generation_and_display_end_when_the_turn_is_cancelled(reply: Reply, show: Show):
    ended = asyncio.Event()

    async def make() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    turn = asyncio.create_task(reply.stream(make()))
    await asyncio.sleep(1)
    turn.cancel()
    with pytest.raises(asyncio.CancelledError):
        await turn

    assert ended.is_set() and show.was_cancelled


async def test_a_generation_that_fails_ends_the_display(reply: Reply, show: Show):
    async def make() -> None:
        raise ValueError

    with pytest.raises(ValueError):
        await reply.stream(make())

    assert not show.was_cancelled


async def test_a_stopped_reply_ignores_further_messages(reply: Reply, show: Show):
    show.stopped_text = "One, two"

    with pytest.raises(StoppedError):
        await reply.stream(asyncio.Event().wait())
    await reply.send("Sorry.")
    await reply.send("What next?", ["More"])

    assert reply.stopped_text == "One, two"


async def test_an_empty_answer_is_a_failure(reply: Reply):
    await reply.on_chunk(" \N{ZERO WIDTH SPACE}\n")

    with pytest.raises(EmptyAnswerError):
        await reply.finish(Answer(" ", None))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("One, **two", "One, **two**"),
        ("One, [two](https://a.exa", f"One, {BREAK}two"),
        ("One, ![two](https://a.exa", "One, "),
        ("One\n\n```py\ntwo", "One\n\n```py\ntwo\n```"),
    ],
)
async def test_a_cut_off_answer_has_no_dangling_marks(reply: Reply, show: Show, text: str, shown: str):
    await reply.on_chunk(text)

    await reply.finish(Answer(text, None, cut_off=True))

    assert show.delivered == [f"{shown}\n\n{localizer_for('en')('cut-off')}"]


async def test_a_cut_off_answer_says_so_above_the_notices(reply: Reply, show: Show):
    await reply.on_chunk("One, two")

    await reply.finish(Answer("One, two", None, cut_off=True), notices=["`a.pdf` is too large."])

    assert show.delivered == [f"One, two\n\n{localizer_for('en')('cut-off')}\n\n`a.pdf` is too large."]
