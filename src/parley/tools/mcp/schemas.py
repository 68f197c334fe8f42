"""The tools that the models' APIs take, by the schemas of their parameters, and that can be called.

An API refuses a request with a tool that it does not take, and all the other tools with it: OpenAI's wants valid JSON
Schema, `type` to be `object`, and none of `_NOT_AT_THE_TOP` beside that.
"""

from collections.abc import Iterable
from typing import Any

from jsonschema import Draft202012Validator, SchemaError
from mcp.types import Tool

from ..arrays import with_items

# Characters of a description that OpenAI's APIs take.
LONGEST_DESCRIPTION = 1024

_NOT_AT_THE_TOP = {"oneOf", "anyOf", "allOf", "enum", "not"}


def fit_tools(declared: Iterable[Tool]) -> list[Tool]:
    """The tools that the APIs take, with parameters as they take them. Takes some milliseconds of CPU for each."""
    fitted = ((tool, _parameters_of(tool.input_schema)) for tool in declared if not needs_task(tool))
    return [tool.model_copy(update={"input_schema": schema}) for tool, schema in fitted if schema]


def needs_task(tool: Tool) -> bool:
    """Return True if the tool runs as a task only, which Parley does not start."""
    return tool.execution is not None and tool.execution.task_support == "required"


def description_of(tool: Tool) -> str:
    """The whole description; the title or the name if there is none."""
    return tool.description or tool.title or tool.name


def _parameters_of(input_schema: dict[str, Any]) -> dict[str, Any] | None:
    """What the APIs are told of the parameters that a server describes so; None if they would not take it."""
    # The APIs want the properties also where there are none.
    schema: dict[str, Any] = {"type": "object", "properties": {}, **input_schema}
    if schema["type"] != "object" or not _NOT_AT_THE_TOP.isdisjoint(schema):
        return None
    schema = with_items(schema)
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError:
        return None
    return schema
