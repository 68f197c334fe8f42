"""The commands `parley feedback export` and `parley feedback summary`."""

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import create_engine, insert

from doubles.bot import run_bot
from doubles.connector import Connector
from doubles.disk import Disk
from doubles.machine import clean_environment
from doubles.postgres import PostgresServer
from parley.__main__ import main
from parley.storage.tables import Feedback

Json = dict[str, Any]

COLUMNS = (
    "id created_at updated_at reaction comment question answer model instructions_version latency input_tokens "
    "output_tokens"
).split()
PERSONAL = "user_name user_id asked_by conversation_id message_id".split()

MORNING = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


class Result(NamedTuple):
    """The result of a command."""

    code: int
    output: bytes
    complaint: str


Export = Callable[..., Result]


@pytest.fixture
def feedback(capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Export:
    """Runs a command with the database at a URL."""
    monkeypatch.chdir(tmp_path)

    def feedback(url: str, *arguments: str) -> Result:
        monkeypatch.setenv("DATABASE_URL", url)
        capfdbinary.readouterr()
        try:
            code = main(["feedback", *arguments])
        except SystemExit as exit:
            code = int(exit.code or 0)
        output, complaint = capfdbinary.readouterr()
        return Result(code, output, complaint.decode())

    return feedback


@pytest.fixture
def export(feedback: Export) -> Export:
    """Runs `parley feedback export` with the database at a URL."""

    def export(url: str, *arguments: str) -> Result:
        return feedback(url, "export", *arguments)

    return export


def as_objects(result: Result) -> list[Json]:
    assert (result.code, result.complaint) == (0, "")
    return [json.loads(line) for line in result.output.decode().splitlines()]


def as_rows(result: Result) -> list[list[str]]:
    assert (result.code, result.complaint) == (0, "")
    return list(csv.reader(io.StringIO(result.output.decode(), newline="")))


@pytest.fixture
def store(database_url: str) -> Callable[..., None]:
    """Stores feedback, a row for each of the given changes."""
    engine = create_engine(database_url)

    def store(*changes: Json) -> None:
        rows = [
            {
                "conversation_id": "19:group@thread.v2",
                "message_id": f"m{number}",
                "user_id": "id-of-ada",
                "user_name": "Ada Lovelace",
                "reaction": "like",
                "comment": None,
                "asked_by": "Alex Wilber",
                "question": "What is up?",
                "answer": "The sky.",
                "model": "scripted",
                "instructions_version": "0123456789ab",
                "latency": 1.25,
                "input_tokens": 30,
                "output_tokens": 12,
                "created_at": MORNING,
                "updated_at": MORNING,
            }
            | change
            for number, change in enumerate(changes)
        ]
        with engine.begin() as connection:
            connection.execute(insert(Feedback), rows)
        engine.dispose()

    return store


class TestJsonLines:
    def test_contain_an_object_for_each_click(self, export: Export, store: Callable[..., None], database_url: str):
        store({"comment": "Größe “gut” 🙂\nand more"}, {"reaction": "dislike", "question": None, "latency": None})

        one, other = as_objects(export(database_url))

        assert list(one) == COLUMNS
        assert one == {
            "id": 1,
            "created_at": "2026-03-01T09:30:00+00:00",
            "updated_at": "2026-03-01T09:30:00+00:00",
            "reaction": "like",
            "comment": "Größe “gut” 🙂\nand more",
            "question": "What is up?",
            "answer": "The sky.",
            "model": "scripted",
            "instructions_version": "0123456789ab",
            "latency": 1.25,
            "input_tokens": 30,
            "output_tokens": 12,
        }
        assert (other["reaction"], other["question"], other["latency"]) == ("dislike", None, None)

    def test_contain_no_names_by_default(self, export: Export, store: Callable[..., None], database_url: str):
        quoting = "In reply to what Adele Vance wrote:\n> Hello\n\nWhat is this?"
        store({"question": quoting})

        anonymous, named = export(database_url).output.decode(), export(database_url, "--with-names").output.decode()

        for name in ("Ada", "Alex", "Adele", "id-of-ada", "19:group", "m0"):
            assert name not in anonymous and name in named
        assert json.loads(anonymous)["question"] == quoting.replace("Adele Vance", "somebody")
        assert list(json.loads(named)) == COLUMNS + PERSONAL
        assert json.loads(named)["question"] == quoting

    def test_escape_all_other_line_separators(self, export: Export, store: Callable[..., None], database_url: str):
        text = "one\u2028two\u2029three\x85four\x0b\x0c\x1c\x1d\x1efive"
        store({"comment": text})

        [line] = export(database_url).output.decode().splitlines()

        assert json.loads(line)["comment"] == text

    def test_are_empty_when_there_is_no_feedback(self, export: Export, database_url: str):
        assert export(database_url) == (0, b"", "")


class TestCsv:
    def test_has_a_header_and_a_row_for_each_click(self, export: Export, store: Callable[..., None], database_url: str):
        store({"comment": 'Größe, "gut"\r\nand more 🙂'}, {"comment": None, "latency": None})

        result = export(database_url, "--format", "csv")

        header, one, other = as_rows(result)
        assert header == COLUMNS
        assert one[3:5] == ["like", 'Größe, "gut"\r\nand more 🙂'] and one[9:] == ["1.25", "30", "12"]
        assert other[4] == other[9] == ""
        assert result.output.count(b"\r\n") == 4  # a line end each, and that within the comment

    def test_has_columns_for_names_only_on_request(self, export: Export, store: Callable[..., None], database_url: str):
        store({})

        assert as_rows(export(database_url, "--format", "csv", "--with-names"))[0] == COLUMNS + PERSONAL

    @pytest.mark.parametrize(
        "start",
        [
            "=",
            "+",
            "-",
            "@",
            "\t",
            "\r",
            "\n",
            " =",
            "\N{NO-BREAK SPACE}@",
            "\ufeff=",
            "\x0b+",
            "\u3000-",
            "\u200b=",
            *"\uff1d\uff0b\uff0d\uff20",
        ],
        ids=ascii,
    )
    def test_turns_no_text_into_a_formula(
        self, export: Export, store: Callable[..., None], database_url: str, start: str
    ):
        text = f"{start}HYPERLINK(0)"
        store({"comment": text, "question": text, "answer": text, "user_name": text, "latency": -1.0})

        _, row = as_rows(export(database_url, "--format", "csv", "--with-names"))

        assert row[4:7] == [f"'{text}"] * 3 and row[12] == f"'{text}"
        assert row[9] == "-1.0"
        assert as_objects(export(database_url))[0]["comment"] == text

    def test_has_only_a_header_when_there_is_no_feedback(self, export: Export, database_url: str):
        assert as_rows(export(database_url, "--format", "csv")) == [COLUMNS]


def test_latency_is_rounded_to_milliseconds(export: Export, store: Callable[..., None], database_url: str):
    store({"latency": 1.0242927059998692})

    assert as_objects(export(database_url))[0]["latency"] == 1.024


class TestSummary:
    def test_counts_the_reactions_of_each_version(
        self, feedback: Export, store: Callable[..., None], database_url: str
    ):
        later = {"updated_at": MORNING + timedelta(days=1), "model": "a-longer-name"}
        unknown = {"updated_at": MORNING + timedelta(days=2), "model": None, "instructions_version": None}
        store({}, {}, {"reaction": "dislike"}, later, unknown | {"reaction": "dislike"})

        result = feedback(database_url, "summary")

        assert (result.code, result.complaint) == (0, "")
        assert result.output.decode().splitlines() == [
            "likes  dislikes  liked  model          instructions",
            "    2         1    67%  scripted       0123456789ab",
            "    1         0   100%  a-longer-name  0123456789ab",
            "    0         1     0%  -              -",
            "    3         2    60%  all",
        ]

    def test_since_a_time_leaves_out_what_was_before(
        self, feedback: Export, store: Callable[..., None], database_url: str
    ):
        store({})

        *_, total = feedback(database_url, "summary", "--since", "2026-03-02").output.decode().splitlines()

        assert total.split() == ["0", "0", "-", "all"]


class TestChoice:
    @pytest.mark.parametrize(
        ("since", "ids"),
        [
            ("2026-03-01", [1, 2, 3]),
            ("2026-03-01T09:30", [1, 2, 3]),
            ("2026-03-01T09:30:01", [2, 3]),
            ("2026-03-01T11:30:00+02:00", [1, 2, 3]),
            ("2026-03-01T11:30:01+02:00", [2, 3]),
            ("2026-03-02", [3]),
            ("2026-03-02T10:00Z", []),
        ],
    )
    def test_since_a_time_includes_that_time_and_later(
        self, export: Export, store: Callable[..., None], database_url: str, since: str, ids: list[int]
    ):
        store(
            {},
            {"updated_at": MORNING + timedelta(hours=10)},
            {"updated_at": MORNING + timedelta(days=1), "created_at": MORNING},
        )

        assert [row["id"] for row in as_objects(export(database_url, "--since", since))] == ids

    def test_of_one_reaction_leaves_the_other_out(self, export: Export, store: Callable[..., None], database_url: str):
        store({}, {"reaction": "dislike"}, {})

        assert [row["id"] for row in as_objects(export(database_url, "--reaction", "dislike"))] == [2]
        assert [row["id"] for row in as_objects(export(database_url, "--reaction", "like"))] == [1, 3]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--since", "yesterday"], "'yesterday' is not a date; write it as 2026-01-31 or 2026-01-31T09:00+01:00"),
        (["--since", "2026-02-30"], "'2026-02-30' is not a date"),
        (["--since", "0001-01-01T00:00+10:00"], "'0001-01-01T00:00+10:00' is not a date"),
        (["--reaction", "love"], "invalid choice: 'love'"),
        (["--format", "xml"], "invalid choice: 'xml'"),
    ],
)
def test_a_wrong_choice_is_reported(export: Export, tmp_path: Path, arguments: list[str], complaint: str):
    result = export(f"sqlite:///{tmp_path / 'parley.db'}", *arguments)

    assert result.code == 2 and result.output == b""
    assert complaint in result.complaint and "Traceback" not in result.complaint


