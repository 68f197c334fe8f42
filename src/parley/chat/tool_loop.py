"""The tool loop: question, tool calls, answer, whichever API the model speaks.

`microsoft-teams-openai` is frozen at 2.0.0a78 (microsoft/teams.py#406), so the defects of its models' `generate_text`
stay. `CompletionsModel` and `ResponsesModel` are those models with another `generate_text`, which

- keeps streaming after a tool call (`completions_model.py` loses `on_chunk` when it calls itself again);
- streams with the Responses API (`responses_chat_model.py` looks for an attribute that no response has);
- adds the exchange to the memory once it is complete (the SDK adds the question before it asks, so that a failed call
  leaves a question without an answer behind);
- gives every tool call a result (the SDK gives none to the call of an unknown tool, and the API refuses what follows);
- asks a bounded number of times.
"""

import asyncio
import inspect
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from microsoft_teams.ai import Function, FunctionCall, FunctionMessage, Memory, Message, ModelMessage
from microsoft_teams.openai.function_utils import get_function_schema, parse_function_arguments
from pydantic import BaseModel, ValidationError

logger = logging.getLogger(__name__)

MAX_TOOL_ROUNDS = 8

Functions = Mapping[str, Function[BaseModel]]
OnChunk = Callable[[str], Awaitable[None]]

# Sends the messages to the model once and returns what it said; the flag says whether it may call tools.
Ask = Callable[[list[Message], bool], Awaitable[ModelMessage]]


@dataclass
class UnreadableCall(FunctionCall):
    """A tool call whose arguments are not a JSON object."""


def read_call(id: str, name: str, arguments: str) -> FunctionCall:
    """A tool call as the model wrote it, its arguments being JSON text."""
    try:
        parsed = json.loads(arguments or "{}")
    except json.JSONDecodeError:
        parsed = None
    if not isinstance(parsed, dict):
        return UnreadableCall(id, name)
    return FunctionCall(id, name, cast(dict[str, Any], parsed))


def parameters_of(function: Function[BaseModel]) -> dict[str, Any]:
    """The JSON schema of a tool's parameters; the APIs want one also where there are none."""
    return get_function_schema(function) or {"type": "object", "properties": {}}


async def run_tool_loop(ask: Ask, input: Message, memory: Memory | None, functions: Functions) -> ModelMessage:
    """Ask, run the tools that the model calls, ask again, until it answers; then remember all of it.

    After `MAX_TOOL_ROUNDS` rounds the model may call no more tools and has to answer with what it has. An empty answer
    is not remembered: the APIs refuse a history that holds one.
    """
    history = await memory.get_all() if memory is not None else []
    exchange: list[Message] = [input]
    answer = await ask([*history, *exchange], True)
    for round in range(1, MAX_TOOL_ROUNDS + 1):
        if not answer.function_calls:
            break
        exchange.append(answer)
        exchange += await asyncio.gather(*(_call(functions, call) for call in answer.function_calls))
        answer = await ask([*history, *exchange], round < MAX_TOOL_ROUNDS)
    if memory is not None and answer.content:
        for message in [*exchange, answer]:
            await memory.push(message)
    return answer


async def _call(functions: Functions, call: FunctionCall) -> FunctionMessage:
    """Run one tool. Whatever goes wrong becomes a result that the model can work with."""
    function = functions.get(call.name)
    if function is None:
        return FunctionMessage(f"There is no tool named {call.name}.", call.id)
    if isinstance(call, UnreadableCall):
        return FunctionMessage("The arguments are not a JSON object.", call.id)
    try:
        arguments = parse_function_arguments(function, call.arguments)
        handler: Callable[..., Any] = function.handler
        result = handler() if arguments is None else handler(arguments)
        return FunctionMessage(str(await result if inspect.isawaitable(result) else result), call.id)
    except ValidationError as error:
        return FunctionMessage(f"The arguments do not fit: {error}", call.id)
    except Exception as error:
        logger.exception("The tool %s failed", call.name)
        return FunctionMessage(f"The tool failed: {type(error).__name__}.", call.id)
