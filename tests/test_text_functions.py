"""Text from anywhere, for a log, a terminal or a comparison."""

import pytest

from parley.text import is_blank, is_html, on_one_line, plain_name


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (" " * 700 + "real error", "real error"),
        ("a\n\n b\t" + " " * 700 + "c", "a b c"),
        ("x" * 300, "x" * 300),
        ("x" * 301, "x" * 300 + "…"),
        ("x " * 1_000_000, "x " * 150 + "…"),
        ("\x1b[31m", "\\x1b[31m"),
        ("\x1b" * 300, ("\\x1b" * 75) + "…"),
        ("", ""),
    ],
)
def test_a_text_fits_on_one_line(text: str, line: str):
    assert on_one_line(text) == line


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        ("text/html", True),
        ("Text/HTML; charset=utf-8", True),
        ("text/html ;x", True),
        ("text/htmlx", False),
        ("text/plain", False),
        ("", False),
        (None, False),
    ],
)
def test_html_is_known_by_its_media_type(content_type: str | None, expected: bool):
    assert is_html(content_type) is expected


@pytest.mark.parametrize("entity", [f"&#{'9' * 5000}", f"&#{'9' * 5000};", f"&#x{'9' * 5000};"])
def test_an_entity_may_have_any_number_of_digits(entity: str):
    assert not is_blank(entity) and plain_name(f"A{entity}") == "a\ufffd"
