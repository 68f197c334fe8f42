"""How an answer is streamed from a model, whichever API it speaks.

1. The request is sent. The client tries again by itself when it is refused for a reason that may pass.
2. The events are read as they arrive; a reader, which each API has its own of, finds the text in them.
3. Before the first word a lost connection is made anew. After it, what was said cannot be taken back.
4. Time is bounded twice: until the first word, over all attempts, and from each event to the next after that.
5. The answer is whole only with the end that the API marks it with.
"""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from typing import Protocol

import httpx2
import openai
from openai import AsyncStream

from .answer import Answer
from .failures import (
    AnswerLostError,
    AnswerStalledError,
    ContextTooLongError,
    FirstWordTimeoutError,
    MalformedAnswerError,
)

logger = logging.getLogger(__name__)

OnChunk = Callable[[str], Awaitable[None]]

# Seconds before each further attempt when the connection is lost before the first word.
_PAUSES = (0.5, 1.0)

# What the APIs report within a stream that may be gone in a moment.
_PASSING_CODES = ("server_error", "rate_limit_exceeded")

# Compatible servers have no common code for it: vLLM speaks of the maximum context length, llama.cpp of the context
# size, LiteLLM of a ContextWindowExceededError.
_CONTEXT_TOO_LONG = re.compile(r"context[ _-]?(length|size|window)", re.IGNORECASE)


class Reader[Event](Protocol):
    """Puts one answer together from the events of its stream."""

    @property
    def begun(self) -> bool:
        """Whether the first word, or a tool call, has arrived."""
        ...

    @property
    def answer(self) -> Answer | None:
        """The whole answer, once the API has marked its end."""
        ...

    def read(self, event: Event, /) -> str:
        """Take an event; returns the text that it adds to the answer.

        Raises:
            openai.OpenAIError: the event says that there will be no answer.
            Exception: any other means that the event is not of the API's shape.
        """
        ...


class Streaming:
    """Streams answers, and does not wait for ever."""

    def __init__(self, *, timeout: float, stall_timeout: float) -> None:
        """`timeout` is how many seconds may pass before the first word, all attempts together, and `stall_timeout`
        how many from one event to the next after it. What `on_chunk` takes does not count."""
        self._timeout = timeout
        self._stall_timeout = stall_timeout

    async def run[Event](
        self,
        send: Callable[[], Awaitable[AsyncStream[Event]]],
        new_reader: Callable[[httpx2.Request], Reader[Event]],
        on_chunk: OnChunk | None,
    ) -> Answer:
        """Send a request and read its answer.

        Args:
            send: sends the request; called again for another attempt.
            new_reader: makes the reader of one attempt.
            on_chunk: called with each piece of text as it arrives.

        Raises:
            openai.OpenAIError: there is no answer, or no whole one. What `on_chunk` raises is raised as it is.
        """
        reader = None
        pauses = list(_PAUSES)
        deadline = asyncio.timeout(self._timeout)
        try:
            async with deadline:
                while True:
                    stream = await send()
                    reader = new_reader(stream.response.request)
                    try:
                        return await self._read(stream, reader, deadline, on_chunk)
                    except openai.APIError as error:
                        if reader.begun or not pauses or not _may_pass(error):
                            raise
                        logger.warning("The model failed before its first word, trying again: %s", error)
                    await asyncio.sleep(pauses.pop(0))
        except TimeoutError as error:
            if not deadline.expired():
                raise
            if reader is None or not reader.begun:
                raise FirstWordTimeoutError(f"No word within {self._timeout:g} s") from error
            if reader.answer is None:
                raise AnswerStalledError(f"No event for {self._stall_timeout:g} s") from error
            return reader.answer
        except openai.APIError as error:
            if _CONTEXT_TOO_LONG.search(f"{error.code} {error.message}") and not (reader and reader.begun):
                raise ContextTooLongError(error.message) from error
            raise

    async def _read[Event](
        self, stream: AsyncStream[Event], reader: Reader[Event], deadline: asyncio.Timeout, on_chunk: OnChunk | None
    ) -> Answer:
        now = asyncio.get_running_loop().time
        async with stream:
            while (text := await _next(stream, reader)) is not None:
                if not reader.begun:
                    continue
                deadline.reschedule(None)
                if text and on_chunk:
                    await on_chunk(text)
                deadline.reschedule(now() + self._stall_timeout)
        assert reader.answer
        return reader.answer


async def _next[Event](stream: AsyncStream[Event], reader: Reader[Event]) -> str | None:
    """The text of the next event, None after the last. What goes wrong after the answer's end is no loss."""
    try:
        return reader.read(await anext(stream))
    except Exception as error:
        if reader.answer is not None:
            return None
        match error:
            case StopAsyncIteration() | openai.APIConnectionError():
                if reader.begun:
                    raise AnswerLostError("The stream ended within the answer") from error
                request = stream.response.request
                raise openai.APIConnectionError(
                    message="The stream ended before the answer", request=request
                ) from error
            case openai.OpenAIError():
                raise
            case _:
                raise MalformedAnswerError(f"{type(error).__name__}: {error}") from error


def _may_pass(error: openai.APIError) -> bool:
    """Whether what ended a stream may be gone at the next attempt."""
    return isinstance(error, openai.APIConnectionError) or error.code in _PASSING_CODES
