"""Streams an answer from a model server, in as many attempts as it takes.

1. An attempt sends the request and reads its events as they arrive.
2. Before the first word, a request that failed for a reason that may pass is sent again, and one that was refused for
   an optional parameter is sent without it. After the first word the user has seen text, which cannot be taken back.
3. Two times are bounded: that until the first word, over all attempts, and that from one sign of progress to the next.
4. An answer is whole only with its end. The API's mark of the end is a hint, which many servers give too early: the end
   is `[DONE]`, the close of the response, or silence after the mark.
"""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Mapping

import httpx2
import openai
from openai import AsyncStream

from .attempt import Attempt, EventReader, OnChunk
from .errors import FirstWordTimeoutError, describe_for_log, is_transient, recognize, requested_wait
from .messages import Answer
from .parameters import OptionalParameters
from .reasoning import Habit

logger = logging.getLogger(__name__)

Send = Callable[[Mapping[str, object]], Awaitable[AsyncStream[object]]]

# Seconds before each further attempt, unless the server asks for more.
_RETRY_DELAYS = (0.5, 1.0)


class Streaming:
    """Streams the answers of one model, each within a bounded time."""

    def __init__(self, *, timeout: float, stall_timeout: float, model: str) -> None:
        """Times are in seconds; the time that `on_chunk` takes does not count.

        Args:
            timeout: until the first word, all attempts together.
            stall_timeout: from one sign of progress to the next after the first word.
            model: the name of the model.
        """
        self._timeout = timeout
        self._stall_timeout = stall_timeout
        self._parameters = OptionalParameters()
        self._habit = Habit(model)

    async def run(
        self,
        request: Mapping[str, object],
        send: Send,
        create_reader: Callable[[httpx2.Request], EventReader],
        on_chunk: OnChunk | None,
        *,
        has_pictures: bool,
    ) -> Answer:
        """Send a request and read its answer.

        Args:
            request: the body of the request, with its optional parameters.
            send: sends the body of one attempt.
            create_reader: makes the reader of one attempt.
            on_chunk: called with each piece of text as it arrives.
            has_pictures: true if the request has pictures.

        Raises:
            openai.OpenAIError: there is no answer, or no whole one. Exceptions of `on_chunk` are raised unchanged.
        """
        now = asyncio.get_running_loop().time
        first_word_by = now() + self._timeout
        delays = list(_RETRY_DELAYS)
        failures: list[openai.OpenAIError] = []
        while True:
            filter = self._habit.new_filter()
            attempt = Attempt(
                first_word_by=first_word_by, stall_timeout=self._stall_timeout, on_chunk=on_chunk, filter=filter
            )
            try:
                answer = await attempt.run(send(self._parameters.accepted(request)), create_reader)
            except FirstWordTimeoutError as error:
                raise FirstWordTimeoutError(f"No word within {self._timeout:g} s") from error
            except openai.OpenAIError as error:
                known = recognize(error, has_begun=attempt.has_spoken, has_pictures=has_pictures)
                if not attempt.has_spoken and self._parameters.learn(known, request):
                    continue
                wait = max(delays.pop(0) if delays else math.inf, requested_wait(error))
                if attempt.has_spoken or not is_transient(known) or now() + wait >= first_word_by:
                    if known is error:
                        raise
                    raise known from error
                logger.debug("Model failed before its first word, retrying: %s", describe_for_log(error))
                failures.append(error)
                await asyncio.sleep(wait)
            else:
                if failures:  # without an answer, the error that is raised is logged, once
                    number, cause = len(failures) + 1, describe_for_log(failures[-1])
                    logger.warning("Model answered at attempt %d only: %s", number, cause)
                if answer.content:
                    self._habit.learn(filter)
                return answer
