"""The copy of a message in HTML, which Teams attaches to it. It has more than the text: emoji, words that a client has
formatted, quotes and forwards, and the places of attachments that Teams does not give to bots."""

import html
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import islice
from typing import Literal

import httpx
from microsoft_teams.api import MessageActivity
from selectolax.lexbor import LexborHTMLParser, LexborNode

from ..text import is_html

# Limits of what is parsed, on the event loop. Teams' own limit for a message is about 100 KB. Lexbor's time grows with
# the square of nested elements, of the attributes of an element (20,000 take 0.65 s), and of end tags without a start.
# The slowest copy within these limits takes 0.2 s.
_LONGEST = 200_000  # characters
_MOST_ELEMENTS = 9_500
_MOST_ATTRIBUTES = 100  # of an element
_MOST_STRAY_ENDS = 100

_TAG = re.compile(r"<(/?)([a-z][^\s/>]*)", re.IGNORECASE)
_VALUE = r"""(?:"[^"]*+"|'[^']*+'|[^\s>"'][^\s>]*+)"""
_ATTRIBUTES = re.compile(rf"(?:[\s/]*+[^\s/>][^\s/>=]*+(?:\s*+=\s*+{_VALUE}?+)?+){{0,{_MOST_ATTRIBUTES}}}+[\s/]*+")

# Tags that HTML opens again in each block after they were left open: a few kilobytes become millions of elements. A
# hyphen makes them elements without this rule.
_REOPENED = re.compile(r"(</?(?:b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u))(?=[\s/>])", re.IGNORECASE)

# Nodes and characters of a link's text in which its target is searched.
_LINK_NODES, _LINK_CHARACTERS = 100, 2000

# The end of a text that is cut.
_MORE = " […]"

# Characters of the text in which the next word of the copy is searched.
_WINDOW = 100

_TYPE = "schema.skype.com/"

# The hosts of emoji and stickers, and of GIFs.
_EXPRESSIONS = frozenset({"statics.teams.cdn.office.net", "statics.teams.microsoft.com"})
_COLLECTIONS = frozenset({"giphy.com", "tenor.com"})

_BLOCKS = frozenset("blockquote codeblock div h1 h2 h3 h4 h5 h6 ol p pre table tr ul".split())
_VERBATIM = frozenset({"code-", "codeblock", "pre"})  # `code-`: see `_REOPENED`
_WITHOUT_WORDS = frozenset({"head", "script", "style", "template", "title"})


@dataclass(frozen=True)
class Passage:
    """The text of another message, which this one replies to or forwards."""

    kind: Literal["reply", "forward"]
    message_id: str
    author: str | None
    text: str


@dataclass(frozen=True)
class HtmlCopy:
    """The parts of the copy, in order."""

    words: str = ""
    """The user's own text, with emoji as characters and mentions as `<at>name</at>`; ` […]` at its end if it is cut."""
    is_cut: bool = False
    """True if the copy is too long, so that only its beginning was read."""
    pieces: tuple[tuple[str, bool], ...] = ()
    """The same text in pieces, each with True for an emoji."""
    passages: tuple[Passage, ...] = ()
    emoji_urls: frozenset[str] = frozenset()
    animated: dict[str, str] = field(default_factory=dict[str, str])
    """GIFs and stickers: their descriptions by URL."""
    has_pictures: bool = False
    attachment_ids: frozenset[str] = frozenset()
    """The places where attachments are shown."""

    def with_emoji(self, text: str) -> str:
        """Return the text of the message with the emoji of the copy, which the text may lack, in their places."""
        places: list[tuple[int, str]] = []
        at = 0
        for piece, is_emoji in self.pieces:
            if not is_emoji:
                for word in piece.split():
                    found = text.find(word, at, at + _WINDOW + len(word))
                    at = found + len(word) if found >= 0 else at
            elif text[at : at + len(piece) + 1].lstrip().startswith(piece):
                at = text.index(piece, at) + len(piece)  # some clients have it in the text, too
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
    """True if a URL is that of an emoji."""
    return host_of(url) in _EXPRESSIONS and "/emoticons/" in url


