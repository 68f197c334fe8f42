"""How an answer is streamed from a model, whichever API it speaks.

1. The request is sent, and its events are read as they arrive; a reader, which each API has its own of, finds the text
   in them.
2. Before the first word a request that has failed for a reason that may pass is sent again, and one that was refused
   for an optional parameter is sent without it. After the first word, what was said cannot be taken back.
3. Time is bounded twice: until the first word, over all attempts, and from one sign of progress to the next after that.
4. The answer is whole only with its end. The API's mark of the end is a hint, which many servers give too early: the
   end is `[DONE]`, the close of the response, or silence behind the mark.
"""

import asyncio
import codecs
import logging
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import replace
from enum import Enum
from typing import Protocol

import aiohttp
import httpx2
import openai
from openai import AsyncStream

from .errors import (
    AnswerLostError,
    AnswerStalledError,
    FirstWordTimeoutError,
    MalformedAnswerError,
    describe_for_log,
    may_pass,
    recognize,
    wait_asked_for,
)
from .events import DONE, TORN, events_of
from .messages import Answer
from .parameters import OptionalParameters
from .thoughts import Habit, Thoughts
from .wire import error_in

logger = logging.getLogger(__name__)

OnChunk = Callable[[str], Awaitable[None]]
Send = Callable[[Mapping[str, object]], Awaitable[AsyncStream[object]]]

# Seconds before each further attempt, unless the server asks for more.
_PAUSES = (0.5, 1.0)

# Seconds of silence that end an answer whose mark came in due form, behind all text. Servers send `[DONE]` at once.
_WAIT_FOR_MORE = 5.0
# Seconds after the end. A connection can be used again only when its response was read until it closed, which most
# servers do at once.
_WAIT_FOR_CLOSE = 0.1

# Characters of the longest answer that is taken in: about what a model writes with 128,000 tokens.
_MOST_CHARACTERS = 500_000


class End(Enum):
    """How an API has marked the end of what has come so far."""

    NONE = "not at all"
    HINT = "in the same piece as text, or too early before: some servers mark each piece"
    LIKELY = "in due form, behind all text"
    CERTAIN = "in a way that nothing follows"


class Reader(Protocol):
    """Reads the events of one stream."""

    @property
    def is_calling(self) -> bool:
        """Whether a tool call has begun."""
        ...

    @property
    def has_read(self) -> bool:
        """Whether any event was one of the API."""
        ...

    @property
    def end(self) -> End:
        """How the end of the answer is marked by now."""
        ...

    def read(self, event: object, /) -> str | None:
        """Take an event: JSON, of any shape. What is not of the API is left out.

        Returns:
            the text that it adds to the answer; none, but "", when it is a piece of reasoning or of a tool call; None
            when it is no progress.

        Raises:
            openai.OpenAIError: the event says that there will be no answer.
        """
        ...

    def answer(self) -> Answer:
        """The answer but for its text, at the end of the stream.

        Raises:
            openai.OpenAIError: the end was marked as one that is none of a whole answer.
        """
        ...


