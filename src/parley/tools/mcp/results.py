"""What an MCP server answers to a call, as the model is told it."""

import json
from collections.abc import Iterator
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

# Characters of a result that the model is given; about 5,000 tokens.
LONGEST_RESULT = 20_000

# Sources of a result that the model is told of.
MOST_SOURCES = 20

# Characters of the title of a source.
_LONGEST_TITLE = 200

# How deep in a structured result its sources may stand.
_DEEPEST = 4

# Where structured results have what a page says; the first that is there is taken.
_ABSTRACTS = ("abstract", "snippet", "description", "summary", "text")


def read_result(result: CallToolResult) -> str | ToolResult:
    """The text of a result, with the sources that it names.

    Sources are links to resources, embedded resources, and whatever in a structured result has a `title` and a `url`.
    """
    text = "\n\n".join(filter(None, map(_text, result.content)))
    if not text and result.structured_content is not None:
        text = json.dumps(result.structured_content, ensure_ascii=False)
    text = cut(text) or "The tool has done its work and says nothing."
    if result.is_error:
        return f"The tool failed: {text}"
    sources = {source.url: source for source in _sources(result)}
    return ToolResult(text, list(sources.values())[:MOST_SOURCES]) if sources else text


def cut(text: str) -> str:
    """The text, as far as the model is given it."""
    if len(text) <= LONGEST_RESULT:
        return text
    return f"{text[:LONGEST_RESULT]}\n\n[The result is longer: {len(text) - LONGEST_RESULT} characters are left out.]"


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
    yield from _named_in(result.structured_content, _DEEPEST)


def _named_in(part: object, depth: int) -> Iterator[Source]:
    if depth == 0:
        return
    if isinstance(part, list):
        for item in cast(list[object], part):
            yield from _named_in(item, depth - 1)
    if isinstance(part, dict):
        item = cast(dict[str, Any], part)
        title, url = item.get("title"), item.get("url")
        if isinstance(title, str) and isinstance(url, str) and is_web(url):
            abstracts = (item.get(name) for name in _ABSTRACTS)
            yield _source(title, url, next((text for text in abstracts if isinstance(text, str)), ""))
        else:
            for value in item.values():
                yield from _named_in(value, depth - 1)


def _source(title: str, url: str, abstract: str) -> Source:
    """The source; the model is told the title, on one line and in part if it is long."""
    return Source(" ".join(title.split())[:_LONGEST_TITLE], url, abstract)