def is_animated(url: str) -> bool:
    """True if a URL is that of a sticker or a GIF."""
    host = host_of(url)
    return host in _EXPRESSIONS or any(host == name or host.endswith(f".{name}") for name in _COLLECTIONS)


def html_copy_of(message: MessageActivity) -> HtmlCopy:
    """Return the copy of a message, an empty one if there is none."""
    for attachment in message.attachments or ():
        if is_html(attachment.content_type) and isinstance(attachment.content, str):
            return read_html(attachment.content)
    return HtmlCopy()


@lru_cache(maxsize=4)
def read_html(text: str) -> HtmlCopy:
    """Read HTML from Teams, or its beginning if it exceeds a limit."""
    shown = _readable(text)
    body = LexborHTMLParser(_REOPENED.sub(r"\1-", shown)).body
    walker = _Walker()
    if body:
        walker.read(body)
    copy = walker.copy()
    if len(shown) == len(text):
        return copy
    return replace(copy, is_cut=True, words=copy.words + _MORE if copy.words else "")


def _readable(text: str) -> str:
    """Return the beginning of a copy that is within the limits, in time that grows with its length alone.

    Tags in comments and attributes count as well, because only a parser could tell them from others.
    """
    shown = text[:_LONGEST]
    unended: Counter[str] = Counter()
    elements = stray_ends = scanned = 0
    for tag in _TAG.finditer(shown):
        name = tag[2].lower()
        if tag[1]:
            unended[name] -= 1
            if unended[name] < 0:
                unended[name] = 0
                stray_ends += 1
            if stray_ends > _MOST_STRAY_ENDS:
                return shown[: tag.start()]
        else:
            unended[name] += 1
            elements += 1
            attributes = _ATTRIBUTES.match(shown, tag.end())
            end = attributes.end() if attributes else tag.end()
            scanned += end - tag.end()
            is_crowded = not shown.startswith(">", end) and end < len(shown)
            if elements > _MOST_ELEMENTS or is_crowded or scanned > 2 * _LONGEST:
                return shown[: tag.start()]
    return shown


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


class _Walker:
    """Reads the tree of a message, or a part of it `within` a mention or passage: of that only text and emoji."""

    def __init__(self, *, within: bool = False) -> None:
        self._within = within
        self._is_verbatim = False
        self._pieces: list[tuple[str, bool]] = []
        self._passages: list[Passage] = []
        self._emoji_urls: set[str] = set()
        self._animated: dict[str, str] = {}
        self._attachment_ids: set[str] = set()
        self._has_pictures = False

    def copy(self) -> HtmlCopy:
        return HtmlCopy(
            words=_as_shown("".join(piece for piece, _ in self._pieces)),
            pieces=tuple(self._pieces),
            passages=tuple(self._passages),
            emoji_urls=frozenset(self._emoji_urls),
            animated=self._animated,
            has_pictures=self._has_pictures,
            attachment_ids=frozenset(self._attachment_ids),
        )

    def read(self, root: LexborNode) -> None:
        """Walk through the tree without recursion, because HTML may be nested deeply."""
        waiting: list[tuple[LexborNode | str, bool]] = [(root, False)]
        while waiting:
            node, self._is_verbatim = waiting.pop()
            if isinstance(node, str):
                self._pieces.append((node, False))
            elif node.is_text_node:
                text = (node.text_content or "").translate(_IN_CODE if self._is_verbatim else _IN_PROSE)
                self._pieces.append((text, False))
            elif node.is_element_node and not self._take(node):
                before, after = _around(node)
                self._pieces.append((before, False))
                waiting.append((after, False))
                is_verbatim = self._is_verbatim or node.tag in _VERBATIM
                waiting += [(child, is_verbatim) for child in _children(node)]

    def _take(self, node: LexborNode) -> bool:
        """Take an element as a whole; False if its children are to be read instead."""
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
                self._pieces.append((_CODE_LINE_END if self._is_verbatim else "\n", False))
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
        elif kind not in ("", "amsimage") or is_animated(url):
            self._animated[url] = attributes.get("alt") or ""
        else:
            self._has_pictures = True

    def _emoji(self, attributes: dict[str, str | None]) -> None:
        character, name = attributes.get("alt"), attributes.get("title")
        if shown := character or (f"({name})" if name else ""):
            self._pieces.append((shown.translate(_IN_PROSE), True))

    def _mention(self, id: str | None, node: LexborNode) -> None:
        attribute = f' id="{id}"' if id and id.isalnum() else ""
        self._pieces.append((f"<at{attribute}>{html.escape(_text_of(node).strip())}</at>", False))


