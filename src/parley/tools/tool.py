"""A function becomes a tool of the model.

The name and the first paragraph of the docstring are what the model chooses by. The schema of the parameters is made
by pydantic from the signature, so that a call whose arguments do not fit never reaches the function.
"""

import inspect
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

from microsoft_teams.ai import Function
from pydantic import BaseModel, create_model

from .context import NOWHERE, ToolContext
from .sources import ToolResult

Result = str | ToolResult | Awaitable[str | ToolResult]

# What OpenAI's APIs take as the name of a tool.
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")


@dataclass
class Tool(Function[BaseModel]):
    """A `Function` of the Teams SDK whose Python function may want to know of the turn."""

    function: Callable[..., Result] = field(kw_only=True)
    context_parameter: str | None = field(kw_only=True)
    """The parameter that is given the `ToolContext`, if there is one."""

    def bind(self, context: ToolContext) -> "Tool":
        """The tool for one turn."""
        return replace(self, handler=_handler(self.function, self.context_parameter, context))


def tool(function: Callable[..., Result]) -> Tool:
    """Make a tool of a function, which may be a coroutine; the bot runs one that is not in a thread, so it may block.

    Each parameter needs a type that pydantic knows, perhaps `Annotated[…, Field(description=…)]`. One of the type
    `ToolContext` is not shown to the model.

    Raises:
        TypeError: the function says too little of itself, or takes what a model cannot give.
    """
    name = function.__name__
    description = " ".join((inspect.getdoc(function) or "").partition("\n\n")[0].split())
    if not _NAME.fullmatch(name):
        raise TypeError(f"The tool {name}: expected a name of at most 64 ASCII letters, digits and underscores")
    if not description:
        raise TypeError(f"The tool {name}: expected a docstring that tells the model what it is for")
    context_parameter: str | None = None
    fields: dict[str, Any] = {}
    for parameter in inspect.signature(function, eval_str=True).parameters.values():
        _check(name, parameter)
        if parameter.annotation is ToolContext:
            context_parameter = parameter.name
        else:
            default = ... if parameter.default is parameter.empty else parameter.default
            fields[parameter.name] = (parameter.annotation, default)
    return Tool(
        name=name,
        description=description,
        parameter_schema=create_model(name, **fields) if fields else None,
        handler=_handler(function, context_parameter, NOWHERE),
        function=function,
        context_parameter=context_parameter,
    )


def _check(name: str, parameter: inspect.Parameter) -> None:
    if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
        raise TypeError(f"The tool {name}: expected parameters that can be given by name, but has {parameter}")
    if parameter.annotation is parameter.empty:
        raise TypeError(f"The tool {name}: expected a type for the parameter {parameter.name}")
    if parameter.name.startswith("_") or hasattr(BaseModel, parameter.name):
        raise TypeError(f"The tool {name}: pydantic keeps the name {parameter.name} for itself, expected another")


def _handler(
    function: Callable[..., Result], context_parameter: str | None, context: ToolContext
) -> Callable[..., Any]:
    def call(parameters: BaseModel | None = None) -> Result:
        # Not `model_dump`: a parameter that is a model stays one.
        arguments = {name: getattr(parameters, name) for name in type(parameters).model_fields} if parameters else {}
        return function(**arguments, **({context_parameter: context} if context_parameter else {}))

    async def call_and_wait(parameters: BaseModel | None = None) -> str | ToolResult:
        result = call(parameters)
        return await result if inspect.isawaitable(result) else result

    return call_and_wait if inspect.iscoroutinefunction(function) else call
