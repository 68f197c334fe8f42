"""How an answer is streamed from a model, whichever API it speaks.

1. The request is sent, and its events are read as they arrive; a reader, which each API has its own of, finds the text
   in them.
2. Before the first word a request that has failed for a reason that may pass is sent anew. After it, what was said
   cannot be taken back.
3. Time is bounded twice: until the first word, over all attempts, and from one sign of progress to the next after that.
4. The answer is whole only with the end that the API marks it with, and nothing behind that end holds it back.
"""

import asyncio
import codecs
import logging
import math
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Protocol

import aiohttp
import httpx2
import openai
from openai import AsyncStream

from .answer import Answer
from .attempts import may_pass, wait_asked_for
from .failures import (
    AnswerLostError,
    AnswerStalledError,
    FirstWordTimeoutError,
    MalformedAnswerError,
    describe_for_log,
    recognize,
)

logger = logging.getLogger(__name__)

OnChunk = Callable[[str], Awaitable[None]]

# Seconds before each further attempt, unless the server asks for more.
_PAUSES = (0.5, 1.0)

# Seconds after the end of an answer. Chat Completions tells the usage behind it. A connection can be used again only
# when its response was read to the end, which most servers send at once.
_WAIT_FOR_USAGE = 1.0
_WAIT_FOR_CLOSE = 0.1


class Reader(Protocol):
    """Reads the events of one stream."""

    @property
    def is_calling(self) -> bool:
        """Whether a tool call has begun."""
        ...

    @property
    def answer(self) -> Answer | None:
        """The answer but for its text, once the API has marked its end."""
        ...

    @property
    def awaits_usage(self) -> bool:
        """Whether the usage may still come, behind the end."""
        ...

    def read(self, event: object, /) -> str | None:
        """Take an event: JSON, of any shape.

        Returns:
            the text that it adds to the answer; none, but "", when it is a piece of reasoning or of a tool call; None
            when it is no progress.

        Raises:
            openai.OpenAIError: the event says that there will be no answer.
            Exception: any other means that the event is not of the API's shape.
        """
        ...


class Streaming:
    """Streams answers, and does not wait for ever."""

    def __init__(self, *, timeout: float, stall_timeout: float) -> None:
        """`timeout` is how many seconds may pass before the first word, all attempts together, and `stall_timeout`
        how many from one sign of progress to the next after it. What `on_chunk` takes does not count."""
        self._timeout = timeout
        self._stall_timeout = stall_timeout

    async def run(
        self,
        send: Callable[[], Awaitable[AsyncStream[object]]],
        new_reader: Callable[[httpx2.Request], Reader],
        on_chunk: OnChunk | None,
        *,
        has_pictures: bool,
    ) -> Answer:
        """Send a request and read its answer.

        Args:
            send: sends the request; called again for another attempt.
            new_reader: makes the reader of one attempt.
            on_chunk: called with each piece of text as it arrives.
            has_pictures: whether the request shows the model any.

        Raises:
            openai.OpenAIError: there is no answer, or no whole one. What `on_chunk` raises is raised as it is.
        """
        now = asyncio.get_running_loop().time
        first_word_by = now() + self._timeout
        pauses = list(_PAUSES)
        while True:
            attempt = _Attempt(first_word_by, self._stall_timeout, on_chunk)
            try:
                return await attempt.run(send, new_reader)
            except FirstWordTimeoutError as error:
                raise FirstWordTimeoutError(f"No word within {self._timeout:g} s") from error
            except openai.OpenAIError as error:
                known = recognize(error, has_begun=attempt.has_spoken, has_pictures=has_pictures)
                wait = max(pauses.pop(0) if pauses else math.inf, wait_asked_for(error))
                if attempt.has_spoken or not may_pass(known) or now() + wait >= first_word_by:
                    if known is error:
                        raise
                    raise known from error
                logger.warning("The model failed before its first word, trying again: %s", describe_for_log(error))
            await asyncio.sleep(wait)


class _Attempt:
    """One request and what comes back."""

    def __init__(self, first_word_by: float, stall_timeout: float, on_chunk: OnChunk | None) -> None:
        self._deadline = asyncio.timeout_at(first_word_by)
        self._stall_timeout = stall_timeout
        self._end_by = math.inf
        self._on_chunk = on_chunk
        self._reader: Reader | None = None
        self._words: list[str] = []
        # JSON writes an emoji as two surrogates, which may come in two chunks, and alone are no text: as bytes of
        # UTF-16 they are put together, and a lone one is replaced.
        self._decoder = codecs.getincrementaldecoder("utf-16-le")("replace")

    @property
    def has_spoken(self) -> bool:
        """Whether words were passed on."""
        return bool(self._words)

    async def run(
        self,
        send: Callable[[], Awaitable[AsyncStream[object]]],
        new_reader: Callable[[httpx2.Request], Reader],
    ) -> Answer:
        try:
            async with self._deadline, await _sent(send) as stream:
                _check_is_stream(stream.response)
                self._reader = reader = new_reader(stream.response.request)
                await self._read(stream, reader)
        except TimeoutError as error:
            if not self._deadline.expired():
                raise
            if self._reader is None or not (self._reader.answer or self._reader.is_calling or self.has_spoken):
                raise FirstWordTimeoutError from error
            if self._reader.answer is None:
                raise AnswerStalledError(f"No progress for {self._stall_timeout:g} s") from error
        assert self._reader and self._reader.answer
        if text := self._decoder.decode(b"", final=True):
            await self._pass_on(text)
        return replace(self._reader.answer, content="".join(self._words) or None)

    async def _read(self, stream: AsyncStream[object], reader: Reader) -> None:
        while True:
            try:
                piece = reader.read(await anext(stream))
            except (StopAsyncIteration, openai.OpenAIError) as error:
                if reader.answer is not None:
                    return  # what goes wrong after the end is no loss
                if not isinstance(error, StopAsyncIteration | openai.APIConnectionError):
                    raise
                if self.has_spoken:
                    raise AnswerLostError("The stream ended within the answer") from error
                raise openai.APIConnectionError(
                    message="The stream ended before the answer", request=stream.response.request
                ) from error
            except Exception as error:
                raise MalformedAnswerError(f"{type(error).__name__}: {error}") from error
            if text := self._decoder.decode((piece or "").encode("utf-16-le", "surrogatepass")):
                self._deadline.reschedule(None)
                await self._pass_on(text)
            self._rearm(reader, is_progress=piece is not None)

    async def _pass_on(self, text: str) -> None:
        self._words.append(text)
        if self._on_chunk:
            await self._on_chunk(text)

    def _rearm(self, reader: Reader, *, is_progress: bool) -> None:
        now = asyncio.get_running_loop().time()
        if reader.answer is not None:
            self._end_by = min(self._end_by, now + (_WAIT_FOR_USAGE if reader.awaits_usage else _WAIT_FOR_CLOSE))
            self._deadline.reschedule(self._end_by)
        elif is_progress and (reader.is_calling or self.has_spoken):
            self._deadline.reschedule(now + self._stall_timeout)


async def _sent(send: Callable[[], Awaitable[AsyncStream[object]]]) -> AsyncStream[object]:
    try:
        return await send()
    except aiohttp.ClientError as error:  # all that the client does not turn into an error of its own
        raise MalformedAnswerError(f"The server's answer is no HTTP: {type(error).__name__}") from error


def _check_is_stream(response: httpx2.Response) -> None:
    kind = response.headers.get("content-type", "")
    if "json" in kind or "html" in kind:
        raise MalformedAnswerError(f"The server answered with {kind} instead of a stream of events")
