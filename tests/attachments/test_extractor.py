"""The program that reads files: its environment, its limits, its end and its failures."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from PIL import Image

from doubles.bot import Bot, attached_file, pasted_picture
from doubles.connector import Connector
from doubles.file_server import FileServer
from doubles.files import save, word_xml
from doubles.lines import line
from doubles.model_server import ModelServer
from parley.attachments import extraction_process as extractor
from parley.attachments.extraction_process import Document, Extractor
from parley.extraction import Problem, UnreadableError

pytestmark = [pytest.mark.real_time, pytest.mark.process]

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals and no limits")

SAY = "import json, sys; sys.stdin.buffer.read(); say = lambda text: print(json.dumps({'text': text, 'is_cut': False}))"


class Programs:
    """Replaces the program that reads files."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self._monkeypatch = monkeypatch

    def run(self, *lines: str) -> None:
        program = self.folder / "program.py"
        program.write_text("\n".join(lines))
        self._monkeypatch.setattr(extractor, "_PROGRAM", ("-P", str(program)))


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    return Programs(tmp_path, monkeypatch)


async def read() -> Document:
    return await Extractor(10_000, 10_000).read_document(b"file", "pdf", user_id="Ada")


async def problem() -> Problem:
    with pytest.raises(UnreadableError) as caught:
        await read()
    return caught.value.problem


def limited(*lines: str, seconds: int = 1, kind: str = "document") -> subprocess.CompletedProcess[str]:
    """Run lines of Python with the limits of the program, and with `seconds` of CPU time."""
    limits = f"limit({seconds}, MAX_MEMORY[{kind!r}])"
    return run(f"import os, signal; from parley.extraction.__main__ import MAX_MEMORY, limit; {limits}", *lines)


def run(*lines: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True)


