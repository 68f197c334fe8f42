"""Turns the result of an MCP call into the text and the sources that the model gets."""

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any, cast

from mcp.types import (
    AudioContent,
    CallToolResult,
    ContentBlock,
    EmbeddedResource,
    ImageContent,
    ResourceLink,
    TextContent,
    TextResourceContents,
)

from ..sources import Source, ToolResult, is_web

# Characters, about 5,000 tokens.
LONGEST_RESULT = 20_000

# Sources of a result that the model gets.
MAX_SOURCES = 20

_LONGEST_TITLE = 200  # characters

# Levels and values of a structured result that are searched for sources. A million values take 0.3 s.
_MAX_DEPTH = 4
_MAX_VALUES = 10_000

# Fields with a summary of the page, the best first.
_ABSTRACTS = ("abstract", "snippet", "description", "summary", "text")


def read_result(result: CallToolResult) -> str | ToolResult:
    """Return the text of a result with its sources.

    Sources are resource links, embedded resources, and objects with a `title` and a `url` in a structured result.
    """
    text = "\n\n".join(filter(None, map(_text, result.content)))
    if not text and result.structured_content is not None:
        text = _json(result.structured_content)
    text = cut(text) or "The tool has done its work and says nothing."
    if result.is_error:
        return f"The tool failed: {text}"
    sources = {source.url: source for source in _sources(result)}
    return ToolResult(text, list(sources.values())[:MAX_SOURCES]) if sources else text


def cut(text: str) -> str:
    """Return the text up to `LONGEST_RESULT`."""
    if len(text) <= LONGEST_RESULT:
        return text
    return f"{text[:LONGEST_RESULT]}\n\n[The result is longer. The rest is left out.]"


def _json(value: object) -> str:
    """Return the value as JSON up to the part that exceeds `LONGEST_RESULT`."""
    chunks: list[str] = []
    length = 0
    for chunk in json.JSONEncoder(ensure_ascii=False).iterencode(value):
        chunks.append(chunk)
        length += len(chunk)
        if length > LONGEST_RESULT:
            break
    return "".join(chunks)


def _text(content: ContentBlock) -> str:
    match content:
        case TextContent():
            return content.text
        case ImageContent() | AudioContent():
            return f"[Something of the type {content.mime_type}, which cannot be shown to you.]"
        case ResourceLink():
            return f"{content.title or content.name}: {content.description or content.uri}"
        case EmbeddedResource(resource=TextResourceContents() as resource):
            return resource.text
        case EmbeddedResource(resource=resource):
            return f"[A file, {resource.uri}, which cannot be shown to you.]"


def _sources(result: CallToolResult) -> Iterator[Source]:
    for content in result.content:
        match content:
            case ResourceLink() if is_web(str(content.uri)):
                yield _source(content.title or content.name, str(content.uri), content.description or "")
            case EmbeddedResource() if is_web(str(content.resource.uri)):
                uri = str(content.resource.uri)
                yield _source(uri.partition("://")[2].rstrip("/"), uri, getattr(content.resource, "text", ""))
            case _:
                pass
    yield from _sources_in(result.structured_content, _MAX_DEPTH, iter(range(_MAX_VALUES)))


def _sources_in(part: object, depth: int, budget: Iterator[int]) -> Iterator[Source]:
    """Yield the sources of a structured value. Each value that is visited takes one from the `budget`."""
    if depth == 0 or next(budget, None) is None:
        return
    if isinstance(part, list):
        for item in cast(list[object], part)[:_MAX_VALUES]:
            yield from _sources_in(item, depth - 1, budget)
    if isinstance(part, dict):
        item = cast(dict[str, Any], part)
        title, url = item.get("title"), item.get("url")
        if isinstance(title, str) and isinstance(url, str) and is_web(url):
            abstracts = (item.get(name) for name in _ABSTRACTS)
            yield _source(title, url, next((text for text in abstracts if isinstance(text, str)), ""))
        else:
            for value in islice(item.values(), _MAX_VALUES):
                yield from _sources_in(value, depth - 1, budget)


def _source(title: str, url: str, abstract: str) -> Source:
    """Return the source with its title on one line, cut if it is long."""
    return Source(" ".join(title.split())[:_LONGEST_TITLE], url, abstract)