class TestOutput:
    def test_goes_to_a_file(self, export: Export, store: Callable[..., None], database_url: str, tmp_path: Path):
        store({"comment": "Größe\nand more"})

        for format in ("csv", "jsonl"):
            result = export(database_url, "--format", format, "--output", str(tmp_path / "out"))
            assert result == (0, b"", "")
            assert (tmp_path / "out").read_bytes() == export(database_url, "--format", format).output != b""

    def test_that_cannot_be_written_is_reported(self, export: Export, database_url: str, tmp_path: Path):
        path = tmp_path / "missing" / "out"

        result = export(database_url, "--output", str(path))

        assert result.code == 1
        assert result.complaint == f"parley: Cannot write {path}: No such file or directory\n"

    @pytest.mark.skipif(os.name == "nt", reason="Windows tells of a closed pipe in another way")
    @pytest.mark.process
    def test_ends_quietly_when_the_reader_stops(self, store: Callable[..., None], database_url: str, tmp_path: Path):
        store(*({"answer": "word " * 10_000} for _ in range(200)))
        exporting = subprocess.Popen(
            [sys.executable, "-m", "parley", "feedback", "export"],
            cwd=tmp_path,
            env=clean_environment(DATABASE_URL=database_url),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        with exporting:
            assert exporting.stdout and exporting.stderr
            assert json.loads(exporting.stdout.readline())["id"] == 1
            exporting.stdout.close()
            complaint = exporting.stderr.read()

        assert exporting.returncode == 0
        assert b"Traceback" not in complaint and b"BrokenPipe" not in complaint

    @pytest.mark.skipif(sys.platform != "linux", reason="/dev/full is of Linux")
    def test_to_a_full_disk_is_reported(self, export: Export, store: Callable[..., None], database_url: str):
        store({})

        result = export(database_url, "--output", "/dev/full")

        assert result.code == 1
        assert result.complaint == "parley: Cannot write /dev/full: No space left on device\n"


class TestDatabase:
    def test_that_is_missing_is_reported_and_not_created(self, export: Export, tmp_path: Path):
        path = tmp_path / "parley.db"

        result = export(f"sqlite:///{path}")

        assert result.code == 1 and not path.exists()
        assert result.complaint == f"parley: the database at DATABASE_URL cannot be used: there is no file {path}\n"

    def test_that_is_not_prepared_is_reported(self, export: Export, tmp_path: Path):
        (tmp_path / "parley.db").touch()

        result = export(f"sqlite:///{tmp_path / 'parley.db'}")

        assert result.code == 1
        assert "run 'parley db upgrade'" in result.complaint and "Traceback" not in result.complaint

    def test_of_postgresql_that_is_not_prepared_is_reported(
        self, export: Export, postgres: PostgresServer, tmp_path: Path
    ):
        with postgres.database() as name:
            result = export(postgres.url(name), "--output", str(tmp_path / "out"))

        assert result.code == 1 and not (tmp_path / "out").exists()
        assert "run 'parley db upgrade'" in result.complaint

    @pytest.mark.parametrize("mode", ["wal", "delete"])
    def test_is_not_changed(
        self, export: Export, store: Callable[..., None], tmp_path: Path, database_url: str, mode: str
    ):
        if not database_url.startswith("sqlite"):
            pytest.skip("a file is of SQLite")
        store({})
        disk = Disk(tmp_path / "parley.db")
        disk.execute(f"PRAGMA journal_mode = {mode}")
        before, beside = disk.files(), sorted(tmp_path.iterdir())

        assert len(as_objects(export(database_url))) == 1

        assert disk.files() == before and sorted(tmp_path.iterdir()) == beside

    async def test_is_read_while_the_bot_is_running(
        self, export: Export, environment: dict[str, str], connector: Connector
    ):
        async with run_bot(environment, connector) as bot:
            await bot.personal().ask("Hi")
            await bot.personal().click(connector.bubbles()[-1].id, "dislike", "Hm.")

            [row] = as_objects(export(environment["DATABASE_URL"]))
            assert await bot.personal().ask("And now?") == "OK."

        assert (row["reaction"], row["comment"], row["question"], row["answer"]) == ("dislike", "Hm.", "Hi", "OK.")


async def test_an_interrupted_export_reports_failure(
    export: Export, database_url: str, monkeypatch: pytest.MonkeyPatch
):
    def press_ctrl_c(*_arguments: object, **_options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("parley.feedback.export.export", press_ctrl_c)

    assert export(database_url).code == 130


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
@pytest.mark.parametrize("exists", [False, True])
def test_nobody_else_can_read_the_exported_file(
    export: Export, store: Callable[..., None], database_url: str, tmp_path: Path, exists: bool
):
    store({})
    file = tmp_path / "feedback.jsonl"
    if exists:
        file.touch(0o644)
    result = export(database_url, "--output", str(file))

    assert result.code == 0
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_only_a_regular_file_gets_new_permissions(
    export: Export, store: Callable[..., None], database_url: str, tmp_path: Path
):
    store({})
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    pipe.chmod(0o644)
    with open(os.open(pipe, os.O_RDWR), "rb"):
        result = export(database_url, "--output", str(pipe))

    assert result.code == 0
    assert pipe.stat().st_mode & 0o777 == 0o644
