"""The reply to one activity, from its first sign to its last word."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, Protocol

from ..markdown.split import below, split
from ..tools.sources import Source
from .buffer import AnswerBuffer
from .sender import ActivitySender


class Delivery(Protocol):
    """How an answer reaches a conversation."""

    async def show(self, draft: AnswerBuffer) -> None:
        """Show that the answer is being made, and as much of it as can be shown, until it is made.

        Raises:
            StoppedError: the person does not want the answer any more.
        """
        ...

    async def deliver(self, text: str, *, is_ai: bool) -> None:
        """Leave the conversation with this text in one message, whatever was shown before.

        Raises:
            StoppedError: the person does not want the answer any more.
            httpx.HTTPError, TimeoutError: Teams does not take it.
        """
        ...

    async def end_stream(self) -> None:
        """Leave what is shown so that another attempt of the turn can take its place."""
        ...


class Reply:
    """`stream` each step of making an answer, which calls `on_chunk`, `on_tool` and `cite`, then `finish`. Or `send`,
    at any point, to end with a line of the bot's own.

    `stream`, `finish` and `send` raise `StoppedError` when the user does not want the answer any more; then the reply
    is at its end. `finish` and `send` raise what `ActivitySender.send` raises when Teams does not take what is sent.
    """

    def __init__(self, delivery: Delivery, outbox: ActivitySender, draft: AnswerBuffer) -> None:
        self._delivery = delivery
        self._outbox = outbox
        self._draft = draft
        self._is_delivered = False

    async def stream[T](self, making: Coroutine[Any, Any, T]) -> T:
        """Make the answer, or take a step towards it, and show meanwhile what can be shown. Who stops the answer stops
        its making."""
        self._draft.made.clear()
        work = asyncio.create_task(making)
        work.add_done_callback(lambda _: self._draft.set_made())
        showing = asyncio.create_task(self._delivery.show(self._draft))
        try:
            # Showing ends soon after the work, or before it by an exception: the person has pressed Stop.
            await asyncio.wait({work, showing}, return_when=asyncio.FIRST_EXCEPTION)
            await showing
            if work.cancelled():
                raise RuntimeError("What makes the answer has cancelled itself.")
            return await work
        finally:
            work.cancel()
            showing.cancel()
            await asyncio.gather(work, showing, return_exceptions=True)

    async def on_chunk(self, chunk: str) -> None:
        """Take the next piece of the answer's text."""
        self._draft.add(chunk)

    async def on_tool(self, name: str) -> None:
        """Take note that the tool is used for the answer."""
        self._draft.use_tool(name)

    def cite(self, source: Source) -> int:
        """Take in a source that the answer may cite; returns the `n` of its `[n]`."""
        return self._outbox.citations.number(source)

    def complete(self) -> str:
        """All that was added, as far as it can be shown. Nothing can be added any more."""
        return self._draft.complete()

    async def finish(self) -> None:
        """Deliver what was added, labelled as made by AI."""
        await self._deliver(self.complete(), is_ai=True)

    async def send(self, line: str) -> None:
        """Deliver a line of the bot's own, below what was added and is not delivered yet."""
        text = "" if self._is_delivered else self.complete()
        await self._deliver(below(text, line), is_ai=bool(text))

    async def send_with_suggestions(self, line: str, choices: Sequence[str]) -> None:
        """Deliver a line of the bot's own, with things to say next that the person can choose from."""
        self._is_delivered = True
        await self._outbox.send_message(line, is_ai=False, choices=choices)
        await self._outbox.remove_rest()

    async def end_stream(self) -> None:
        """Leave what is shown so that another attempt of the turn can take its place."""
        await self._delivery.end_stream()

    async def delete(self) -> None:
        """Remove what earlier attempts of the turn have left."""
        await self._outbox.remove_rest()

    async def _deliver(self, text: str, *, is_ai: bool) -> None:
        first, *others = split(text)
        if self._is_delivered:
            others.insert(0, first)
        else:
            self._is_delivered = True
            await self._delivery.deliver(first, is_ai=is_ai)
        for part in others:
            await self._outbox.send_message(part, is_ai=is_ai)
        await self._outbox.remove_rest()
