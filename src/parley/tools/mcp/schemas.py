"""Which tools the models' APIs take, by the schemas of their parameters.

An API refuses a request with a tool that it does not take, and all the other tools with it: OpenAI's wants valid JSON
Schema, `type` to be `object`, and none of `_NOT_AT_THE_TOP` beside that.
"""

from collections.abc import Iterable
from typing import Any

from jsonschema import Draft202012Validator, SchemaError
from mcp.types import Tool

from ..arrays import with_items

_NOT_AT_THE_TOP = {"oneOf", "anyOf", "allOf", "enum", "not"}


def fit_tools(declared: Iterable[Tool]) -> list[Tool]:
    """The tools that the APIs take, with parameters as they take them. Takes some milliseconds of CPU for each."""
    fitted = ((tool, _parameters_of(tool.inputSchema)) for tool in declared)
    return [tool.model_copy(update={"inputSchema": schema}) for tool, schema in fitted if schema]


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