class Streaming:
    """Streams answers, and does not wait for ever."""

    def __init__(self, *, timeout: float, stall_timeout: float, model: str) -> None:
        """`timeout` is how many seconds may pass before the first word, all attempts together, and `stall_timeout`
        how many from one sign of progress to the next after it. What `on_chunk` takes does not count. `model` is the
        name of the model."""
        self._timeout = timeout
        self._stall_timeout = stall_timeout
        self._parameters = OptionalParameters()
        self._habit = Habit(model)

    async def run(
        self,
        request: Mapping[str, object],
        send: Send,
        create_reader: Callable[[httpx2.Request], Reader],
        on_chunk: OnChunk | None,
        *,
        has_pictures: bool,
    ) -> Answer:
        """Send a request and read its answer.

        Args:
            request: the body of the request, with its optional parameters.
            send: sends what the server takes of it; called again for another attempt.
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
            thoughts = self._habit.new_thoughts()
            attempt = _Attempt(first_word_by, self._stall_timeout, on_chunk, thoughts)
            try:
                answer = await attempt.run(send(self._parameters.accepted(request)), create_reader)
            except FirstWordTimeoutError as error:
                raise FirstWordTimeoutError(f"No word within {self._timeout:g} s") from error
            except openai.OpenAIError as error:
                known = recognize(error, has_begun=attempt.has_spoken, has_pictures=has_pictures)
                if not attempt.has_spoken and self._parameters.learn(known, request):
                    continue
                wait = max(pauses.pop(0) if pauses else math.inf, wait_asked_for(error))
                if attempt.has_spoken or not may_pass(known) or now() + wait >= first_word_by:
                    if known is error:
                        raise
                    raise known from error
                logger.warning("The model failed before its first word, trying again: %s", describe_for_log(error))
                await asyncio.sleep(wait)
            else:
                if answer.content:
                    self._habit.learn(thoughts)
                return answer


class _Attempt:
    """One request and what comes back."""

    def __init__(
        self, first_word_by: float, stall_timeout: float, on_chunk: OnChunk | None, thoughts: Thoughts
    ) -> None:
        self._deadline = asyncio.timeout_at(first_word_by)
        self._stall_timeout = stall_timeout
        self._on_chunk = on_chunk
        self._thoughts = thoughts
        self._reader: Reader | None = None
        self._is_done = False
        self._is_torn = False
        self._is_too_long = False
        self._waits_for: End = End.NONE
        self._words: list[str] = []
        self._characters = 0
        # JSON writes an emoji as two surrogates, which may come in two chunks, and alone are no text: as bytes of
        # UTF-16 they are put together, and a lone one is replaced.
        self._decoder = codecs.getincrementaldecoder("utf-16-le")("replace")
        self.has_spoken = False
        """Whether words were passed on."""

    async def run(
        self, sending: Awaitable[AsyncStream[object]], create_reader: Callable[[httpx2.Request], Reader]
    ) -> Answer:
        try:
            async with self._deadline, await _sent(sending) as stream:
                self._reader = reader = create_reader(stream.response.request)
                async with aclosing(events_of(stream.response)) as events:
                    await self._read(stream.response, events, reader)
        except TimeoutError as error:
            if not self._deadline.expired():
                raise
            if self._reader is None or not (self._has_ended or self._has_begun):
                raise FirstWordTimeoutError from error
            if not self._has_ended and self._reader.end is not End.HINT:
                raise AnswerStalledError(f"No progress for {self._stall_timeout:g} s") from error
        assert self._reader
        answer = self._reader.answer()
        if text := self._spoken_in(self._decoder.decode(b"", final=True)) + self._thoughts.close():
            await self._pass_on(text)
        return replace(answer, content="".join(self._words) or None, cut_off=answer.cut_off or self._is_too_long)

    @property
    def _has_begun(self) -> bool:
        """Whether there is text, which may be held back, or a tool call."""
        is_calling = self._reader is not None and self._reader.is_calling
        return is_calling or self.has_spoken or self._thoughts.may_be_answer

    @property
    def _has_ended(self) -> bool:
        """Whether silence after the end is no loss."""
        return self._is_done or (self._reader is not None and self._reader.end in (End.LIKELY, End.CERTAIN))

    async def _read(self, response: httpx2.Response, events: AsyncIterator[object], reader: Reader) -> None:
        count = 0
        while not self._is_too_long:
            try:
                event = await _next(events, response)
                if event is TORN:
                    self._is_torn = True
                    continue
                count += 1
                if event is DONE:
                    self._is_done = True
                    self._rearm(reader, is_progress=False)
                    continue
                piece = self._take(event, reader, response)
            except StopAsyncIteration:
                self._check_end(reader, response, count)
                return
            except openai.OpenAIError as error:
                is_loss = isinstance(error, openai.APIConnectionError)
                if self._is_done or reader.end is End.CERTAIN or (is_loss and reader.end is End.LIKELY):
                    return
                if self.has_spoken and is_loss:
                    raise AnswerLostError("The stream ended within the answer") from error
                raise
            text = self._spoken_in(self._decoder.decode((piece or "").encode("utf-16-le", "surrogatepass")))
            if text:
                self._deadline.reschedule(None)
                await self._pass_on(text)
            self._rearm(reader, is_progress=piece is not None)

    def _take(self, event: object, reader: Reader, response: httpx2.Response) -> str | None:
        if error := error_in(event, response.request):
            raise error
        try:
            return reader.read(event)
        except openai.OpenAIError:
            raise
        except Exception as error:
            raise MalformedAnswerError(f"{type(error).__name__}: {error}") from error

    def _check_end(self, reader: Reader, response: httpx2.Response, count: int) -> None:
        """Refuse the end of a response that is not the end of an answer."""
        if count - self._is_done > 0 and not reader.has_read:
            kind = response.headers.get("content-type", "something else")
            raise MalformedAnswerError(f"The server answered with {kind} that is no stream of events of its API")
        if self._is_done or reader.end is End.CERTAIN or (reader.end is not End.NONE and not self._is_torn):
            return
        if self.has_spoken:
            raise AnswerLostError("The stream ended within the answer")
        raise openai.APIConnectionError(message="The stream ended before the answer", request=response.request)

    def _spoken_in(self, text: str) -> str:
        """The text without thoughts. If all until now turns out to be thoughts, it is at least not remembered."""
        was_unopened = self._thoughts.was_unopened
        spoken = self._thoughts.feed(text)
        if self._thoughts.was_unopened and not was_unopened:
            self._words.clear()
        return spoken

    async def _pass_on(self, text: str) -> None:
        self.has_spoken = True
        self._words.append(text)
        self._characters += len(text)
        self._is_too_long = self._characters > _MOST_CHARACTERS
        if self._on_chunk:
            await self._on_chunk(text)

    def _rearm(self, reader: Reader, *, is_progress: bool) -> None:
        """Set how long the next event is waited for."""
        now = asyncio.get_running_loop().time()
        end = End.CERTAIN if self._is_done else reader.end
        if is_progress or end is not self._waits_for:
            self._waits_for = end
            if end is End.CERTAIN:
                self._deadline.reschedule(now + _WAIT_FOR_CLOSE)
            elif end is End.LIKELY:
                self._deadline.reschedule(now + min(_WAIT_FOR_MORE, self._stall_timeout))
            elif self._has_begun:
                self._deadline.reschedule(now + self._stall_timeout)


async def _sent(sending: Awaitable[AsyncStream[object]]) -> AsyncStream[object]:
    try:
        return await sending
    except aiohttp.ClientError as error:  # all that the client does not turn into an error of its own
        raise MalformedAnswerError(f"The server's answer is no HTTP: {type(error).__name__}") from error


async def _next(events: AsyncIterator[object], response: httpx2.Response) -> object:
    try:
        return await anext(events)
    except (httpx2.TransportError, aiohttp.ClientError) as error:
        raise openai.APIConnectionError(message="The connection was lost", request=response.request) from error
