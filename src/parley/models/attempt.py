"""One request to a model server, and the answer that it streams."""

import asyncio
import codecs
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace
from enum import Enum
from typing import Final, Protocol

import aiohttp
import httpx2
import openai
from openai import AsyncStream

from .errors import AnswerLostError, AnswerStalledError, FirstWordTimeoutError, MalformedAnswerError
from .events import DONE, TORN, events_of
from .messages import Answer
from .reasoning import ReasoningFilter
from .wire import error_in

OnChunk = Callable[[str], Awaitable[None]]

# Seconds of silence that end an answer whose mark came in due form, after all text. Servers send `[DONE]` immediately.
_WAIT_FOR_MORE = 5.0
# Seconds after the end. A connection can be used again only if its response was read until it closed, which most
# servers do immediately.
_WAIT_FOR_CLOSE = 0.1

# Characters of the longest answer that is read: about what a model writes with 128,000 tokens.
_MOST_CHARACTERS = 500_000

_CLOSED: Final = object()
_SILENCE: Final = object()


class End(Enum):
    """The way in which an API has marked the end of the events so far."""

    NONE = "not at all"
    HINT = "in the same piece as text, or too early before: some servers mark each piece"
    LIKELY = "in due form, after all text"
    CERTAIN = "so that nothing follows"


class EventReader(Protocol):
    """Reads the events of one stream, in the format of one API."""

    @property
    def is_calling(self) -> bool:
        """True if a tool call has begun."""
        ...

    @property
    def has_read(self) -> bool:
        """True if any event was one of the API."""
        ...

    @property
    def end(self) -> End:
        """The mark of the end so far."""
        ...

    def read(self, event: object, /) -> str | None:
        """Read an event: JSON of any shape. Events that the API does not have are skipped.

        Returns:
            the text that the event adds to the answer; "" if it is a piece of reasoning or of a tool call; None if it
            is no progress.

        Raises:
            openai.OpenAIError: the event reports a failure.
        """
        ...

    def answer(self) -> Answer:
        """The answer without its text, at the end of the stream.

        Raises:
            openai.OpenAIError: the mark of the end reports that the answer is not whole.
        """
        ...


