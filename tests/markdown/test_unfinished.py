"""The end of an unfinished text, in a step of a stream and after a lost stream."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from doubles.cpu import cpu_time
from doubles.hostile_markdown import HOSTILE
from doubles.renderers import harm
from parley.markdown.safe import SafeMarkdown
from parley.markdown.split import below
from parley.markdown.unfinished import MOST_HELD, closed, finished

GAP = "\N{ZERO WIDTH SPACE}"


class TestWords:
    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("On", ""),
            ("On day", "On "),
            ("One. Two", "One. "),
            ("One.", "One."),
            ("Version 3.", "Version "),
            ("One,\nTwo", "One,\n"),
            ("https://a.example/b", ""),
            ("한국어 문장", "한국어 "),
        ],
    )
    def test_are_shown_when_they_are_whole(self, text: str, shown: str):
        assert finished(text) == shown
        assert finished(f"{text} ") == f"{text} "

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("今日は晴", "今日は"),
            ("使用 API", "使用 "),
            ("ภาษาไท", "ภาษาไ"),
            ("はい。そ", "はい。"),
            ("ガ\u3099ギ", "ガ\u3099"),
        ],
    )
    def test_are_characters_where_no_blanks_part_them(self, text: str, shown: str):
        assert finished(text) == shown

    @pytest.mark.parametrize("half", ["👩\u200d", "Hi 👨\u200d👩\u200d", "🇩🇪🇫"])
    def test_are_never_half_a_character(self, half: str):
        assert not finished(half, is_paused=True).endswith(half[-1])

    def test_are_whole_when_the_text_is_paused(self):
        assert finished("I look that up.", is_paused=True) == "I look that up."
        assert finished("Some **bold", is_paused=True) == "Some "

    @pytest.mark.parametrize("character", ["x", "e\u0301", "👩\u200d👧"])
    def test_that_are_too_long_end_at_a_character(self, character: str):
        shown = finished(character * (MOST_HELD + 2))

        assert len(shown) > MOST_HELD
        assert shown == character * (len(shown) // len(character))

    def test_of_white_space_alone_are_nothing(self):
        assert finished(f"\n\n{GAP} a") == ""


class TestMarks:
    @pytest.mark.parametrize(
        "marked",
        [
            "**bold text**",
            "*italic text*",
            "_italic text_",
            "***both of them***",
            "**bold *italic* text**",
            "*italic **bold** text*",
            "~~struck text~~",
            "`inline code`",
            "``inline ` code``",
            "[a link](https://a.example/b_c?d=*e)",
            "[a **bold** link](<https://a.example> 'title')",
            "$a^2 + b^2$",
            "$$\nx = 1\n$$",
            "**bold\nin two lines**",
            "[1]",
        ],
    )
    def test_are_shown_when_they_are_closed(self, marked: str):
        for length in range(1, len(marked) + 1):
            assert finished(f"See {marked[:length]}") in ("See ", "")
        assert finished(f"See {marked} ") == f"See {marked} "

    @pytest.mark.parametrize(
        "text",
        [
            "2 * 3 ",
            "2*3 ",
            "snake_case_name ",
            "Fill in: ____ ",
            "$5 and $10 ",
            "US$ ",
            "- [ ] to do ",
            "\\*not italic ",
            "\\[no link ",
            "* an item ",
            "a ] b ",
            "- **one\n- two ",
            "a *b\n\nc ",
            "a *b\n  \nc ",
            "a `b\nc ",
            "# **a\nb ",
            "~5 minutes ",
        ],
    )
    def test_that_open_nothing_hold_nothing_back(self, text: str):
        assert finished(text) == text

    @pytest.mark.parametrize("mark", ["*", "**", "_", "~~", "[", "$", "`"])
    def test_that_are_never_closed_are_text_in_the_end(self, mark: str):
        text = f"A {mark}b" + " word" * MOST_HELD + " "

        assert finished(text[: MOST_HELD // 2]) == "A "
        assert finished(text) == text

    @pytest.mark.parametrize("text", ["(**bold", "“**bold", "super**natural", "3. **Board gam", "> **a", "## *P"])
    def test_take_with_them_what_they_stand_at(self, text: str):
        assert finished(f"Text\n\n{text}") == "Text\n\n"

    def test_in_code_blocks_are_code(self):
        assert finished("```\na **b [c `d ") == "```\na **b [c `d "


class TestLines:
    @pytest.mark.parametrize(
        "marks", ["#", "## ", "- ", "* ", "1", "12. ", "> ", "> - ", "- [", "- [x] ", "---", "===", "***", "    "]
    )
    def test_without_a_word_are_not_shown(self, marks: str):
        assert finished(f"Text\n{marks}") == "Text\n"
        assert finished(f"Text\n{marks}P") == "Text\n"
        assert finished(f"Text\n{marks}P", is_paused=True) in (f"Text\n{marks}P", "Text\n")

    @pytest.mark.parametrize("line", [" ", "\t", "  c", "    "])
    def test_that_are_not_whole_keep_marks_open(self, line: str):
        assert finished(f"- a **b\n{line}") == "- a "
        assert finished(f"- a [b\n{line}") == "- a "

    @pytest.mark.parametrize("line", ["## Plan ", "- one ", "12. one ", "> one "])
    def test_are_shown_from_their_first_word(self, line: str):
        assert finished(f"Text\n{line}") == f"Text\n{line}"

    @pytest.mark.parametrize("opener", ["```", "```py", "~~~", "- ```", "> ```"])
    def test_of_code_are_shown_from_the_first(self, opener: str):
        prefix = {"-": "  ", ">": "> "}.get(opener[0], "")

        assert finished(f"Text\n\n{opener}\n") == "Text\n\n"
        assert finished(f"Text\n\n{opener}\n{prefix}a = 1\n") == f"Text\n\n{opener}\n{prefix}a = 1\n"


class TestTables:
    TABLE = "| Name | Age |\n|---|---|\n| `a|b` | 1 |\n| Bob Bell | 2 |\n"

    def test_are_shown_row_by_row(self):
        shown = {finished(f"Text\n\n{self.TABLE[:length]}") for length in range(len(self.TABLE) + 1)}

        head, first, second = "".join(self.TABLE.splitlines(True)[:2]), *self.TABLE.splitlines(True)[2:]
        assert sorted(shown, key=len) == [
            "Text\n\n",
            f"Text\n\n{head}",
            f"Text\n\n{head}{first}",
            f"Text\n\n{head}{first}{second}",
        ]

    def test_have_a_row_with_bars_below_their_header(self):
        assert finished("yes | no\n") == ""
        assert finished("yes | no\n ") == ""
        assert finished("yes | no\nand so ") == "yes | no\nand so "
        assert finished("`a | b` and ") == "`a | b` and "

    def test_with_an_endless_header_are_text(self):
        assert finished("A | b" + " word" * MOST_HELD + " ").startswith("A | b word")

    def test_are_left_as_they_are_if_the_stream_is_lost(self):
        assert closed("| a | b |\n|--|--|\n| 1") == "| a | b |\n|--|--|\n| 1"


class TestClosed:
    @pytest.mark.parametrize(
        ("text", "left"),
        [
            ("3. **Board gam", "3. **Board gam**"),
            ("*City rally ", "*City rally*"),
            ("**bold *both", "**bold *both***"),
            ("a ~~b `c", "a ~~b `c`~~"),
            ("$a^", "$a^$"),
            ("See [the pag", f"See {GAP}the pag"),
            ("One **", "One "),
            ("One\n\n## ", "One\n\n"),
            ("One\n- two\n- ", "One\n- two\n"),
            ("One\n\n```py\n", "One\n\n"),
            ("One 2 * 3 ", "One 2 * 3 "),
            ("Look [here\n ", f"Look {GAP}here"),
            ("- a **b\n  ", "- a **b**"),
        ],
    )
    def test_has_no_dangling_marks(self, text: str, left: str):
        assert closed(text) == left

    def test_leaves_code_to_be_closed_above_the_next_line(self):
        assert below(closed("```py\na = **"), "line") == "```py\na = **\n```\n\nline"


MARKS = "* ** *** _ ~~ $ $$ ` `` [ ] ](https://a.example) ![x](y) \\ | ( ) <at>"
LINES = "\n,\n\n,\r\n,\r,\n|--|\n,# ,- ,1. ,> ,- [,---,```\n,> ```\n, "
WORDS = ["a", "word ", "One. ", "2", "x", "👩\u200d👧", "漢", "字", "e\u0301", " word" * 60, "x" * 200]
FRAGMENTS = MARKS.split() + LINES.split(",") + WORDS
TEXTS = st.lists(st.sampled_from(FRAGMENTS), max_size=60).map("".join)


# Lines that begin with spaces, after marks that are open.
INDENTED = ["[", "**", "~~", "$", "_", "`", "|", "|-|", "- ", "> ", "word ", "word", "](u)"]
SPACES = ["\n", "\r", "\r\n", " ", "  ", "\t", "    "]
INDENTED_TEXTS = st.lists(st.sampled_from(INDENTED + SPACES), max_size=9).map("".join)


class TestAnyText:
    @given(text=INDENTED_TEXTS)
    @example("Look [here\n ")
    @example("[~~|-|-|\n\t<br")
    @example("**](u)](u)\r\t``$")
    def test_when_it_is_closed_begins_with_all_that_was_shown(self, text: str):
        for length in range(len(text) + 1):
            assert closed(text).startswith(finished(text[:length]))

    @given(text=TEXTS | HOSTILE, pauses=st.integers(1, 5))
    def test_that_grows_only_adds_to_what_was_shown(self, text: str, pauses: int):
        markdown, sent, shown = SafeMarkdown(), "", ""
        for at in range(0, len(text), 3):
            sent += markdown.feed(text[at : at + 3])
            step = finished(sent, is_paused=at % pauses == 0)
            assert sent.startswith(step)
            shown = max(shown, step, key=len)

        sent += markdown.close(is_cut_off=True)

        assert sent.startswith(shown)
        assert closed(sent).startswith(shown)

    @given(text=TEXTS | HOSTILE, is_cut_off=st.booleans())
    def test_is_harmless_when_it_is_closed(self, text: str, is_cut_off: bool):
        markdown = SafeMarkdown()

        left = closed(markdown.feed(text) + markdown.close(is_cut_off=is_cut_off))

        assert not harm(left) and not harm(below(left, "*line*"))

    @given(text=TEXTS)
    def test_is_held_back_only_up_to_a_limit(self, text: str):
        sent = SafeMarkdown().feed(f"{text}\n\n" + "x" * MOST_HELD * 3)

        assert len(finished(sent)) >= len(sent) - 2 * MOST_HELD

    @pytest.mark.parametrize(
        "fragment",
        ["x\n", "x ", "x", "*a ", "[", "` `` ``` ", "|a\n", "- \n", "**", "漢", "[a](b ", "$a\n", "e\u0301", "_ "],
    )
    def test_takes_linear_time(self, fragment: str):
        text = (fragment * 40_000)[:40_000]

        with cpu_time() as cpu:
            finished(text)
            closed(text)

        assert cpu.seconds < 1
