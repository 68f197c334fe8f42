"""The tool loop: question, tool calls, answer, whichever API the model speaks.

`microsoft-teams-openai` is frozen at 2.0.0a78 (microsoft/teams.py#406), so the defects of its models' `generate_text`
stay. `CompletionsModel` and `ResponsesModel` are those models with another `generate_text`, which

- keeps streaming after a tool call (`completions_model.py` loses `on_chunk` when it calls itself again);
- streams with the Responses API (`responses_chat_model.py` looks for an attribute that no response has);
- adds the exchange to the memory once it is complete (the SDK adds the question before it asks, so that a failed call
  leaves a question without an answer behind);
- gives every tool call a result (the SDK gives none to the call of an unknown tool, and the API refuses what follows);
- asks a bounded number of times;
- sends the newer half of the history when all of it is more than the model takes, and none when half of it is.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from microsoft_teams.ai import Memory, Message

from . import usage as meter
from .errors import ContextTooLongError, EmptyAnswerError, EndlessToolCallsError, NoTokensLeftError
from .messages import Answer, Question
from .streaming import OnChunk
from .tokens import newer_half
from .tool_calls import Functions, ToolRunner

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Round:
    """What the model is asked once: to answer, or to call tools."""

    messages: list[Message]
    functions: Functions
    """The tools that the request names, also when they may not be called: servers want those that the messages call."""
    may_call: bool
    on_chunk: OnChunk | None

    @property
    def has_pictures(self) -> bool:
        """Whether the model is shown any."""
        return any(isinstance(message, Question) and message.pictures for message in self.messages)


Ask = Callable[[Round], Awaitable[Answer]]


class ToolLoop:
    """Asks, runs the tools that the model calls, asks again, until the model answers."""

    def __init__(self, *, max_rounds: int, timeout: float) -> None:
        """After `max_rounds` rounds the model may call no more tools and has to answer with what it has; with 0 it is
        offered none. A tool may take `timeout` seconds."""
        self._max_rounds = max_rounds
        self._tools = ToolRunner(timeout)

    async def run(
        self, ask: Ask, input: Message, memory: Memory | None, functions: Functions, on_chunk: OnChunk | None
    ) -> Answer:
        """Answer `input`, then remember all of the exchange.

        Returns:
            the model's last words, with the usage of all rounds.

        Raises:
            openai.OpenAIError: the model did not answer; the memory is as it was.
        """
        history = await memory.get_all() if memory is not None else []
        turn = _Turn(ask, history, input, functions if self._max_rounds else {}, on_chunk)
        answer = await turn.ask(may_call=self._max_rounds > 0)
        usage = answer.usage
        for rounds_left in reversed(range(self._max_rounds)):
            if not _wants_tools(answer):
                break
            turn.exchange += [answer, *await self._tools.run(functions, answer.function_calls or [])]
            answer = await turn.ask(may_call=rounds_left > 0)
            usage += answer.usage
        if _wants_tools(answer) and _is_blank(answer):
            # Ollama does not heed that no tool may be called (ollama#17921); what it does not know it does not call.
            turn.functions = {}
            again = await turn.ask(may_call=False)
            usage += again.usage
            answer = replace(again, usage=answer.usage + again.usage)
        _check(answer)
        # A call without a result makes a history unusable.
        answer = replace(answer, function_calls=None)
        if memory is not None:
            for message in [*turn.exchange, answer]:
                await memory.push(message.without_pictures() if isinstance(message, Question) else message)
        return replace(answer, usage=usage)


def _wants_tools(answer: Answer) -> bool:
    """Whether the model waits for results. A call that the token limit has cut is none."""
    return bool(answer.function_calls) and not answer.cut_off


def _is_blank(answer: Answer) -> bool:
    return not answer.content or answer.content.isspace()


def _check(answer: Answer) -> None:
    """Refuse what says nothing: the person has no use for it, and the APIs refuse a history that holds it."""
    if not _is_blank(answer):
        return
    if answer.cut_off:
        raise NoTokensLeftError("The token limit was reached before the first word")
    if answer.function_calls:
        raise EndlessToolCallsError("The model called tools although it may not")
    raise EmptyAnswerError("The answer is empty")


class _Turn:
    """One question on its way to its answer."""

    def __init__(
        self, ask: Ask, history: list[Message], input: Message, functions: Functions, on_chunk: OnChunk | None
    ) -> None:
        self.exchange: list[Message] = [input]
        self.functions = functions
        self._ask = ask
        self._history = history
        self._is_halved = False
        self._on_chunk = on_chunk
        self._has_spoken = False
        self._said: list[str] = []  # in this request
        self._separator = ""

    async def ask(self, *, may_call: bool) -> Answer:
        """Ask with all that was said; when that is more than the model takes, with half of the history, then none."""
        # What the model says before its tool calls must not run into what it says after them.
        self._separator = "\n\n" if self._has_spoken else ""
        while True:
            round, self._said = self._round(may_call), []
            try:
                answer = await self._ask(round)
            except ContextTooLongError:
                if not self._history:
                    raise
            except BaseException as error:
                # What an answer that ends in the middle has cost, the server does not tell. Of one that is stopped
                # before its first word it has read the question.
                if self._said or isinstance(error, asyncio.CancelledError):
                    meter.count(round.messages, Answer("".join(self._said), None))
                raise
            else:
                meter.count(round.messages, answer)
                logger.info("The model has answered a request, %s", answer.usage)
                return answer
            self._history = [] if self._is_halved else newer_half(self._history)
            self._is_halved = True
            logger.warning("The history is more than the model takes, asking with %d messages", len(self._history))

    def _round(self, may_call: bool) -> Round:
        on_chunk = self._say if self._on_chunk else None
        return Round([*self._history, *self.exchange], self.functions, may_call, on_chunk)

    async def _say(self, piece: str) -> None:
        assert self._on_chunk
        self._said.append(piece)
        await self._on_chunk(self._separator + piece)
        self._has_spoken, self._separator = True, ""
