"""Selects the tools whose parameters the models' APIs take.

An API refuses the whole request for one tool that it does not take. OpenAI's wants valid JSON Schema with the type
`object` and none of `_FORBIDDEN_AT_TOP` beside it.
"""

from collections.abc import Iterable
from typing import Any

from jsonschema import Draft202012Validator, SchemaError
from mcp.types import Tool

from ..arrays import with_items

LONGEST_DESCRIPTION = 1024  # characters that OpenAI's APIs take

_FORBIDDEN_AT_TOP = {"oneOf", "anyOf", "allOf", "enum", "not"}


def fit_tools(declared: Iterable[Tool]) -> list[Tool]:
    """Return the tools that the APIs take, with schemas as they take them. Some milliseconds of CPU each."""
    fitted = ((tool, _parameters_of(tool.input_schema)) for tool in declared if not needs_task(tool))
    return [tool.model_copy(update={"input_schema": schema}) for tool, schema in fitted if schema]


def needs_task(tool: Tool) -> bool:
    """True if the tool runs as a task only, which Parley does not support."""
    return tool.execution is not None and tool.execution.task_support == "required"


def description_of(tool: Tool) -> str:
    """Return the whole description; without one the title or the name."""
    return tool.description or tool.title or tool.name


def _parameters_of(input_schema: dict[str, Any]) -> dict[str, Any] | None:
    """Return the schema as the APIs take it; None if they would refuse it."""
    # The APIs require `properties`, even if empty.
    schema: dict[str, Any] = {"type": "object", "properties": {}, **input_schema}
    if schema["type"] != "object" or not _FORBIDDEN_AT_TOP.isdisjoint(schema):
        return None
    schema = with_items(schema)
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError:
        return None
    return schema
