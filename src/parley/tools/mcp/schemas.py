"""Which tools the models' APIs take, by the schemas of their parameters.

An API refuses a request with a tool that it does not take, and all the other tools with it: OpenAI's wants `type` to be
`object`, and none of `_NOT_AT_THE_TOP` beside that.
"""

from typing import Any

from ..arrays import with_items

_NOT_AT_THE_TOP = {"oneOf", "anyOf", "allOf", "enum", "not"}


def parameters_of(input_schema: dict[str, Any]) -> dict[str, Any] | None:
    """What the APIs are told of the parameters that a server describes so; None if they would not take it."""
    # The APIs want the properties also where there are none.
    schema: dict[str, Any] = {"type": "object", "properties": {}, **input_schema}
    is_plain = schema["type"] == "object" and isinstance(schema["properties"], dict)
    return with_items(schema) if is_plain and _NOT_AT_THE_TOP.isdisjoint(schema) else None
