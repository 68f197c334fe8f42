"""Values in the JSON of a model server, which may have other types than the API says."""

import json
import re
from collections.abc import Mapping
from typing import cast

import httpx2
from openai import APIError

# Gateways send reasoning as parts of the content.
_THOUGHTS = ("thinking", "reasoning", "redacted_thinking", "reasoning_text", "summary_text")


def mapping(value: object) -> Mapping[str, object]:
    """The value if it is a JSON object, else an empty one."""
    return cast(Mapping[str, object], value) if isinstance(value, dict) else {}


def listed(value: object) -> list[object]:
    """The value if it is a JSON array, an array with it if it is an object, else an empty array."""
    if isinstance(value, list):
        return cast(list[object], value)
    return [cast(object, value)] if isinstance(value, dict) else []


def text_of(value: object) -> str:
    """The text of a string, a number, parts of content, or an object: its text field, or else its JSON."""
    match value:
        case None:
            return ""
        case str():
            return value
        case list():
            return "".join(text_of(part) for part in cast(list[object], value))
        case dict():
            part = mapping(cast(object, value))
            if part.get("type") in _THOUGHTS:
                return ""
            for name in ("text", "content", "value", "refusal"):
                if name in part:
                    return text_of(part[name])
            return "" if "type" in part or not part else json.dumps(part)
        case _:
            return json.dumps(value)


def json_of(value: object) -> str:
    """The JSON text of a value, which should be JSON text already."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def number_of(value: object) -> int | None:
    """A whole number, which may come as another number or as text; None if it is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return int(float(value))
    except (ValueError, OverflowError):
        return None


def error_in(event: object, request: httpx2.Request) -> APIError | None:
    """The error that an event reports, in any form that servers use; None if it reports none."""
    body = mapping(event)
    if error := body.get("error"):
        return api_error(error, request)
    if body.get("object") == "error" or body.get("type") == "error":
        return api_error(body, request)
    for choice in listed(body.get("choices")):
        if error := mapping(choice).get("error"):
            return api_error(error, request)
    return None


def api_error(error: object, request: httpx2.Request) -> APIError:
    """The exception for an error that the API reports within a response."""
    body = mapping(error)
    fields = {name: text_of(body.get(name)) or None for name in ("code", "type", "param")}
    if not re.fullmatch(r"\D+|[45]\d\d", fields["code"] or ""):
        # Some servers send the HTTP status beside a code of their own.
        fields["code"] = next(
            (text_of(body[name]) for name in ("status", "status_code", "http_status") if body.get(name)), fields["code"]
        )
    message = text_of(body.get("message") if body else error)
    return APIError(message or "The response failed.", request, body=fields)
