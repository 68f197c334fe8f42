"""Markdown renderers without any protection, with links for bare URLs and with GFM's extensions."""

import re
from collections.abc import Callable
from html.parser import HTMLParser

import mistune
from cmarkgfm.cmark import Options, markdown_to_html_with_extensions
from markdown_it import MarkdownIt

_ELEMENTS = set(
    "p h1 h2 h3 h4 h5 h6 ul ol li blockquote pre code em strong del s a img table thead tbody tr th td hr br input sup"
    " section dl dt dd".split()
)
_ATTRIBUTES = set("align alt checked class disabled href id src start style title type aria-label".split())
_FOOTNOTES = "data-footnote"

IMAGES = re.compile(r"https?://ok\.example(?:[:/?#]|$)", re.IGNORECASE)
"""The images that a client may fetch."""
_OTHER_SCHEME = re.compile(r"(?!(?:https?|mailto):)[a-z][a-z0-9+.-]*:", re.IGNORECASE)


def commonmark(markdown: str) -> str:
    return str(_COMMONMARK.render(markdown))


def gfm(markdown: str) -> str:
    """The HTML of GitHub's renderer. It keeps links, raw HTML and footnotes."""
    options = Options.CMARK_OPT_UNSAFE | Options.CMARK_OPT_FOOTNOTES
    return markdown_to_html_with_extensions(markdown, options, ["table", "autolink", "strikethrough", "tasklist"])


def _markdown_it(preset: str, linkify: bool) -> MarkdownIt:
    markdown_it = MarkdownIt(preset, {"html": True, "linkify": linkify})
    markdown_it.enable(["table", "linkify"] if linkify else "table")
    markdown_it.validateLink = lambda url: True
    return markdown_it


_COMMONMARK = _markdown_it("commonmark", linkify=False)
_GFM_LIKE = _markdown_it("gfm-like", linkify=True)
_PLUGINS = ["url", "table", "strikethrough", "footnotes", "task_lists", "math"]
_MISTUNE = mistune.create_markdown(escape=False, plugins=_PLUGINS)

_RICH = {"image", "link_open", "html_block", "html_inline"}


def is_rich(markdown: str) -> bool:
    """True if the Markdown has images, links or raw HTML."""
    blocks = _COMMONMARK.parse(markdown)
    is_rich = any(token.type in _RICH for block in blocks for token in [block, *(block.children or [])])
    return is_rich or bool(re.search('<a href="[^#]', gfm(markdown)))


RENDERERS: dict[str, Callable[[str], str]] = {
    "commonmark": commonmark,
    "cmark-gfm": gfm,
    "markdown-it": lambda markdown: str(_GFM_LIKE.render(markdown)),
    "mistune": lambda markdown: str(_MISTUNE(markdown)),
}


class _Harm(HTMLParser):
    """Collects the tags that would make a client fetch, open or run something."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # Mistune's maths and footnotes, and names that no browser takes for an element
        if ("class", "math") in attrs or ("class", "footnotes") in attrs or not re.fullmatch("[a-z0-9-]+", tag):
            return
        values = {name: value or "" for name, value in attrs if not name.startswith(_FOOTNOTES)}
        is_image = tag == "img" and not IMAGES.match(values.get("src", ""))
        if tag not in _ELEMENTS or set(values) - _ATTRIBUTES or is_image or _OTHER_SCHEME.match(values.get("href", "")):
            self.found.append(self.get_starttag_text() or tag)

    def handle_comment(self, data: str) -> None:
        self.found.append(f"<!--{data}")

    def handle_decl(self, decl: str) -> None:
        self.found.append(f"<!{decl}")

    def unknown_decl(self, data: str) -> None:
        self.found.append(f"<![{data}")

    def handle_pi(self, data: str) -> None:
        self.found.append(f"<?{data}")


def harm(markdown: str) -> list[str]:
    """The harmful tags of the Markdown, by renderer: images of other hosts, raw HTML, links with other schemes."""
    found: list[str] = []
    for name, render in RENDERERS.items():
        parser = _Harm()
        parser.feed(render(markdown))
        parser.close()
        found += [f"{name}: {each}" for each in parser.found]
    return found
