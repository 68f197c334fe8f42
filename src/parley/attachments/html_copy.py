"""The copy of a message in HTML, which Teams attaches to it. It holds what the text lacks: emoji, words that the client
has formatted, quotes and forwards, and that something is attached which Teams does not give to bots."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import Literal

import httpx
from microsoft_teams.api import MessageActivity
from selectolax.lexbor import LexborHTMLParser, LexborNode

# Characters that are read. The texts of messages have up to about 50,000.
_LONGEST = 65_536

# Elements that are read. If all of them are in each other, the time grows with the square.
_MOST_TAGS = 5000
_TAG = re.compile(r"<[a-z]", re.IGNORECASE)

# Characters of the text among which the next word of the copy is looked for.
_WINDOW = 100

_TYPE = "schema.skype.com/"

# Where Teams has emoji and stickers, and where GIFs come from.
_EXPRESSIONS = frozenset({"statics.teams.cdn.office.net", "statics.teams.microsoft.com"})
_COLLECTIONS = frozenset({"giphy.com", "tenor.com"})

_EMPTY_LINES = re.compile(r"\n{3,}")

_BLOCKS = frozenset({"blockquote", "div", "h1", "h2", "h3", "h4", "h5", "h6", "p", "pre", "table", "tr", "ul", "ol"})
_WITHOUT_WORDS = frozenset({"head", "script", "style", "template", "title"})


@dataclass(frozen=True)
class Passage:
    """The words of another message, which is replied to or forwarded."""

    kind: Literal["reply", "forward"]
    message_id: str
    author: str | None
    text: str


@dataclass(frozen=True)
class HtmlCopy:
    """The parts of the copy, in order."""

    words: str = ""
    """The words of the user, with emoji as characters and mentions as `<at>name</at>`."""
    pieces: tuple[tuple[str, bool], ...] = ()
    """The same in pieces, each with whether it is an emoji."""
    passages: tuple[Passage, ...] = ()
    emoji_urls: frozenset[str] = frozenset()
    moving: dict[str, str] = field(default_factory=dict[str, str])
    """GIFs and stickers: what each shows, by its URL."""
    has_pictures: bool = False
    attachment_ids: frozenset[str] = frozenset()
    """The places where attachments are shown."""

    def with_emoji(self, text: str) -> str:
        """The text of the message, which may lack emoji, with those of the copy where they belong."""
        places: list[tuple[int, str]] = []
        at = 0
        for piece, is_emoji in self.pieces:
            if not is_emoji:
                for word in piece.split():
                    found = text.find(word, at, at + _WINDOW + len(word))
                    at = found + len(word) if found >= 0 else at
            elif text[at : at + len(piece) + 1].lstrip().startswith(piece):
                at = text.index(piece, at) + len(piece)  # some clients put it into the text, too
            else:
                places.append((at, piece))
        return _insert(places, text)


def host_of(url: str) -> str:
    """The host of a URL; empty if there is none."""
    try:
        return httpx.URL(url).host
    except (httpx.InvalidURL, UnicodeError):
        return ""


def is_emoji(url: str) -> bool:
    """True if a URL is where Teams has emoji."""
    return host_of(url) in _EXPRESSIONS and "/emoticons/" in url


def is_moving(url: str) -> bool:
    """True if a URL is where Teams takes stickers and GIFs from."""
    host = host_of(url)
    return host in _EXPRESSIONS or any(host == name or host.endswith(f".{name}") for name in _COLLECTIONS)


def html_copy_of(message: MessageActivity) -> HtmlCopy:
    """The copy of a message; an empty one, if there is none that can be read."""
    for attachment in message.attachments or ():
        kind = (attachment.content_type or "").lower()
        if kind.startswith("text/html") and isinstance(attachment.content, str):
            return read_html(attachment.content)
    return HtmlCopy()


@lru_cache(maxsize=4)
def read_html(text: str) -> HtmlCopy:
    """The content of HTML from Teams."""
    text = text[:_LONGEST]
    if beyond := next(islice(_TAG.finditer(text), _MOST_TAGS, None), None):
        text = text[: beyond.start()]
    body = LexborHTMLParser(text).body
    reader = _Reader()
    if body:
        reader.read(body)
    return reader.copy()


def _insert(places: list[tuple[int, str]], text: str) -> str:
    parts: list[str] = []
    done = 0
    for at, emoji in places:
        before = text[done:at]
        parts += [before, " " if before and not before[-1].isspace() else "", emoji]
        done = at
        if text[done : done + 1].isalnum():
            parts.append(" ")
    return "".join([*parts, text[done:]])


class _Reader:
    """Reads the tree of a message, or the part of it `within` something that is taken as a whole: of that only the
    words and emoji are wanted."""

    def __init__(self, *, within: bool = False) -> None:
        self._within = within
        self._pieces: list[tuple[str, bool]] = []
        self._passages: list[Passage] = []
        self._emoji_urls: set[str] = set()
        self._moving: dict[str, str] = {}
        self._attachment_ids: set[str] = set()
        self._has_pictures = False

    def copy(self) -> HtmlCopy:
        lines = "".join(piece for piece, _ in self._pieces).split("\n")
        words = "\n".join(" ".join(line.split()) for line in lines).strip()
        return HtmlCopy(
            _EMPTY_LINES.sub("\n\n", words),
            tuple(self._pieces),
            tuple(self._passages),
            frozenset(self._emoji_urls),
            self._moving,
            self._has_pictures,
            frozenset(self._attachment_ids),
        )

    def read(self, root: LexborNode) -> None:
        """Walk through the tree without recursion: HTML may be nested however deeply."""
        waiting: list[LexborNode | str] = [root]
        while waiting:
            node = waiting.pop()
            if isinstance(node, str):
                self._pieces.append((node, False))
            elif node.is_text_node:
                self._pieces.append((_one_line(node.text_content or ""), False))
            elif node.is_element_node and not self._take(node):
                before, after = _around(node)
                self._pieces.append((before, False))
                waiting.append(after)
                waiting.extend(_children(node))

    def _take(self, node: LexborNode) -> bool:
        """Take an element as a whole, if it is something of its own."""
        attributes = node.attributes
        kind = (attributes.get("itemtype") or "").rpartition(_TYPE)[2].lower()
        match node.tag, kind:
            case tag, _ if tag in _WITHOUT_WORDS:
                pass
            case "blockquote", "reply" | "forward" as kind if not self._within:
                self._passages.append(_read_passage(kind, node))
            case "at", _ if not self._within:
                self._mention(attributes.get("id"), node)
            case "span", "mention" if not self._within:
                self._mention(attributes.get("itemid"), node)
            case "emoji", _:
                self._emoji(attributes)
            case "img", kind:
                self._picture(kind, attributes)
            case "br", _:
                self._pieces.append(("\n", False))
            case "attachment", _:
                self._attachment_ids.add(attributes.get("id") or "")
            case _:
                return False
        return True

    def _picture(self, kind: str, attributes: dict[str, str | None]) -> None:
        url = attributes.get("src") or ""
        if kind.endswith("emoji") or (not kind and is_emoji(url)):
            self._emoji_urls.add(url)
            self._emoji(attributes)
        elif kind not in ("", "amsimage") or is_moving(url):
            self._moving[url] = attributes.get("alt") or ""
        else:
            self._has_pictures = True

    def _emoji(self, attributes: dict[str, str | None]) -> None:
        character, name = attributes.get("alt"), attributes.get("title")
        if shown := character or (f"({name})" if name else ""):
            self._pieces.append((_one_line(shown), True))

    def _mention(self, id: str | None, node: LexborNode) -> None:
        attribute = f' id="{id}"' if id and id.isalnum() else ""
        self._pieces.append((f"<at{attribute}>{html.escape(_text_of(node))}</at>", False))


def _around(node: LexborNode) -> tuple[str, str]:
    """The text before and after the words of an element when its markup is left out."""
    match node.tag:
        case "li":
            return "\n- ", ""
        case "td" | "th":
            return "", " "
        case "a":
            target = node.attributes.get("href") or ""
            is_told = target.rstrip("/") in node.text()
            return "", "" if is_told or not target.startswith(("http://", "https://")) else f" ({target})"
        case tag:
            return ("\n", "\n") if tag in _BLOCKS else ("", "")


def _read_passage(kind: Literal["reply", "forward"], node: LexborNode) -> Passage:
    # `copy` is the whole text, which only some clients send.
    parts = {name: node.css_first(f'[itemprop="{name}"]') for name in ("mri", "copy", "preview")}
    author, told = parts["mri"], parts["copy"] or parts["preview"]
    text = _text_of(told) if told else _text_of(node, without=author)
    return Passage(kind, node.attributes.get("itemid") or "", _text_of(author) or None if author else None, text)


def _text_of(node: LexborNode, *, without: LexborNode | None = None) -> str:
    reader = _Reader(within=True)
    for child in reversed(_children(node)):
        if child != without:
            reader.read(child)
    return reader.copy().words


def _children(node: LexborNode) -> list[LexborNode]:
    """The children, the last one first."""
    return list(_backwards(node.last_child))


def _backwards(node: LexborNode | None) -> Iterator[LexborNode]:
    while node:
        yield node
        node = node.prev


def _one_line(text: str) -> str:
    """Line ends of the source are spaces."""
    return text.replace("\r", " ").replace("\n", " ")
