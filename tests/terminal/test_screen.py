"""The screen of `parley chat`, as an emulator of a terminal shows it."""

import re
from itertools import count

import pytest

from doubles.lines import line
from doubles.terminal import Glass, screen_behind
from parley.terminal.screen import Message, SuggestedAction, TerminalScreen

ANSWER = """\
# A plan

Some **bold** words, some *slanted* ones, `code`, [a link](https://example.com/a) and <https://example.com/>,
and &lt;angles&gt;.

- one
- two, which has so many words that they do not fit into one line of a narrow terminal
  1. nested
  2. twice

9. nine

10. ten

> A quote
> of two lines

| city | people | known for |
|:-----|-------:|-----------|
| Oslo | 700000 | fjords |
| 東京 | 14000000 | とても長い文章がここにあります |

```python
def greet(name):
    return "Hello, " + name + ", and some more words that are too long for the line"
```

---
今日はとても長い文章です今日はとても長い文章です今日はとても長い文章です and a word
"""


def show(text: str, *, step: int, columns: int = 60, rows: int = 24, is_dumb: bool = False) -> Glass:
    """Show a text that grows by so many characters at a time."""
    glass = Glass(columns, rows)
    screen = screen_behind(glass, is_dumb=is_dumb)
    screen.show_status("Thinking...")
    for end in range(step, len(text) + step, step):
        screen.show("1", Message(text[:end]))
    screen.end_turn(has_failed=False)
    return glass


def written(text: str, columns: int = 60) -> list[str]:
    return show(text, step=len(text), columns=columns).lines


@pytest.fixture(autouse=True)
def _colors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("COLORTERM", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)


class TestMarkdown:
    def test_is_shown_in_the_look_of_a_terminal(self):
        assert written(ANSWER) == [
            "A plan",
            "",
            "Some bold words, some slanted ones, code, a link",
            "(https://example.com/a) and https://example.com/,",
            "and <angles>.",
            "",
            " • one",
            " • two, which has so many words that they do not fit into",
            "   one line of a narrow terminal",
            "    1. nested",
            "    2. twice",
            "",
            " 9. nine",
            "",
            " 10. ten",
            "",
            "▌ A quote",
            "▌ of two lines",
            "",
            " city    people  known for",
            " " + "─" * 46,
            " Oslo    700000  fjords",
            " 東京  14000000  とても長い文章がここにあります",
            "",
            "  def greet(name):",
            '      return "Hello, " + name + ", and some more words that',
            '  are too long for the line"',
            "",
            "-" * 60,
            "",
            "今日はとても長い文章です今日はとても長い文章です今日はとても",
            "長い文章です and a word",
        ]

    @pytest.mark.parametrize("rows", [50, 24, 7])
    @pytest.mark.parametrize("columns", [60, 24])
    @pytest.mark.parametrize("step", [3, 11])
    def test_that_grows_is_shown_once(self, step: int, columns: int, rows: int):
        """Also what has left the screen while it grew."""
        assert show(ANSWER, step=step, columns=columns, rows=rows).lines == written(ANSWER, columns)

    def test_grows_in_a_dumb_terminal_by_whole_blocks(self):
        glass = show(ANSWER, step=7, is_dumb=True)

        assert glass.lines == written(ANSWER)
        assert not re.search("[\x1b\r](?!\n)", "".join(glass.pieces)), "there are no sequences for a cursor or a style"

    def test_has_bold_and_slanted_words(self):
        [row, *_] = (glass := show("So **bold**, *slanted* and `code`.", step=1)).screen.buffer.values()
        shown = glass.lines[0]

        assert {shown[place] for place in range(len(shown)) if row[place].bold} == set("bold")
        assert {shown[place] for place in range(len(shown)) if row[place].italics} == set("slanted")
        assert {shown[place] for place in range(len(shown)) if row[place].fg == "cyan"} == set("code")

    @pytest.mark.parametrize("text", ["&#27;[31mred&#7;", "`a\x1b[31mb`", "[&#27;]0;x&#7;](https://e.com/)"])
    def test_cannot_control_the_terminal(self, text: str):
        glass = show(text, step=1)

        assert not re.search(r"\x1b\[31m|\x1b\]|\x07", "".join(glass.pieces)) and "�" in glass.text

    def test_wraps_a_long_word(self):
        assert written("x" * 130) == ["x" * 60, "x" * 60, "x" * 10]

    def test_keeps_single_line_breaks(self):
        assert written("Roses are red,\nviolets are blue.") == ["Roses are red,", "violets are blue."]