def _around(node: LexborNode) -> tuple[str, str]:
    """The text that replaces the tags of an element."""
    match node.tag:
        case "li":
            return "\n- ", ""
        case "td" | "th":
            return "", " "
        case "a":
            target = node.attributes.get("href") or ""
            if not target.startswith(("http://", "https://")) or target.rstrip("/") in _beginning(node):
                return "", ""
            return "", f" ({target})"
        case tag:
            return ("\n", "\n") if tag in _BLOCKS else ("", "")


def _beginning(node: LexborNode) -> str:
    """The first characters of the text of an element."""
    nodes = islice(node.traverse(include_text=True), _LINK_NODES)
    return "".join(child.text_content or "" for child in nodes if child.is_text_node)[:_LINK_CHARACTERS]


def _read_passage(kind: Literal["reply", "forward"], node: LexborNode) -> Passage:
    # `copy` is the whole text, which only some clients send.
    parts = {name: node.css_first(f'[itemprop="{name}"]') for name in ("mri", "copy", "preview")}
    author, content = parts["mri"], parts["copy"] or parts["preview"]
    text = _text_of(content) if content else _text_of(node, without=author)
    name = _text_of(author).strip() if author else ""
    return Passage(kind, node.attributes.get("itemid") or "", name or None, text)


def _text_of(node: LexborNode, *, without: LexborNode | None = None) -> str:
    walker = _Walker(within=True)
    for child in reversed(_children(node)):
        if child != without:
            walker.read(child)
    return walker.copy().words


def _children(node: LexborNode) -> list[LexborNode]:
    """The children, the last one first."""
    return list(_backwards(node.last_child))


def _backwards(node: LexborNode | None) -> Iterator[LexborNode]:
    while node:
        yield node
        node = node.prev


# The spaces and line ends of code, which are all shown. Of other spaces one is shown, of other line ends two. Clients
# send several spaces of a user as non-breaking ones.
_KEPT_SPACE, _CODE_LINE_END = "\xa0", "\v"
_IN_PROSE = str.maketrans(dict.fromkeys("\r\n\t\f\v", " "))
_IN_CODE = str.maketrans({" ": _KEPT_SPACE, "\n": _CODE_LINE_END, "\r": None, "\f": _KEPT_SPACE, "\v": _KEPT_SPACE})
_AS_KEPT = str.maketrans({_KEPT_SPACE: " ", _CODE_LINE_END: "\n"})

_SPACES = re.compile(" +")
_EMPTY_LINES = re.compile(r"\n[ \xa0]*(?:\n[ \xa0]*)+\n")


def _as_shown(text: str) -> str:
    """The text of the pieces with the spaces and line ends that a browser shows."""
    text = _EMPTY_LINES.sub("\n\n", _SPACES.sub(" ", text)).replace("\n ", "\n")
    lines = (line.rstrip() for line in text.translate(_AS_KEPT).split("\n"))
    return "\n".join(lines).strip("\n").removeprefix(" ")
