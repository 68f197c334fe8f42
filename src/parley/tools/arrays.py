"""Adds `items` to the arrays in tools' schemas.

OpenAI's APIs require `items` in every array, as a schema and not as a list of schemas (JSON Schema 2020-12), and refuse
the whole request otherwise. pydantic writes none for a tuple.
"""

from typing import Any, cast

# Keywords that map names to schemas, and keywords that hold plain values.
_NAMED = frozenset({"$defs", "definitions", "dependentSchemas", "patternProperties", "properties"})
_VALUES = frozenset({"const", "default", "enum", "examples"})


def with_items(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema with `items` in all its arrays; an empty schema, which allows anything, where it has none."""
    whole = {keyword: _with_items(keyword, value) for keyword, value in schema.items()}
    if isinstance(whole.get("items"), list):  # a tuple in drafts before 2020
        whole["prefixItems"] = whole.pop("items")
    types = whole.get("type")
    if "array" in cast(list[Any], types if isinstance(types, list) else [types]):
        whole.setdefault("items", {})
    return whole


def _with_items(keyword: str, value: Any) -> Any:
    if keyword in _VALUES:
        return value
    if isinstance(value, list):
        return [_with_items("", part) for part in cast(list[Any], value)]
    if not isinstance(value, dict):
        return value
    if keyword in _NAMED:
        return {name: _with_items("", schema) for name, schema in cast(dict[str, Any], value).items()}
    return with_items(cast(dict[str, Any], value))
