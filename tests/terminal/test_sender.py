"""Typed lines: messages, and the commands of the terminal."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import pytest

from parley.operator_errors import OperatorError
from parley.terminal.conversation import Conversation, Outcome
from parley.terminal.sender import Sender


class Recorder:
    """A conversation that keeps what it gets."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, list[str]]] = []
        self.edited: list[str] = []

    async def send(self, text: str, files: Sequence[Path] = ()) -> Outcome:
        self.sent.append((text, [file.name for file in files]))
        return Outcome.ANSWERED

    async def edit(self, text: str) -> Outcome:
        self.edited.append(text)
        return Outcome.ANSWERED


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def sender(recorder: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sender:
    monkeypatch.chdir(tmp_path)
    for name in ("a.md", "b c.md"):
        (tmp_path / name).write_text("text")
    return Sender(cast(Conversation, recorder), [tmp_path / "a.md"])


async def test_files_go_with_the_next_message_alone(sender: Sender, recorder: Recorder):
    await sender.send("One")
    await sender.send("/attach b c.md")
    await sender.send("/attach a.md")
    await sender.send("Two")
    await sender.send("Three")

    assert recorder.sent == [("One", ["a.md"]), ("Two", ["b c.md", "a.md"]), ("Three", [])]


@pytest.mark.skipif(os.name == "nt", reason="its paths have other separators and quotation marks")
@pytest.mark.parametrize(
    ("paths", "names"),
    [
        ("b c.md", ["b c.md"]),
        ("'b c.md'", ["b c.md"]),
        ("b\\ c.md", ["b c.md"]),
        ('a.md "b c.md"', ["a.md", "b c.md"]),
        ("  a.md  ", ["a.md"]),
    ],
)
async def test_paths_may_be_quoted_as_in_a_shell(sender: Sender, recorder: Recorder, paths: str, names: list[str]):
    await sender.send("None")
    await sender.send(f"/attach {paths}")
    await sender.send("These")

    assert recorder.sent[-1] == ("These", names)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("/attach", "the path of a file is missing"),
        ("/attach nothing.md", "nothing.md cannot be attached: "),
        ("/attach 'half", "'half cannot be attached: "),
        ("/attach .", ". cannot be attached: "),
    ],
)
async def test_a_file_that_cannot_be_read_is_reported(sender: Sender, recorder: Recorder, line: str, reason: str):
    with pytest.raises(OperatorError, match=reason):
        await sender.send(line)

    assert recorder.sent == []


async def test_a_message_can_be_edited(sender: Sender, recorder: Recorder):
    await sender.send("/edit  Better words")

    assert (recorder.edited, recorder.sent) == (["Better words"], [])


async def test_other_commands_and_paths_are_messages(sender: Sender, recorder: Recorder):
    for line in ("/help", "/attachments", "/editor", "/attach\u00e9 x"):
        await sender.send(line)

    assert [text for text, _ in recorder.sent] == ["/help", "/attachments", "/editor", "/attach\u00e9 x"]
