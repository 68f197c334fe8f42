"""Tool calls: reading them, running them, and results for the model even if a tool fails."""

import asyncio
import inspect
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from microsoft_teams.ai import Function, FunctionCall, FunctionMessage
from microsoft_teams.openai.function_utils import parse_function_arguments
from pydantic import BaseModel, ValidationError

from ..tools import with_items

logger = logging.getLogger(__name__)

Functions = Mapping[str, Function[BaseModel]]

# Tools that run in one round. Models call a few; one that repeats itself calls thousands.
_MOST_CALLS = 128


@dataclass
class UnreadableCall(FunctionCall):
    """A tool call whose arguments are not a JSON object."""


def read_call(id: str, name: str, arguments: str) -> FunctionCall:
    """Read a tool call, whose arguments are JSON text."""
    try:
        parsed: object = json.loads(arguments or "{}")
        if isinstance(parsed, str):  # some servers encode them twice
            parsed = json.loads(parsed or "{}")
    except (ValueError, RecursionError):
        return UnreadableCall(id, name)
    if not parsed:
        parsed = {}  # for no arguments, some servers send null, and those in PHP an empty array
    if not isinstance(parsed, dict):
        return UnreadableCall(id, name)
    return FunctionCall(id, name, cast(dict[str, Any], parsed))


def parameters_of(function: Function[BaseModel]) -> dict[str, Any]:
    """The JSON schema of a tool's parameters. The APIs want one even if there are none."""
    if isinstance(function.parameter_schema, type):
        return _schema_of(function.parameter_schema)
    return function.parameter_schema or {"type": "object", "properties": {}}


# Each request sends the schemas of all tools, which never change.
@cache
def _schema_of(parameters: type[BaseModel]) -> dict[str, Any]:
    return with_items(parameters.model_json_schema())


class ToolRunner:
    """Runs tools within a bounded time."""

    def __init__(self, timeout: float) -> None:
        """A tool may take `timeout` seconds. It is cancelled then, and not awaited if it ignores that."""
        self._timeout = timeout
        # The event loop keeps no reference to a task.
        self._running: set[asyncio.Task[str]] = set()

    async def run(self, functions: Functions, calls: list[FunctionCall]) -> list[FunctionMessage]:
        """The results of all calls. The first 128 run side by side; the others do not run, and their results say so."""
        async with asyncio.TaskGroup() as group:
            running = [group.create_task(self._result(functions, call)) for call in calls[:_MOST_CALLS]]
        if len(calls) > _MOST_CALLS:
            logger.warning("Model made %d tool calls in one round, of which %d ran", len(calls), _MOST_CALLS)
        others = [f"Not run: at most {_MOST_CALLS} tools run in one round."] * (len(calls) - _MOST_CALLS)
        results = [*(tool.result() for tool in running), *others]
        return [FunctionMessage(result, call.id) for call, result in zip(calls, results, strict=True)]

    async def _result(self, functions: Functions, call: FunctionCall) -> str:
        function = functions.get(call.name)
        if function is None:
            return f"There is no tool named {call.name}."
        if isinstance(call, UnreadableCall):
            return "The arguments are not a JSON object."
        tool = asyncio.create_task(_run(function, call))
        self._running.add(tool)
        tool.add_done_callback(self._running.discard)
        try:
            finished, _ = await asyncio.wait([tool], timeout=self._timeout)
        finally:
            tool.cancel()
        if not finished:
            logger.warning("Tool %s took longer than %g s", call.name, self._timeout)
            return f"The tool was stopped, because it took longer than {self._timeout:g} seconds."
        if tool.cancelled():  # from within: the SDK's StreamCancelledError is a CancelledError
            logger.error("Tool %s failed: it was cancelled", call.name)
            return "The tool failed: CancelledError."
        return tool.result()


async def _run(function: Function[BaseModel], call: FunctionCall) -> str:
    handler: Callable[..., Any] = function.handler
    try:
        try:
            arguments = parse_function_arguments(function, call.arguments)
        except ValidationError as error:
            return f"The arguments do not fit: {error}"
        result = handler() if arguments is None else handler(arguments)
        return str(await result if inspect.isawaitable(result) else result)
    except Exception as error:
        logger.exception("Tool %s failed", call.name)
        return f"The tool failed: {type(error).__name__}."
