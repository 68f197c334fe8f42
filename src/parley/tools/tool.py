"""The decorator that makes a tool of a function.

The model chooses a tool by its name and the first paragraph of its docstring. pydantic makes the schema from the
signature, so a call with wrong arguments never reaches the function.
"""

import inspect
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

from microsoft_teams.ai import Function
from pydantic import BaseModel, create_model

from .context import NO_CONTEXT, ToolContext
from .sources import ToolResult

Result = str | ToolResult | Awaitable[str | ToolResult]

# A name that OpenAI's APIs take.
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")


@dataclass
class Tool(Function[BaseModel]):
    """A `Function` of the Teams SDK that can receive the turn's context."""

    function: Callable[..., Result] = field(kw_only=True)
    context_parameter: str | None = field(kw_only=True)
    """The name of the parameter for the `ToolContext`, if the function has one."""

    def bind(self, context: ToolContext) -> "Tool":
        """Return the tool for one turn."""
        return replace(self, handler=_handler(self.function, self.context_parameter, context))


def tool(function: Callable[..., Result]) -> Tool:
    """Make a tool of a function. A plain function may block, because the bot runs it in a thread; a coroutine may not.

    Each parameter needs a type that pydantic knows, for example `Annotated[str, Field(description=…)]`. The model does
    not see a parameter of the type `ToolContext`.

    Raises:
        TypeError: The function lacks a docstring or a type, or has a parameter that a model cannot fill.
    """
    name = function.__name__
    description = " ".join((inspect.getdoc(function) or "").partition("\n\n")[0].split())
    if not _NAME.fullmatch(name):
        raise TypeError(f"The tool {name}: expected a name of at most 64 ASCII letters, digits and underscores")
    if not description:
        raise TypeError(f"The tool {name}: expected a docstring for the model")
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
        handler=_handler(function, context_parameter, NO_CONTEXT),
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
        # `model_dump` would turn parameters that are models into dicts.
        arguments = {name: getattr(parameters, name) for name in type(parameters).model_fields} if parameters else {}
        return function(**arguments, **({context_parameter: context} if context_parameter else {}))

    async def call_and_wait(parameters: BaseModel | None = None) -> str | ToolResult:
        result = call(parameters)
        return await result if inspect.isawaitable(result) else result

    return call_and_wait if inspect.iscoroutinefunction(function) else call