def test_text_without_markdown_keeps_its_marks():
    glass = Glass(20)
    screen = screen_behind(glass)
    screen.show("1", Message("**Not bold**, and\n- no list at all", is_markdown=False))
    screen.end_turn(has_failed=False)

    assert glass.lines == ["**Not bold**, and", "- no list at all"]


def test_only_what_is_new_is_written_while_a_text_grows():
    """Nothing flickers."""
    glass = show("".join(f"word{number} " for number in range(30)), step=6, columns=200)

    assert not [piece for piece in glass.pieces[2:] if "\x1b" in piece]


def test_a_text_that_takes_long_to_draw_is_drawn_less_often():
    glass, seconds = Glass(), count()
    screen = screen_behind(glass, clock=lambda: float(next(seconds)))  # to draw a step takes a second

    steps: list[int] = []
    for length in range(1, 20):
        screen.show("1", Message("One.\n\n" * length))
        steps.append(glass.text.count("One."))
    screen.end_turn(has_failed=False)

    assert sorted(set(steps)) == [1, 6, 11, 16]
    assert glass.text.count("One.") == 19


def test_a_narrower_terminal_does_not_double_a_text():
    glass = Glass(60)
    screen = screen_behind(glass)
    screen.show("1", Message("word " * 15))
    glass.screen.resize(24, 30)
    glass.screen.reset()
    glass.feed(("\r\n".join(["word " * 6, "word " * 6, "word " * 3])).encode())  # as terminals wrap it anew
    screen.show("1", Message("word " * 15 + "end"))
    screen.end_turn(has_failed=False)

    assert glass.text.split() == ["word"] * 15 + ["end"]


def test_a_message_that_changes_is_shown_again_below_a_mark():
    glass = Glass()
    screen = screen_behind(glass)
    screen.show("1", Message("Early words"))
    screen.show("1", Message("Other words"))
    screen.end_turn(has_failed=False)

    assert glass.lines == ["Early words", "--- changed to: ---", "Other words"]


class TestSuggestedActions:
    @pytest.fixture
    def glass(self) -> Glass:
        return Glass()

    @pytest.fixture
    def screen(self, glass: Glass) -> TerminalScreen:
        screen = screen_behind(glass)
        screen.show("1", Message("Hello"))
        screen.suggest([SuggestedAction("One", "The first"), SuggestedAction("Two", "The second")])
        screen.end_turn(has_failed=False)
        return screen

    def test_are_chosen_by_number(self, screen: TerminalScreen, glass: Glass):
        assert screen.resolve(" 2 ") == "The second"
        assert glass.lines == ["Hello", "", "  1  One", "  2  Two", "Two"]

    @pytest.mark.parametrize("line", ["0", "3", "two", "²", "9" * 5000])
    def test_that_are_not_offered_cannot_be_chosen(self, screen: TerminalScreen, line: str):
        assert screen.resolve(line) == line

    def test_stay_while_the_bot_itself_speaks(self, screen: TerminalScreen):
        screen.show("2", Message("I know these commands"))
        screen.end_turn(has_failed=False)

        assert screen.resolve("1") == "The first"

    def test_end_with_an_answer_which_is_said(self, screen: TerminalScreen, glass: Glass):
        """The answer may ask for a number itself."""
        screen.show("2", Message("How many are you?", is_ai=True))
        screen.end_turn(has_failed=False)

        assert screen.resolve("2") == "2" and glass.lines[-1] == line("choices-ended")
