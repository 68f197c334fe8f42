"""The reply to one activity, from the first typing indicator to the last message."""

import asyncio
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from typing import Any, Protocol

from microsoft_teams.ai import ModelMessage

from ..language import Localizer
from ..markdown.split import below, split
from ..models import Answer, EmptyAnswerError
from ..tools.sources import Source
from .buffer import AnswerBuffer
from .sender import ActivitySender
from .stream import StoppedError


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
    """The bot's reply to one activity.

    Call `stream` for each step of making the answer, then `finish`; or `send` at any time, to end with a text of the
    bot's own. After the user has pressed Stop, `stream` and `finish` raise `StoppedError`, and all else does nothing.

    `finish` and both `send` raise what `ActivitySender.send` raises if Teams does not take a message.
    """

    def __init__(self, delivery: Delivery, sender: ActivitySender, buffer: AnswerBuffer, localize: Localizer) -> None:
        self._delivery = delivery
        self._sender = sender
        self._buffer = buffer
        self._localize = localize
        self._is_delivered = False
        self.stopped_text: str | None = None
        """The part of the answer that was shown when the user pressed Stop; None if the user did not."""

    async def stream[T](self, step: Coroutine[Any, Any, T]) -> T:
        """Run a step of making the answer, and meanwhile show what there is of it. Return the step's result.

        Raises:
            StoppedError: the user has pressed Stop; the step is cancelled.
        """
        self._buffer.made.clear()
        work = asyncio.create_task(step)
        work.add_done_callback(lambda _: self._buffer.set_made())
        showing = asyncio.create_task(self._delivery.show(self._buffer))
        try:
            # Showing ends soon after the work, or before it with an exception.
            await asyncio.wait({work, showing}, return_when=asyncio.FIRST_EXCEPTION)
            await showing
            if work.cancelled():
                raise RuntimeError("The step of making the answer cancelled itself")
            return await work
        except StoppedError as stop:
            self.stopped_text = stop.shown
            raise
        finally:
            work.cancel()
            showing.cancel()
            await asyncio.gather(work, showing, return_exceptions=True)

    async def on_chunk(self, chunk: str) -> None:
        """Add a piece of the answer's text."""
        self._buffer.add(chunk)

    async def on_tool(self, name: str) -> None:
        """Show that the tool is being used, as long as there is no text."""
        self._buffer.use_tool(name)

    def cite(self, source: Source) -> int:
        """Add a source that the answer may cite. Return its number, the `n` of `[n]`."""
        return self._sender.citations.number(source)

    async def finish(self, answer: ModelMessage, notices: Sequence[str] = ()) -> None:
        """Deliver the text of the model's answer, labelled as made by AI, with the notices below it.

        Raises:
            StoppedError: the user has pressed Stop.
            EmptyAnswerError: the answer shows nothing, and not because the token limit cut it off.
        """
        text = self._buffer.complete()
        if isinstance(answer, Answer) and answer.cut_off:
            notices = [self._localize("cut-off"), *notices]
        elif not text:
            raise EmptyAnswerError("The answer shows nothing")
        await self._deliver(below(text, "\n\n".join(notices)) if notices else text, is_ai=bool(text))

    async def send(self, text: str) -> None:
        """Deliver a text of the bot's own, below the part of the answer that is not delivered yet."""
        answer = "" if self._is_delivered else self._buffer.complete()
        with suppress(StoppedError):
            await self._deliver(below(answer, text), is_ai=bool(answer))

    async def send_with_suggestions(self, text: str, suggestions: Sequence[str]) -> None:
        """Deliver a text of the bot's own, with suggested actions: messages that the user can send with a click."""
        if self.stopped_text is None:
            self._is_delivered = True
            await self._sender.send_message(text, is_ai=False, choices=suggestions)
            await self._sender.remove_rest()

    async def end_stream(self) -> None:
        """End an open stream with what it shows, so that a later attempt of the turn can update that message."""
        await self._delivery.end_stream()

    async def delete(self) -> None:
        """Delete the messages that earlier attempts of the turn have sent."""
        await self._sender.remove_rest()

    async def _deliver(self, text: str, *, is_ai: bool) -> None:
        if self.stopped_text is not None:
            raise StoppedError(self.stopped_text)
        first, *others = split(text)
        if self._is_delivered:
            others.insert(0, first)
        else:
            self._is_delivered = True
            try:
                await self._delivery.deliver(first, is_ai=is_ai)
            except StoppedError as stop:
                self.stopped_text = stop.shown
                raise
        for part in others:
            await self._sender.send_message(part, is_ai=is_ai)
        await self._sender.remove_rest()
