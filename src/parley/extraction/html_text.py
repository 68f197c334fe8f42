"""The words of a web page."""

from collections.abc import Callable
from typing import Any

_BLOCKS = frozenset(
    "address article aside blockquote br caption dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr"
    " li main nav ol option p pre section table title tr ul".split()
)
_CELLS = frozenset({"td", "th"})
_WITHOUT_WORDS = frozenset({"script", "style", "svg", "template"})


def html_text(source: str, report_missing: Callable[[], None]) -> str:
    """Return the words of a page, one block per line.

    Args:
        source: the page.
        report_missing: called when only the beginning can be read, because elements are nested too deeply.
    """
    from lxml import etree, html  # pyright: ignore[reportAttributeAccessIssue]

    # `encoding`: a page declares the encoding of its bytes, which are decoded by now. `huge_tree`: without it, a text
    # or an attribute of more than 10 MB ends the page.
    parser: Any = html.HTMLParser(
        remove_comments=True, remove_pis=True, no_network=True, huge_tree=True, encoding="utf-8"
    )
    root: Any = html.document_fromstring(source.replace("\0", "").encode(errors="replace"), parser=parser)
    limits = (etree.ErrorTypes.ERR_RESOURCE_LIMIT, etree.ErrorTypes.ERR_NO_MEMORY)
    if any(error.type in limits for error in parser.error_log):
        report_missing()
    pieces: list[str] = []
    walker: Any = etree.iterwalk(root, events=("start", "end"))
    for event, element in walker:
        tag = element.tag
        if event == "start" and tag in _WITHOUT_WORDS:
            walker.skip_subtree()  # the next event is the end of this element
        elif event == "start":
            pieces += ("\n" if tag in _BLOCKS else "", element.text or "")
        elif tag in _CELLS:
            pieces += (" | ", (element.tail or "").lstrip())
        else:
            pieces += ("\n" if tag in _BLOCKS else "", element.tail or "")
    lines = (" ".join(line.split()).rstrip(" |") for line in "".join(pieces).split("\n"))
    return "\n".join(filter(None, lines))
