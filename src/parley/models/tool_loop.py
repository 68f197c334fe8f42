"""The tool loop: question, tool calls, answer, in either API.

`microsoft-teams-openai` is frozen at 2.0.0a78 (microsoft/teams.py#406), so the defects of its models' `generate_text`
stay. `CompletionsModel` and `ResponsesModel` are those models with another `generate_text`, which

- keeps streaming after a tool call (`completions_model.py` loses `on_chunk` when it calls itself again);
- streams with the Responses API (`responses_chat_model.py` tests for an attribute that no response has);
- adds the exchange to the memory once it is complete (the SDK adds the question first, so that a failed call leaves a
  question without an answer);
- gives every tool call a result (the SDK gives none to the call of an unknown tool, and the API refuses what follows);
- sends a bounded number of requests;
- sends the newer half of the history if the model cannot take all of it, and then none.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from microsoft_teams.ai import Memory, Message

from .attempt import OnChunk
from .errors import ContextTooLongError, EmptyAnswerError, EndlessToolCallsError, NoTokensLeftError
from .messages import Answer, Question
from .tokens import estimate_tokens, newer_half
from .tool_calls import Functions, ToolRunner

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Round:
    """The content of one request: the model answers it, or calls tools."""

    messages: list[Message]
    functions: Functions
    """The tools that the request names, even if they may not be called: servers want those that the messages call."""
    may_call: bool
    on_chunk: OnChunk | None

    @property
    def has_pictures(self) -> bool:
        """True if the request has pictures."""
        return any(isinstance(message, Question) and message.pictures for message in self.messages)


Send = Callable[[Round], Awaitable[Answer]]
OnUsage = Callable[[int], None]
"""Called with the tokens of one request, in and out: those that the server reports, or else an estimate."""


class ToolLoop:
    """Sends requests and runs the tools that the model calls, until the model answers."""

    def __init__(self, *, max_rounds: int, timeout: float) -> None:
        """After `max_rounds` rounds the model may call no more tools and has to answer; with 0 it gets no tools. A tool
        may take `timeout` seconds."""
        self._max_rounds = max_rounds
        self._tools = ToolRunner(timeout)

    async def run(
        self,
        send: Send,
        input: Message,
        memory: Memory | None,
        functions: Functions,
        on_chunk: OnChunk | None,
        on_usage: OnUsage | None = None,
    ) -> Answer:
        """Answer `input`, then add the whole exchange to the memory.

        Args:
            send: sends one request.
            input: the question.
            memory: the history; None for none.
            functions: the tools by their names.
            on_chunk: called with each piece of text.
            on_usage: called with the tokens of each request.

        Returns:
            the last message of the model, with the usage of all rounds.

        Raises:
            openai.OpenAIError: the model did not answer; the memory is unchanged.
        """
        history = await memory.get_all() if memory is not None else []
        exchange = _Exchange(send, history, input, functions if self._max_rounds else {}, on_chunk, on_usage)
        answer = await exchange.send(may_call=self._max_rounds > 0)
        usage = answer.usage
        for rounds_left in reversed(range(self._max_rounds)):
            if not _wants_tools(answer):
                break
            exchange.messages += [answer, *await self._tools.run(functions, answer.function_calls or [])]
            answer = await exchange.send(may_call=rounds_left > 0)
            usage += answer.usage
        if _wants_tools(answer) and _is_blank(answer):
            # Ollama ignores `tool_choice` (ollama#17921), so the last request has no tools.
            exchange.functions = {}
            again = await exchange.send(may_call=False)
            usage += again.usage
            answer = replace(again, usage=answer.usage + again.usage)
        _check(answer)
        # A call without a result makes a history unusable.
        answer = replace(answer, function_calls=None)
        if memory is not None:
            for message in [*exchange.messages, answer]:
                await memory.push(message.without_pictures() if isinstance(message, Question) else message)
        return replace(answer, usage=usage)


def _wants_tools(answer: Answer) -> bool:
    """True if the model waits for results. A call that the token limit has cut does not count."""
    return bool(answer.function_calls) and not answer.cut_off


def _is_blank(answer: Answer) -> bool:
    return not answer.content or answer.content.isspace()


def _check(answer: Answer) -> None:
    """Refuse an empty answer: the APIs refuse a history that holds one."""
    if not _is_blank(answer):
        return
    if answer.cut_off:
        raise NoTokensLeftError("The token limit was reached before the first word")
    if answer.function_calls:
        raise EndlessToolCallsError("The model called tools although it may not")
    raise EmptyAnswerError("The answer is empty")


class _Exchange:
    """One question on its way to its answer."""

    def __init__(
        self,
        send: Send,
        history: list[Message],
        input: Message,
        functions: Functions,
        on_chunk: OnChunk | None,
        on_usage: OnUsage | None,
    ) -> None:
        self.messages: list[Message] = [input]
        self.functions = functions
        self._send = send
        self._history = history
        self._is_halved = False
        self._on_chunk = on_chunk
        self._on_usage = on_usage
        self._has_spoken = False
        self._text: list[str] = []  # of this request
        self._separator = ""

    async def send(self, *, may_call: bool) -> Answer:
        """Send the history and the exchange. If the model cannot take so much, send half of the history, then none."""
        # Text before a tool call and text after it are two paragraphs.
        self._separator = "\n\n" if self._has_spoken else ""
        while True:
            round, self._text = self._round(may_call), []
            try:
                answer = await self._send(round)
            except ContextTooLongError:
                if not self._history:
                    raise
            except BaseException as error:
                # Servers report no usage for an answer that ends in the middle. If the user stopped it before its
                # first word, the server has read the question.
                if self._text or isinstance(error, asyncio.CancelledError):
                    self._count(round, Answer("".join(self._text), None))
                raise
            else:
                self._count(round, answer)
                logger.info("Model answered a request, %s", answer.usage)
                return answer
            self._history = [] if self._is_halved else newer_half(self._history)
            self._is_halved = True
            logger.warning("History too long for the model, sending %d messages of it", len(self._history))

    def _round(self, may_call: bool) -> Round:
        on_chunk = self._pass_on if self._on_chunk else None
        return Round([*self._history, *self.messages], self.functions, may_call, on_chunk)

    def _count(self, round: Round, answer: Answer) -> None:
        if self._on_usage:
            usage = (answer.usage.input_tokens, answer.usage.output_tokens)
            reported = [tokens for tokens in usage if tokens is not None]
            self._on_usage(sum(reported) if reported else estimate_tokens([*round.messages, answer]))

    async def _pass_on(self, piece: str) -> None:
        assert self._on_chunk
        self._text.append(piece)
        await self._on_chunk(self._separator + piece)
        self._has_spoken, self._separator = True, ""
