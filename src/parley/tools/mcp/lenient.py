"""Results of servers that are not quite of the protocol, made to fit it.

The `mcp` package refuses a whole list for one odd tool, and a whole result for one part of an unknown type or for
structured content that is not as the tool has declared it. The model is better off with the rest, and with the text.
"""

from typing import Any, cast

from mcp.types.methods import validate_server_result
from pydantic import ValidationError
from typing_extensions import TypeIs

Json = dict[str, Any]

# The revision with the strictest shapes: what fits it fits all others.
_STRICTEST = "2025-11-25"

# Parameters that nothing fits; no model takes them.
_UNFIT: Json = {"type": "object", "not": {}}

# Fields that the revision 2026-07-28 requires, of which Parley makes no use.
_REQUIRED: Json = {"resultType": "complete", "ttlMs": 0, "cacheScope": "private"}


def made_to_fit(result: Json) -> Json:
    """The result; if it lists tools or answers a call, in a shape that the `mcp` package takes."""
    if result.get("resultType", "complete") != "complete":  # the server wants something else first
        return result
    if isinstance(result.get("tools"), list):
        tools = [tool for listed in result["tools"] if (tool := _tool(listed))]
        cursor = result.get("nextCursor")
        return {"tools": tools, **_REQUIRED} | ({"nextCursor": cursor} if isinstance(cursor, str) else {})
    if "content" in result or "structuredContent" in result:
        return _answer(result)
    return result


def _tool(listed: object) -> Json | None:
    """The tool with what Parley reads of it; None without a name. Its output schema is left out: a result that does
    not fit it is no less of use."""
    if not isinstance(listed, dict) or not isinstance(cast(Json, listed).get("name"), str):
        return None
    given = cast(Json, listed)
    schema = given.get("inputSchema")
    tool: Json = {"name": given["name"], "inputSchema": {"type": "object", **schema} if _is_json(schema) else _UNFIT}
    tool |= {key: given[key] for key in ("title", "description") if isinstance(given.get(key), str)}
    execution = given.get("execution")
    if _is_json(execution) and execution.get("taskSupport") == "required":
        tool["execution"] = {"taskSupport": "required"}
    return tool if _fits("tools/list", {"tools": [tool]}) else tool | {"inputSchema": _UNFIT}


def _answer(result: Json) -> Json:
    content: Any = result.get("content") or []
    structured: Any = result.get("structuredContent")
    parts = cast(list[object], content if isinstance(content, list) else [content])
    answer: Json = {"content": [_part(part) for part in parts], "isError": bool(result.get("isError")), **_REQUIRED}
    if structured is not None:
        # Before 2026 it had to be an object.
        answer["structuredContent"] = structured if _is_json(structured) else {"result": structured}
    return answer


def _part(part: object) -> Json:
    if _is_json(part) and _fits("tools/call", {"content": [part]}):
        return part
    return {"type": "text", "text": _text(part)}


def _text(part: object) -> str:
    """The readable text of a part of an unknown type."""
    match part:
        case str(text) | {"text": str(text)} | {"resource": {"text": str(text)}}:
            return text
        case {"type": str(kind)}:
            return f"[Something of the type {kind}, which cannot be shown to you.]"
        case _:
            return "[Something that cannot be shown to you.]"


def _is_json(value: object) -> TypeIs[Json]:
    return isinstance(value, dict)


def _fits(method: str, result: Json) -> bool:
    try:
        validate_server_result(method, _STRICTEST, result)
    except ValidationError:
        return False
    return True
