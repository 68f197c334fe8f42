"""Arrays in the schemas of tools' parameters.

OpenAI's APIs want `items` in every array, by the rules of JSON Schema 2020-12 a schema and no list of them, and refuse
a request with another array, the other tools and the question with it. pydantic writes no `items` for a tuple.
"""

from typing import Any, cast

# What maps names to schemas, and what holds values of any shape.
_NAMED = frozenset({"$defs", "definitions", "dependentSchemas", "patternProperties", "properties"})
_VALUES = frozenset({"const", "default", "enum", "examples"})


def with_items(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with `items` in all its arrays, which may be anything where nothing is said of them."""
    whole = {word: _with_items(word, value) for word, value in schema.items()}
    if isinstance(whole.get("items"), list):  # a tuple, as it was described before 2020
        whole["prefixItems"] = whole.pop("items")
    types = whole.get("type")
    if "array" in cast(list[Any], types if isinstance(types, list) else [types]):
        whole.setdefault("items", {})
    return whole


def _with_items(word: str, value: Any) -> Any:
    if word in _VALUES:
        return value
    if isinstance(value, list):
        return [_with_items("", part) for part in cast(list[Any], value)]
    if not isinstance(value, dict):
        return value
    if word in _NAMED:
        return {name: _with_items("", schema) for name, schema in cast(dict[str, Any], value).items()}
    return with_items(cast(dict[str, Any], value))
