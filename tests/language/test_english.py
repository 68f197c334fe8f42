"""The English lines as a user reads them. All other tests name the lines by their ids (`doubles/lines.py`)."""

import re
from datetime import datetime, timedelta, timezone

import pytest

from doubles.lines import incident_in, line, messages_of, values_of
from parley.language import as_failure

BREAK = "\N{NARROW NO-BREAK SPACE}"
AFTERNOON = datetime(2026, 3, 9, 14, 5, tzinfo=timezone(timedelta(hours=9)))
VALUES = {"seconds": 30, "time": AFTERNOON}
"""Values that are not text."""


def rendered() -> dict[str, str]:
    """All lines by their ids, with a value in each placeable."""
    return {
        id: line(id, **{name: VALUES.get(name, f"<{name}>") for name in values_of(message)})
        for id, message in messages_of("en").items()
    }


def test_every_line_is_a_clean_sentence():
    parts = ("command-", "starter-", "picture-removed", "try-again", "delete-", "keep-")
    texts = {id: text for id, text in rendered().items() if not id.startswith(parts)}

    assert len(texts) > 40
    assert [id for id, text in texts.items() if not re.match(r"[A-Z*]|<(names|what|hello)>", text)] == []
    assert [id for id, text in texts.items() if not re.search(r"[.:…!?]\*?$|\)$", text)] == []
    assert [id for id, text in texts.items() if re.search(r"  | [.,:?!]|[{}$\n]", text)] == []


def test_no_two_lines_are_the_same():
    texts = rendered()

    assert len(set(texts.values())) == len(texts)


@pytest.mark.parametrize(
    ("id", "text"),
    [
        ("no-question", "Hi! What can I do for you? Just send me a question."),
        ("thinking", "Thinking…"),
        ("starter-abilities", "What can you help me with?"),
        ("command-new", "start a new conversation; I won't use what was said before"),
        ("new-conversation", "This is a new conversation. I won't use what was said before."),
        ("went-wrong", "Something went wrong on my side. Please try again in a moment."),
    ],
)
def test_a_line_reads_as_it_should(id: str, text: str):
    assert line(id) == text


def test_a_status_names_the_tool():
    assert line("using-tool", tool="web search") == "Using web search…"


def test_a_failure_ends_with_its_id():
    text = line("failure-with-id", what="It failed.", id="0123abcd")

    assert text == "It failed. (id: 0123abcd)"


def test_a_failure_begins_with_a_warning_sign():
    assert as_failure("It failed.") == "\N{WARNING SIGN}\N{VARIATION SELECTOR-16} It failed."


def test_advice_stands_between_a_failure_and_its_id():
    text = line("failure-with-advice", what="It failed.", advice="Mend it.", id="0123abcd")

    assert text == "It failed. Mend it. (id: 0123abcd)"


def test_a_confirmation_quotes_the_command():
    assert ' Write "/forget yes" to ' in line("confirm-forget", command="/forget yes")


def test_a_group_welcome_names_the_bot_and_its_mention():
    text = line("welcome-group", name="Helper")

    assert text.startswith("Hi, I'm Helper, ") and " @Helper " in text


def test_a_line_about_files_names_them():
    text = line("attachment-too-many", names="`a.txt`, `b.txt`")

    assert text == "That's more than I can read at once. I left out `a.txt`, `b.txt`."


@pytest.mark.parametrize(
    ("id", "end"),
    [
        ("wait-until", f" at 2:05{BREAK}PM."),
        ("wait-until-in-utc", f" at 2:05{BREAK}PM UTC."),
        ("wait-until-another-day", f" on March 9, 2026 at 2:05{BREAK}PM."),
        ("wait-until-another-day-in-utc", f" on March 9, 2026 at 2:05{BREAK}PM UTC."),
    ],
)
def test_a_limit_names_the_time_of_its_end(id: str, end: str):
    assert line(id, time=AFTERNOON).endswith(end)


def test_a_limit_of_seconds_names_their_number():
    assert line("wait-for-seconds", seconds=30).endswith(" in 30 seconds.")


class TestIncident:
    """The helper by which other tests recognize the line of a failure."""

    LINE = as_failure(line("failure-with-id", what=line("model-busy"), id="0123abcd"))

    def test_is_found_in_the_line_of_its_failure(self):
        assert incident_in(self.LINE, "model-busy") == "0123abcd"

    def test_is_found_below_an_answer(self):
        assert incident_in(f"Half of it\n\n{self.LINE}", "model-busy", below="Half of it") == "0123abcd"

    @pytest.mark.parametrize(
        "text",
        [
            line("model-busy"),
            f"{LINE} And more.",
            f"Half of it\n\n{LINE}",
            LINE.removeprefix(as_failure("")),
            as_failure(line("failure-with-id", what=line("model-slow"), id="0123abcd")),
            as_failure(line("failure-with-id", what=line("model-busy"), id="")),
        ],
    )
    def test_is_not_found_in_any_other_text(self, text: str):
        assert incident_in(text, "model-busy") is None
