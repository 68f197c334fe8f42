"""Fits results of servers that break the protocol to what the `mcp` package takes.

The package refuses a whole list for one odd tool, and a whole result for one part of an unknown type or for structured
content that does not match the tool's schema. The model is better off with the rest, and with the text.
"""

from typing import Any, cast

from mcp.types.methods import validate_server_result
from pydantic import ValidationError
from typing_extensions import TypeIs

Json = dict[str, Any]

# What fits the revision with the strictest shapes fits all others.
_STRICTEST = "2025-11-25"

# A schema that nothing fits; `fit_tools` drops the tool.
_UNFIT: Json = {"type": "object", "not": {}}

# Fields that the revision 2026-07-28 requires and Parley ignores.
_REQUIRED: Json = {"resultType": "complete", "ttlMs": 0, "cacheScope": "private"}

# Tools of a list and parts of a result. Each takes 7 µs to validate, on the event loop.
MAX_TOOLS = 1_000
_MAX_PARTS = 1_000


def made_to_fit(result: Json) -> Json:
    """Return a list of tools or the answer to a call in a shape that the `mcp` package takes, other results unchanged.

    A list keeps one tool more than `MAX_TOOLS`, so that the reader of all pages sees that there are more.
    """
    if result.get("resultType", "complete") != "complete":  # the server wants input first
        return result
    if isinstance(result.get("tools"), list):
        tools = [tool for listed in result["tools"][: MAX_TOOLS + 1] if (tool := _tool(listed))]
        cursor = result.get("nextCursor")
        return {"tools": tools, **_REQUIRED} | ({"nextCursor": cursor} if isinstance(cursor, str) else {})
    if "content" in result or "structuredContent" in result:
        return _answer(result)
    return result


def _tool(listed: object) -> Json | None:
    """Return the fields of a tool that Parley reads; None without a name. The output schema is left out, because a
    result that does not match it is still useful."""
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
    shown = [_part(part) for part in parts[:_MAX_PARTS]]
    if len(parts) > _MAX_PARTS:
        shown.append({"type": "text", "text": f"[{len(parts) - _MAX_PARTS} more parts are left out.]"})
    answer: Json = {"content": shown, "isError": bool(result.get("isError")), **_REQUIRED}
    if structured is not None:
        # Revisions before 2026 take an object only.
        answer["structuredContent"] = structured if _is_json(structured) else {"result": structured}
    return answer


def _part(part: object) -> Json:
    if _is_json(part) and _fits("tools/call", {"content": [part]}):
        return part
    return {"type": "text", "text": _text(part)}


def _text(part: object) -> str:
    """Return the text of a part of an unknown type."""
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
