"""Tables that become lists, for clients that show no tables."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doubles.cpu import cpu_time
from doubles.hostile_markdown import HOSTILE, SIZES
from doubles.renderers import gfm, harm
from parley.markdown.safe import SafeMarkdown
from parley.markdown.tables import TablesAsLists
from parley.markdown.tokenizer import LONGEST_HELD


def converted(text: str, sizes: list[int] | None = None) -> str:
    return "".join(steps(text, sizes))


def steps(text: str, sizes: list[int] | None = None) -> list[str]:
    """The results for each chunk, and at the end."""
    markdown, out, at = TablesAsLists(SafeMarkdown()), list[str](), 0
    for size in [*(sizes or []), len(text)]:
        out.append(markdown.feed(text[at : at + size]))
        at += size
    return [*out, markdown.close()]


def safe(text: str) -> str:
    markdown = SafeMarkdown()
    return markdown.feed(text) + markdown.close()


class TestTables:
    def test_become_lists(self):
        table = "| Plan | Price | Users |\n|---|--:|:-:|\n| Basic | $5 | 10 |\n| Pro | $9 | 50 |\n"

        assert converted(f"Our plans:\n\n{table}\nMore.") == (
            "Our plans:\n\n- **Basic** · Price: $5 · Users: 10\n- **Pro** · Price: $9 · Users: 50\n\nMore."
        )

    @pytest.mark.parametrize(
        ("header", "row", "item"),
        [
            ("| a | b |", "| 1 | 2 |", "- **1** · b: 2"),
            ("|a|b|", "|1|2|", "- **1** · b: 2"),
            ("| a | b", "| 1 | 2", "- **1** · b: 2"),
            ("|  | b |", "| 1 | 2 |", "- **1** · b: 2"),
            ("| a |  |", "| 1 | 2 |", "- **1** · 2"),
            ("| a | b: |", "|  | 2 |", "- b: 2"),
            ("| a | **b** |", "| **1** | 2 |", "- **1** · b: 2"),
            ("| a | b |", "| 1 |  |", "- **1**"),
            ("| a | b |", "| 1 |", "- 1"),
            ("| a | b |", "| 1 | 2 | 3 |", "- **1** · b: 2 · 3"),
            ("| a | b |", "| `x\\|y` | 2<br>3 |", "- **`x|y`** · b: 2; 3"),
            ("| a | b |", "| *1* of 2 | 2 |", "- *1* of 2 · b: 2"),
        ],
    )
    def test_have_the_label_of_a_row_and_its_values(self, header: str, row: str, item: str):
        assert converted(f"{header}\n|---|---|\n{row}") == item

    @pytest.mark.parametrize("row", ["1 | 2", "1 | 2 |", "1|2", "#1 | 2", "`1` | 2", "1\\|1 | 2"])
    def test_have_rows_that_begin_without_a_bar(self, row: str):
        label = row.replace("\\|", "/").split("|")[0].strip().replace("/", "|")

        assert converted(f"| a | b |\n|--|--|\n{row}\n| 3 | 4 |\n") == f"- **{label}** · b: 2\n- **3** · b: 4\n"
        assert converted(f"| a | b |\n--|--\n{row}\n") == f"- **{label}** · b: 2\n"

    @pytest.mark.parametrize(
        "line", ["- 1 | 2", "2. 1 | 2", "# 1 | 2", "```1 | 2", "1 or 2", "1 \\| 2", "word " * 40 + "| 2"]
    )
    def test_end_above_other_blocks(self, line: str):
        table = "| a | b |\n|--|--|\n| 1 | 2 |\n"

        assert converted(f"{table}{line}") == f"- **1** · b: 2\n\n{line}"

    @pytest.mark.parametrize("marker", ["- ", "* ", "1. ", "12) ", "> - "])
    def test_begin_on_the_line_of_a_list_item(self, marker: str):
        margin = ">   " if marker[0] == ">" else " " * len(marker)
        table = f"{marker}| a | b |\n{margin}|--|--|\n{margin}| 1 | 2 |\n{margin}| 3 | 4 |\n"

        assert converted(table) == f"{marker}- **1** · b: 2\n{margin}- **3** · b: 4\n"
        assert "<table" not in gfm(converted(table))
        assert converted(f"{marker}| a | b |\n{margin}|--|--|\n") == f"{marker}- a · b\n"

    def test_of_one_column_become_plain_items(self):
        assert converted("| a |\n|---|\n| 1 |\n| 2 |") == "- 1\n- 2"

    def test_without_rows_keep_their_header(self):
        assert converted("| a | b |\n|---|---|") == "- a · b"
        assert converted("| a | b |\n|---|---|\n\nText") == "- a · b\n\nText"

    def test_without_text_have_no_items(self):
        assert converted("| a | b |\n|---|---|\n|  |  |\n| 1 | 2 |\n") == "- **1** · b: 2\n"

    @pytest.mark.parametrize("margin", ["  ", "   ", "> "])
    def test_stay_in_their_item_or_quote(self, margin: str):
        table = "".join(f"{margin}{row}\n" for row in ["| a | b |", "|--|--|", "| 1 | 2 |"])

        assert converted(table) == f"{margin}- **1** · b: 2\n"

    def test_are_apart_from_text_below_them(self):
        assert converted("| a | b |\r\n|--|--|\r\n| 1 | 2 |\r\nText") == "- **1** · b: 2\r\n\nText"

    @pytest.mark.parametrize(
        "text",
        [
            "| no | table |\nText",
            "| a | b |\n|---|\n| 1 | 2 |\n",
            "| a | b |\n| - | x |\n",
            "| a |\n---\nText",
            "- | a | b |\n- |--|--|\n",
            "|--|\n",
            "a | b\n--|--\n1 | 2\n",
            "```\n| a | b |\n|--|--|\n| 1 | 2 |\n```\n",
            "- ~~~\n  | a | b |\n  |--|--|\n  ~~~\n",
            "``| a``\n",
            "|",
        ],
    )
    def test_are_not_seen_elsewhere(self, text: str):
        assert converted(text) == safe(text)

    def test_are_seen_below_code(self):
        assert converted("```\n|a|\n```\n|a|\n|-|\n|1|\n") == "```\n|a|\n```\n- 1\n"

    @pytest.mark.parametrize("length", [LONGEST_HELD - 20, LONGEST_HELD + 20])
    def test_with_endless_rows_lose_nothing(self, length: int):
        assert converted(f"| a | b |\n|--|--|\n| {'x ' * (length // 2)} | 2 |\n").count("x") == length // 2


class TestSteps:
    def test_show_other_text_at_once(self):
        assert steps("Some **text", [4, 4]) == ["Some", " **t", "ext", ""]

    def test_show_text_below_a_table_soon(self):
        table = "| a | b |\n|--|--|\n| 1 | 2 |\n"

        assert steps(table + "word " * 40, [len(table), 150])[1].count("word") == 30

    def test_show_a_row_as_soon_as_it_is_whole(self):
        assert steps("| a | b |\n|--|--|\n| 1 | 2 |\n| 3 | 4 |\n", [25, 4]) == [
            "",
            "- **1** · b: 2\n",
            "- **3** · b: 4\n",
            "",
        ]


FRAGMENTS = (
    "|,| ,\n,\n|--|--|\n,|-|,|a|b|\n,a,`,``,```\n,~~~\n,**,_,<at>,<br>,\\,\\|,![x](https://evil.example),[x](,".split(
        ","
    )
)
MORE = [
    "javascript:y)",
    "[r]: https://evil.example\n",
    "![r]",
    "> ",
    "- ",
    "    ",
    "\r",
    "\r\n",
    "$",
    "~~",
    " ",
    ":",
    "https://a.b/",
]
TEXTS = st.lists(st.sampled_from(FRAGMENTS + MORE), max_size=40).map("".join)
ROWS = st.lists(st.lists(st.integers(0, 99).map(str), min_size=3, max_size=3), min_size=1, max_size=5)


class TestAnyText:
    @given(text=TEXTS | HOSTILE, sizes=SIZES)
    def test_gives_the_same_result_in_any_chunks(self, text: str, sizes: list[int]):
        assert converted(text, sizes) == converted(text, [1] * len(text)) == converted(text)

    @given(text=TEXTS | HOSTILE)
    def test_becomes_harmless(self, text: str):
        assert not harm(converted(text))

    @given(text=TEXTS.filter(lambda text: "|" not in text))
    def test_without_bars_is_only_made_safe(self, text: str):
        assert converted(text) == safe(text)

    @given(rows=ROWS)
    def test_that_is_a_table_becomes_a_list_of_its_rows(self, rows: list[list[str]]):
        lines = [f"| {' | '.join(cells)} |\n" for cells in [["a", "b", "c"], ["---"] * 3, *rows]]

        html = gfm(converted("".join(lines)))

        assert "<table" not in html and html.count("<li>") == len(rows)
        assert re.findall("[0-9]+", html) == [cell for cells in rows for cell in cells]

    @pytest.mark.slow
    @pytest.mark.parametrize("fragment", ["|", "| ", "|a|\n|-|\n|b|\n", "|-", "\\|", "> |", "```\n|", "| <br>", " "])
    def test_takes_linear_time(self, fragment: str):
        def seconds(length: int) -> float:
            with cpu_time() as cpu:
                converted((fragment * length)[:length], [100] * (length // 100))
            return cpu.seconds

        assert seconds(80_000) < 12 * seconds(20_000) + 0.2
