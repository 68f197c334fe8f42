"""The making of an answer and its showing, side by side."""

import asyncio
from typing import Any, cast

import pytest

from parley.language import localizer_for
from parley.markdown.safe import SafeMarkdown
from parley.replies.buffer import AnswerBuffer
from parley.replies.reply import Reply


class Show:
    """A delivery that shows nothing, and notes whether it was ended in the middle."""

    was_cancelled = False

    async def show(self, draft: AnswerBuffer) -> None:
        try:
            await draft.made.wait()
        except asyncio.CancelledError:
            self.was_cancelled = True
            raise

    async def deliver(self, text: str, *, is_ai: bool) -> None:
        raise AssertionError("nothing is delivered here")

    async def end_stream(self) -> None:
        raise AssertionError("nothing is handed over here")


@pytest.fixture
def show() -> Show:
    return Show()


@pytest.fixture
async def reply(show: Show) -> Reply:
    return Reply(show, cast(Any, None), AnswerBuffer(SafeMarkdown(), localizer_for("en")))


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
