"""An MCP server over stdio with the oddities of public servers.

Usage: odd_server.py [noise] [cursor] [slow SECONDS]
"""

import json
import sys
import time
from typing import Any

Json = dict[str, Any]

NOISE, CURSOR = "noise" in sys.argv, "cursor" in sys.argv
SLOW = float(sys.argv[sys.argv.index("slow") + 1]) if "slow" in sys.argv else 0

OBJECT: Json = {"type": "object", "properties": {}}
X: Json = {"type": "object", "properties": {"x": {"type": "number"}}, "required": ["x"]}
Q: Json = {"type": "object", "properties": {"n": {"type": "integer", "default": None}}}

TOOLS: list[Json] = [
    {"name": "dots.and/slashes", "inputSchema": OBJECT},
    {"name": "no_type", "description": None, "inputSchema": {"properties": {"a": {"type": "string"}}}},
    {"name": "bare_object", "inputSchema": {"type": "object"}},
    {"name": "empty_schema", "inputSchema": {}},
    {
        "name": "with_refs",
        "inputSchema": {
            "$schema": "http://json-schema.org/draft-07/schema#",
            "type": "object",
            "properties": {"q": {"$ref": "#/$defs/Q"}},
            "required": ["q"],
            "$defs": {"Q": Q},
        },
    },
    {
        "name": "draft04",
        "inputSchema": {
            "$schema": "http://json-schema.org/draft-04/schema#",
            "type": "object",
            "properties": {"n": {"type": "number", "minimum": 0, "exclusiveMinimum": True}},
        },
    },
    {"name": "output_schema_only_text", "inputSchema": OBJECT, "outputSchema": X},
    {"name": "output_schema_mismatch", "inputSchema": OBJECT, "outputSchema": X},
    {"name": "output_schema_error", "inputSchema": OBJECT, "outputSchema": X},
    {"name": "no_content", "inputSchema": OBJECT},
    {"name": "unknown_content", "inputSchema": OBJECT},
    {"name": "null_structured", "inputSchema": OBJECT},
    {"name": "list_structured", "inputSchema": OBJECT},
    {"name": "echo", "inputSchema": {"type": "object", "properties": {"x": {}}, "additionalProperties": True}},
]


def text(words: str) -> Json:
    return {"content": [{"type": "text", "text": words}]}


RESULTS: dict[str, Json] = {
    "output_schema_only_text": text("forty two"),
    "output_schema_mismatch": text("forty two") | {"structuredContent": {"x": "forty two"}},
    "output_schema_error": text("no such city") | {"isError": True},
    "no_content": {"structuredContent": {"x": 1}},
    "unknown_content": {"content": [{"type": "text", "text": "shown"}, {"type": "widget", "html": "<b>"}]},
    "null_structured": text("fine") | {"structuredContent": None},
    "list_structured": text("fine") | {"structuredContent": [1, 2]},
}


def answer(method: str, params: Json) -> Json:
    match method:
        case "initialize":
            return {
                "protocolVersion": params["protocolVersion"],
                "capabilities": {"tools": {}},
                "serverInfo": {"name": "odd", "version": "1"},
            }
        case "tools/list":
            time.sleep(SLOW)  # noqa: TID251
            return {"tools": TOOLS} | ({"nextCursor": ""} if CURSOR else {})
        case "tools/call":
            name = params["name"]
            return RESULTS.get(name) or text(f"{name} got {json.dumps(params.get('arguments'))}")
        case _:
            return {}


for line in sys.stdin:
    message = json.loads(line)
    if NOISE:
        print("INFO starting up: handling", message.get("method"), flush=True)
    if "id" in message:
        result = answer(message["method"], message.get("params") or {})
        print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}), flush=True)
