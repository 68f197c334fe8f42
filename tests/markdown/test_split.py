"""Texts that are too long for one message, and their parts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from doubles.renderers import harm
from parley.markdown.safe import SafeMarkdown
from parley.markdown.split import LONGEST, below, head, size, split

GAP = "\N{ZERO WIDTH SPACE}"


def safe(text: str) -> str:
    markdown = SafeMarkdown()
    return markdown.feed(text) + markdown.close()


class TestSizes:
    def test_are_measured_in_utf_16(self):
        assert (size("x"), size("漢"), size("😀")) == (2, 2, 4)

    @pytest.mark.parametrize("text", ["", "x" * (LONGEST // 2), "😀" * (LONGEST // 4)])
    def test_that_fit_give_one_part(self, text: str):
        assert split(text) == [text]
        assert len(split(text + "x" * LONGEST)) > 1


class TestCuts:
    @pytest.mark.parametrize(
        ("window", "cut"),
        [
            ("One. Two\n\nThree\nfour. Five six", "One. Two\n\n"),
            ("One. Two\r\n \r\nThree\r\nfour. Five six", "One. Two\r\n \r\n"),
            ("One. Two\nthree. Four five six", "One. Two\n"),
        ],
    )
    def test_come_after_a_paragraph_or_a_line(self, window: str, cut: str):
        [first, second] = split("x" * 905 + window + "y" * 100, 2000)

        assert first == "x" * 905 + cut
        assert second == window.removeprefix(cut) + "y" * 100

    @pytest.mark.parametrize(
        ("window", "cut"),
        [
            ("One two. Three four", "One two. "),
            ("一二。三四", "一二。"),
            ("one two three", "one two "),
            ("`one. two` three", "`one. two` "),
            ("`one. two three", "`one. "),
        ],
    )
    def test_come_after_a_sentence_or_a_word_in_a_long_line(self, window: str, cut: str):
        [first, second] = split("x" * 905 + window + "y" * 130, 2000)

        assert first == "x" * 905 + cut + GAP
        assert second == GAP + window.removeprefix(cut) + "y" * 130

    @pytest.mark.parametrize(
        "character", ["😀", "👩‍👩‍👧", "🇩🇪", "e\u0301", "👍🏽", "\\*", "`a b`x", "![a b](c d)", "![a](b 'c (d) e')"]
    )
    def test_do_not_come_within_a_character_or_code(self, character: str):
        for part in split("x" + character * 500, 800):
            assert part.strip("x" + GAP).replace(character, "") in ("", character[:-1])

    def test_come_between_the_rows_of_a_table(self):
        table = "| a | b |\n|---|---|\n" + "| 1 | 2 |\n" * 100

        assert all(part.startswith("|") and part.endswith("|\n") for part in split(table, 800))


class TestCode:
    @pytest.mark.parametrize(
        ("opener", "prefix", "run", "info"),
        [
            ("```python", "", "```", "python"),
            ("- ~~~", "  ", "~~~", ""),
            ("> ````py", "> ", "````", "py"),
            ("    1. ```", "       ", "```", ""),
        ],
    )
    def test_that_is_cut_is_closed_and_reopened(self, opener: str, prefix: str, run: str, info: str):
        lines = [f"{prefix}{number}\n" for number in range(200)]

        parts = split(f"{opener}\n{''.join(lines)}{prefix}{run}\nText\n", 1000)

        assert all(part.startswith(f"{prefix}{run}{info}\n{prefix}") for part in parts[1:])
        assert all(part.endswith(f"\n{prefix}{run}") for part in parts[:-1])
        assert [line for part in parts for line in part.splitlines(keepends=True) if line in lines] == lines
        assert parts[-1].endswith("\nText\n")

    def test_that_is_cut_within_a_line_continues_as_code(self):
        [first, second] = split(f"> ```\n> {'x' * 1000}```\n> ```", 2000)

        assert first.endswith("x\n> ```")
        assert second.startswith(f"> ```\n> {GAP}x") and second.endswith("x```\n> ```")

    @pytest.mark.slow
    @pytest.mark.parametrize("filling", ["x", "x ", "\n"])
    def test_is_code_in_every_part(self, filling: str):
        for length in range(0, 400, 9):
            text = safe(filling * length + "\n\n- ```\n" + "  <at>\n" * 300 + "  ```\n" + "`a <at>` <at> " * 300)
            for part in split(text, 2000):
                assert "<at>" not in MarkdownIt("commonmark").render(part)

    def test_begins_after_a_blank_line_where_its_list_is_cut(self):
        text = safe(f"- {'a' * 945}\n  b\n     ```\n     x ``` <at>\n     ```\n{'c' * 100}")

        [_first, second] = split(text, 2000)

        assert "  b\n     ```" in text and second.startswith("  b\n\n     ```") and not harm(second)

    def test_that_is_indented_is_safe_if_the_message_is_stripped(self):
        text = safe("a\n\n" + "    <at> ![b](https://c.example) [d](javascript:e)\n" * 50)

        for part in split(text, 2000):
            assert not harm(part.strip())

    def test_does_not_begin_at_a_cut_in_a_line(self):
        assert split(f"{'x' * 948} ```\n" + "y\n" * 1000, 2000)[1].endswith("y\n")

    def test_that_has_ended_is_not_reopened(self):
        assert split("```\n```\n" + "x\n" * 1000, 1000)[1].startswith("x\n")


PROSE = [
    "a",
    "word ",
    "One. ",
    "\n",
    "\n\n",
    "    ",
    "😀",
    "👩‍👩‍👧",
    "| a | b |\n",
    "x" * 50,
    "\r\n",
    "\r",
    "`a` ",
    "\\",
]
FENCES = ["```\n", "~~~\n", "> ```\n", "> x\n", "- ```\n", "  ```\n", "\ud800", GAP]
TEXTS = st.lists(st.sampled_from(PROSE + FENCES), max_size=200).map("".join) | st.text()
LIMITS = st.integers(100, 2000)
HARMFUL = ["`", "``", "![x](https://evil.example)", "[x](javascript:y)", "<img src=x>", "x" * 60, "a ", "\\"]
BLOCKS = ["```py\n", "```\n", "> ```\n", "> 1\n", "~~~\n", "a\n", "b\n", "\n"]


class TestAnyText:
    @given(text=TEXTS, limit=LIMITS)
    def test_is_split_into_parts_that_fit(self, text: str, limit: int):
        assert all(size(part) <= limit for part in split(text, limit))

    @given(text=st.lists(st.sampled_from(PROSE), max_size=200).map("".join), limit=LIMITS)
    def test_is_unchanged_when_the_parts_are_joined(self, text: str, limit: int):
        assert "".join(split(text, limit)).replace(GAP, "") == text

    @pytest.mark.slow
    @given(blocks=st.lists(st.sampled_from(BLOCKS), min_size=100, max_size=400), limit=st.integers(500, 2000))
    def test_gains_nothing_but_fences_by_code(self, blocks: list[str], limit: int):
        def unfenced(lines: list[str]) -> list[str]:
            return [line for line in lines if not line.strip().endswith(("```", "~~~", "py"))]

        parts = split("".join(blocks), limit)

        assert unfenced([line for part in parts for line in part.splitlines(keepends=True)]) == unfenced(blocks)

    @given(text=TEXTS, more=TEXTS, limit=LIMITS)
    def test_that_grows_keeps_the_shown_beginning(self, text: str, more: str, limit: int):
        shown = head(text, limit)

        assert text.startswith(shown) and split(text + more, limit)[0].startswith(shown)

    @pytest.mark.slow
    @given(marks=st.lists(st.sampled_from(HARMFUL), min_size=200, max_size=400))
    def test_that_is_safe_has_harmless_parts(self, marks: list[str]):
        filler = "word " * 7_190 + "\n\n"  # up to where the cut may come
        text = safe(filler + "".join(marks) + "word " * 1_000)

        first, *others = split(text)

        assert others and not any(harm(part) for part in [first.removeprefix(filler), *others])

    def test_beyond_nine_tenths_is_shown_up_to_a_line_end(self):
        text = "x\n" + "y" * 35_000

        assert head(text) == text
        assert head(text + "y" * 1_000) == "x\n"


class TestBelow:
    def test_a_line_is_its_own_paragraph(self):
        assert below("text", "line") == "text\n\nline"

    def test_a_line_stands_alone_without_text(self):
        assert below("", "line") == "line"

    @pytest.mark.parametrize(
        ("text", "ended"),
        [
            ("```python\na = 1", "```python\na = 1\n```"),
            ("- item\n\n  ~~~~\n  a = 1", "- item\n\n  ~~~~\n  a = 1\n  ~~~~"),
            ("```\na\n```\nb", "```\na\n```\nb"),
        ],
    )
    def test_a_line_is_outside_an_unfinished_code_block(self, text: str, ended: str):
        assert below(text, "line") == f"{ended}\n\nline"