class Attempt:
    """One request and its answer. Another attempt may follow if it fails before the first word."""

    def __init__(
        self, *, first_word_by: float, stall_timeout: float, on_chunk: OnChunk | None, filter: ReasoningFilter
    ) -> None:
        """`first_word_by` is a time of the event loop; `stall_timeout` is in seconds."""
        self._deadline = first_word_by
        self._stall_timeout = stall_timeout
        self._on_chunk = on_chunk
        self._filter = filter
        self._reader: EventReader | None = None
        self._has_events = False
        self._is_done = False
        self._is_torn = False
        self._is_too_long = False
        self._awaited_end = End.NONE
        self._words: list[str] = []
        self._characters = 0
        # JSON writes an emoji as two surrogates, which may come in two chunks. As bytes of UTF-16 they are joined, and
        # a lone one is replaced.
        self._decoder = codecs.getincrementaldecoder("utf-16-le")("replace")
        self.has_spoken = False
        """True if text was passed on."""

    async def run(
        self, sending: Awaitable[AsyncStream[object]], create_reader: Callable[[httpx2.Request], EventReader]
    ) -> Answer:
        """Read the answer to the request that `sending` sends, and pass its text on.

        Raises:
            openai.OpenAIError: there is no answer, or no whole one.
        """
        async with await self._sent(sending) as stream, aclosing(events_of(stream.response)) as events:
            self._reader = create_reader(stream.response.request)
            await self._read(events, self._reader, stream.response)
        answer = self._reader.answer()
        if text := self._without_reasoning(self._decoder.decode(b"", final=True)) + self._filter.close():
            await self._pass_on(text)
        return replace(answer, content="".join(self._words) or None, cut_off=answer.cut_off or self._is_too_long)

    async def _sent(self, sending: Awaitable[AsyncStream[object]]) -> AsyncStream[object]:
        try:
            async with asyncio.timeout_at(self._deadline):
                return await sending
        except TimeoutError as error:
            raise FirstWordTimeoutError from error
        except aiohttp.ClientError as error:  # the client turns all others into errors of its own
            raise MalformedAnswerError(f"The server's answer is not HTTP: {type(error).__name__}") from error

    async def _read(self, events: AsyncIterator[object], reader: EventReader, response: httpx2.Response) -> None:
        while not self._is_too_long:
            try:
                event = await self._next(events, response)
                piece = self._accept(event, reader, response)
            except openai.OpenAIError as error:
                is_loss = isinstance(error, openai.APIConnectionError)
                if self._end is End.CERTAIN or (is_loss and self._end is End.LIKELY):
                    return
                if self.has_spoken and is_loss:
                    raise AnswerLostError("The stream ended within the answer") from error
                raise
            if event is _SILENCE:
                return
            if event is _CLOSED:
                self._check_close(reader, response)
                return
            decoded = self._decoder.decode((piece or "").encode("utf-16-le", "surrogatepass"))
            if text := self._without_reasoning(decoded):
                await self._pass_on(text)
            self._set_deadline(is_progress=piece is not None)

    async def _next(self, events: AsyncIterator[object], response: httpx2.Response) -> object:
        """The next event, `_CLOSED` after the last one, or `_SILENCE` if none comes after the end of the answer."""
        try:
            async with asyncio.timeout_at(self._deadline):
                return await anext(events, _CLOSED)
        except TimeoutError as error:
            if self._end in (End.LIKELY, End.CERTAIN) or (self._end is End.HINT and self._has_begun):
                return _SILENCE
            if not self._has_begun:
                raise FirstWordTimeoutError from error
            raise AnswerStalledError(f"No progress for {self._stall_timeout:g} s") from error
        except (httpx2.TransportError, aiohttp.ClientError) as error:
            raise openai.APIConnectionError(message="The connection was lost", request=response.request) from error

    def _accept(self, event: object, reader: EventReader, response: httpx2.Response) -> str | None:
        if event in (_CLOSED, _SILENCE):
            return None
        if event in (DONE, TORN):
            self._is_done |= event is DONE
            self._is_torn |= event is TORN
            return None
        self._has_events = True
        if error := error_in(event, response.request):
            raise error
        try:
            return reader.read(event)
        except openai.OpenAIError:
            raise
        except Exception as error:
            raise MalformedAnswerError(f"{type(error).__name__}: {error}") from error

    def _check_close(self, reader: EventReader, response: httpx2.Response) -> None:
        """Refuse the end of a response that is not the end of an answer."""
        if self._has_events and not reader.has_read:
            kind = response.headers.get("content-type", "something else")
            raise MalformedAnswerError(f"The server answered with {kind} that is no stream of events of its API")
        if self._end is End.CERTAIN or (self._end is not End.NONE and not self._is_torn):
            return
        if self.has_spoken:
            raise AnswerLostError("The stream ended within the answer")
        raise openai.APIConnectionError(message="The stream ended before the answer", request=response.request)

    def _without_reasoning(self, text: str) -> str:
        """The text without reasoning. Text that turns out to be reasoning after it was shown is at least not stored."""
        was_unopened = self._filter.was_unopened
        spoken = self._filter.feed(text)
        if self._filter.was_unopened and not was_unopened:
            self._words.clear()
        return spoken

    async def _pass_on(self, text: str) -> None:
        self.has_spoken = True
        self._words.append(text)
        self._characters += len(text)
        self._is_too_long = self._characters > _MOST_CHARACTERS
        if self._on_chunk:
            await self._on_chunk(text)

    @property
    def _has_begun(self) -> bool:
        """True if there is text, which may be held back, or a tool call."""
        is_calling = self._reader is not None and self._reader.is_calling
        return is_calling or self.has_spoken or self._filter.may_be_answer

    @property
    def _end(self) -> End:
        if self._is_done:
            return End.CERTAIN
        return self._reader.end if self._reader else End.NONE

    def _set_deadline(self, *, is_progress: bool) -> None:
        """Give the next event time if this one was progress or has marked the end. Time before the first word is one
        budget for all events."""
        if not is_progress and self._end is self._awaited_end:
            return
        self._awaited_end = self._end
        seconds = self._seconds_for_next()
        if seconds is not None:
            self._deadline = asyncio.get_running_loop().time() + seconds

    def _seconds_for_next(self) -> float | None:
        """The seconds that the next event may take; None before the first word."""
        match self._end:
            case End.CERTAIN:
                return _WAIT_FOR_CLOSE
            case End.LIKELY:
                return min(_WAIT_FOR_MORE, self._stall_timeout)
            case _:
                return self._stall_timeout if self._has_begun else None
