"""The tool loop: question, tool calls, answer, whichever API the model speaks.

`microsoft-teams-openai` is frozen at 2.0.0a78 (microsoft/teams.py#406), so the defects of its models' `generate_text`
stay. `CompletionsModel` and `ResponsesModel` are those models with another `generate_text`, which

- keeps streaming after a tool call (`completions_model.py` loses `on_chunk` when it calls itself again);
- streams with the Responses API (`responses_chat_model.py` looks for an attribute that no response has);
- adds the exchange to the memory once it is complete (the SDK adds the question before it asks, so that a failed call
  leaves a question without an answer behind);
- gives every tool call a result (the SDK gives none to the call of an unknown tool, and the API refuses what follows);
- asks a bounded number of times;
- sends the newer half of the history when all of it is more than the model takes.
"""

import asyncio
import inspect
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from microsoft_teams.ai import Function, FunctionCall, FunctionMessage, Memory, Message
from microsoft_teams.openai.function_utils import get_function_schema, parse_function_arguments
from pydantic import BaseModel, ValidationError

from .answer import Answer
from .exchanges import newer_half
from .failures import ContextTooLongError
from .streaming import OnChunk

logger = logging.getLogger(__name__)

Functions = Mapping[str, Function[BaseModel]]


@dataclass(frozen=True)
class Round:
    """What the model is asked once: to answer, or to call tools."""

    messages: list[Message]
    functions: Functions
    """The tools that the request names, also when they may not be called: servers want those that the messages call."""
    may_call: bool
    on_chunk: OnChunk | None


Ask = Callable[[Round], Awaitable[Answer]]


@dataclass
class UnreadableCall(FunctionCall):
    """A tool call whose arguments are not a JSON object."""


def read_call(id: str, name: str, arguments: str) -> FunctionCall:
    """A tool call as the model wrote it, its arguments being JSON text."""
    try:
        parsed = json.loads(arguments or "{}")
    except (ValueError, RecursionError):
        parsed = None
    if not isinstance(parsed, dict):
        return UnreadableCall(id, name)
    return FunctionCall(id, name, cast(dict[str, Any], parsed))


def parameters_of(function: Function[BaseModel]) -> dict[str, Any]:
    """The JSON schema of a tool's parameters; the APIs want one also where there are none."""
    return get_function_schema(function) or {"type": "object", "properties": {}}


class ToolLoop:
    """Asks, runs the tools that the model calls, asks again, until the model answers."""

    def __init__(self, *, max_rounds: int, timeout: float) -> None:
        """After `max_rounds` rounds the model may call no more tools and has to answer with what it has; with 0 it is
        offered none. A tool may take `timeout` seconds; one that blocks the event loop cannot be stopped."""
        self._max_rounds = max_rounds
        self._timeout = timeout

    async def run(
        self, ask: Ask, input: Message, memory: Memory | None, functions: Functions, on_chunk: OnChunk | None
    ) -> Answer:
        """Answer `input`, then remember all of the exchange. An empty answer is not remembered: the APIs refuse a
        history that holds one.

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
            # A call that the token limit has cut is none.
            if not answer.function_calls or answer.cut_off:
                break
            turn.exchange += [answer, *await self._call_all(functions, answer.function_calls)]
            answer = await turn.ask(may_call=rounds_left > 0)
            usage += answer.usage
        # Some servers do not heed that no tool may be called, and a call without a result makes a history unusable.
        answer = replace(answer, function_calls=None)
        if memory is not None and answer.content:
            for message in [*turn.exchange, answer]:
                await memory.push(message)
        return replace(answer, usage=usage)

    async def _call_all(self, functions: Functions, calls: list[FunctionCall]) -> list[FunctionMessage]:
        async with asyncio.TaskGroup() as group:
            results = [group.create_task(self._call(functions, call)) for call in calls]
        return [result.result() for result in results]

    async def _call(self, functions: Functions, call: FunctionCall) -> FunctionMessage:
        """Run one tool. Whatever goes wrong becomes a result that the model can work with."""
        return FunctionMessage(await self._result(functions, call), call.id)

    async def _result(self, functions: Functions, call: FunctionCall) -> str:
        function = functions.get(call.name)
        if function is None:
            return f"There is no tool named {call.name}."
        if isinstance(call, UnreadableCall):
            return "The arguments are not a JSON object."
        try:
            arguments = parse_function_arguments(function, call.arguments)
        except ValidationError as error:
            return f"The arguments do not fit: {error}"
        deadline = asyncio.timeout(self._timeout)
        try:
            async with deadline:
                return await _run(function, arguments)
        except Exception as error:
            if deadline.expired():
                logger.warning("The tool %s took longer than %g s", call.name, self._timeout)
                return f"The tool was stopped, because it took longer than {self._timeout:g} seconds."
            logger.exception("The tool %s failed", call.name)
            return f"The tool failed: {type(error).__name__}."


async def _run(function: Function[BaseModel], arguments: BaseModel | None) -> str:
    handler: Callable[..., Any] = function.handler
    result = handler() if arguments is None else handler(arguments)
    return str(await result if inspect.isawaitable(result) else result)


class _Turn:
    """One question on its way to its answer."""

    def __init__(
        self, ask: Ask, history: list[Message], input: Message, functions: Functions, on_chunk: OnChunk | None
    ) -> None:
        self.exchange: list[Message] = [input]
        self._ask = ask
        self._history = history
        self._functions = functions
        self._on_chunk = on_chunk
        self._has_spoken = False
        self._separator = ""

    async def ask(self, *, may_call: bool) -> Answer:
        """Ask with all that was said; when that is more than the model takes, once again with half of the history."""
        # What the model says before its tool calls must not run into what it says after them.
        self._separator = "\n\n" if self._has_spoken else ""
        try:
            return await self._ask(self._round(may_call))
        except ContextTooLongError:
            if not self._history:
                raise
        logger.warning("The history is more than the model takes, asking with its newer half")
        self._history = newer_half(self._history)
        return await self._ask(self._round(may_call))

    def _round(self, may_call: bool) -> Round:
        on_chunk = self._say if self._on_chunk else None
        return Round([*self._history, *self.exchange], self._functions, may_call, on_chunk)

    async def _say(self, piece: str) -> None:
        assert self._on_chunk
        await self._on_chunk(self._separator + piece)
        self._has_spoken, self._separator = True, ""