class TestEnd:
    @posix
    async def test_comes_when_the_caller_is_cancelled(self, programs: Programs):
        line = programs.folder / "line"
        os.mkfifo(line)
        programs.run(
            "import time",
            f"line = open({str(line)!r}, 'w')",
            "print('begun', file=line, flush=True)",
            "time.sleep(60)",
        )
        reading = asyncio.create_task(read())
        async with asyncio.timeout(10):
            heard = await asyncio.to_thread(line.open)
            assert await asyncio.to_thread(heard.readline) == "begun\n"

        reading.cancel()

        with pytest.raises(asyncio.CancelledError):
            await reading
        async with asyncio.timeout(10):
            assert await asyncio.to_thread(heard.read) == ""  # the line ends with the program
        heard.close()

    @posix
    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("SIGKILL", Problem.FAILED),  # sent by a system without free memory
            ("SIGTERM", Problem.FAILED),
            ("SIGXCPU", Problem.TOO_SLOW),
        ],
    )
    async def test_by_a_signal_is_not_reported_as_a_damaged_file(
        self, programs: Programs, name: str, expected: Problem
    ):
        programs.run("import os, signal", f"os.kill(os.getpid(), signal.{name})")

        assert await problem() == expected

    async def test_without_output_is_reported_as_a_damaged_file(self, programs: Programs):
        programs.run("raise SystemExit(1)")

        assert await problem() == Problem.DAMAGED

    async def test_before_the_start_is_reported(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(sys, "executable", "/nowhere/python")

        assert await problem() == Problem.FAILED

    @posix
    async def test_does_not_come_when_the_bot_begins_to_stop(self):
        stop = "; ".join(f"os.kill(os.getpid(), signal.{name})" for name in ("SIGINT", "SIGTERM"))

        assert limited(stop, "print('at work')").stdout == "at work\n"

    @posix
    async def test_comes_at_the_cpu_limit_without_the_bot(self):
        assert limited("while True: pass").returncode == -signal.SIGXCPU


class TestCpu:
    @pytest.mark.parametrize(
        ("data", "extension", "seconds"),
        [
            (b"a text", "txt", 5),
            (b"a text" * 500_000, "txt", 20),
            (rb"{\rtf1 a text}", "rtf", 20),
            (b"\n" + rb"{\rtf1 a text}", "doc", 20),
            (b"%PDF-1.7", "", 20),
        ],
    )
    async def test_depends_on_the_kind_and_size_of_a_file(
        self, programs: Programs, data: bytes, extension: str, seconds: int
    ):
        programs.run(SAY, "say(sys.argv[-1])")

        assert (await Extractor(10_000, 10_000).read_document(data, extension, user_id="Ada")).text == str(seconds)


class TestFailure:
    @pytest.mark.parametrize(
        ("lines", "logged"),
        [
            (["raise SystemExit(3)"], "exit code 3"),
            (["raise ImportError('secret')"], "exit code 1"),
            (['print(\'{"problem": "attachment-damaged", "error": "KeyError"}\')'], "KeyError"),
            (['print(\'{"text": "Hi", "is_cut": false, "error": "KeyError"}\')'], "KeyError"),
        ],
    )
    async def test_is_logged_without_the_file(
        self, programs: Programs, caplog: pytest.LogCaptureFixture, lines: list[str], logged: str
    ):
        programs.run("import sys; sys.stdin.buffer.read()", *lines)

        with suppress(UnreadableError):
            await read()

        [record] = [record for record in caplog.records if record.name == "parley.attachments.extraction_process"]
        assert logged in record.getMessage() and "secret" not in record.getMessage()

    async def test_of_a_parser_is_named(self, caplog: pytest.LogCaptureFixture):
        with pytest.raises(UnreadableError):
            await Extractor(10_000, 10_000).read_document(b"PK\x03\x04 secret", "docx", user_id="Ada")

        [record] = [record for record in caplog.records if record.name == "parley.attachments.extraction_process"]
        assert "BadZipFile" in record.getMessage() and "secret" not in record.getMessage()


class TestMemory:
    @posix
    @pytest.mark.parametrize(("kind", "megabytes"), [("document", 400), ("picture", 528)])
    async def test_is_limited(self, kind: str, megabytes: int):
        assert "MemoryError" in limited(f"bytearray({megabytes} * 1024**2)", kind=kind).stderr

    @posix
    async def test_without_a_limit_by_the_system_still_allows_reading(self):
        done = run(
            "import resource",
            "from parley.extraction.__main__ import limit",
            "def refuse(kind, limits): raise ValueError('current limit exceeds maximum limit')",  # as macOS does
            "resource.setrlimit = refuse",
            "limit(1, 400_000_000); print('at work')",
        )

        assert done.stdout == "at work\n"

    @posix
    async def test_is_enough_for_most(self):
        assert limited("bytearray(256 * 1024**2)", seconds=20).returncode == 0


class TestThreads:
    async def test_of_the_event_loop_are_left_alone(self, programs: Programs):
        programs.run(SAY, "say('Ahoy')")
        threads = ThreadPoolExecutor(1)
        threads.shutdown()  # takes no work
        asyncio.get_running_loop().set_default_executor(threads)

        assert (await read()).text == "Ahoy"


class TestBombs:
    @posix
    @pytest.mark.slow
    async def test_of_thousands_of_scans_are_given_up(
        self, bot: Bot, connector: Connector, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(extractor, "_QUICK_CPU", 1)
        jpeg = save(Image.new("L", (7000, 7000)), "JPEG", progressive=True)
        last = jpeg.rindex(b"\xff\xda")
        bomb = jpeg[:last] + jpeg[last:-2] * 3000 + jpeg[-2:]

        reply = await bot.personal().show("", pasted_picture(connector.paste(bomb)))

        assert reply == line("attachment-too-slow", names="`picture`")

    @pytest.mark.parametrize("span", [2147483647, 10**9])
    async def test_of_wide_cells_take_no_memory(self, span: int):
        cell = f"<w:tc><w:tcPr><w:gridSpan w:val='{span}'/></w:tcPr><w:p><w:r><w:t>a</w:t></w:r></w:p></w:tc>"
        data = word_xml(f"<w:tbl><w:tr>{cell}</w:tr></w:tbl>")

        assert (await Extractor(10_000, 10_000).read_document(data, "docx", user_id="Ada")).text == "a"

    async def test_without_blanks_leave_the_event_loop_alone(self):
        longest, ended = 0.0, False

        async def watch() -> None:
            nonlocal longest
            while not ended:
                before = time.perf_counter()
                await asyncio.sleep(0.01)
                longest = max(longest, time.perf_counter() - before)

        watching = asyncio.create_task(watch())
        document = await Extractor(10_000, 10_000).read_document(
            b"\x81\x8d\x8f\x90\x9d\xe9" * 1_000_000, "txt", user_id="Ada"
        )
        ended = True
        await watching

        assert document.is_cut and longest < 1


class TestEnvironment:
    async def test_contain_no_secret_of_the_bot(self, programs: Programs, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("CLIENT_SECRET", "open sesame")
        monkeypatch.setenv("PYTHONPATH", str(programs.folder / "packages"))
        programs.run(SAY, "import os; say(repr(dict(os.environ)))")

        environment = (await read()).text

        assert "sesame" not in environment
        assert "packages" in environment  # the folder of packages that it needs

    async def test_contain_no_files_that_could_be_imported(self, programs: Programs):
        (programs.folder / "json.py").write_text("raise SystemExit('a stranger')")
        programs.run(SAY, "say('Ahoy')")

        assert (await read()).text == "Ahoy"


class TestSideBySide:
    def count(self, programs: Programs, *, first: int) -> None:
        """Make the program print the number of its running copies. The first ones wait for each other."""
        programs.run(
            SAY,
            "import os, pathlib, time",
            f"begun = pathlib.Path({str(programs.folder)!r}, f'{{os.getpid()}}.begun')",
            "running = begun.with_suffix('.running')",
            "running.touch()",
            "begun.touch()",
            "count = lambda suffix: len(list(begun.parent.glob(suffix)))",
            f"while count('*.begun') < {first}:",
            "    time.sleep(0.01)",
            "seen = set()",
            "for _ in range(20):",
            "    seen.add(count('*.running'))",
            "    time.sleep(0.02)",
            "running.unlink()",
            "say(f'There were {max(seen)}.')",
        )

    async def test_are_at_most_two_programs_in_all(self, programs: Programs):
        self.count(programs, first=2)
        reader = Extractor(100, 10_000)

        read = await asyncio.gather(
            *(reader.read_document(b"file", kind, user_id=kind) for kind in ("pdf", "docx", "rtf", "txt", "md"))
        )

        assert max(document.text for document in read) == "There were 2."

    async def test_is_at_most_one_program_of_a_message(
        self, programs: Programs, bot: Bot, files: FileServer, model: ModelServer
    ):
        self.count(programs, first=1)
        names = ["a.pdf", "b.pdf", "c.pdf"]

        await bot.personal().show("Hi", *(attached_file(files.put(name, b"file"), name) for name in names))

        assert model.messages()[-1][1].count("There were 1.") == 3
