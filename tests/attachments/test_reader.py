"""The reader: its places, its programs and its time are shared among users."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator

import httpx
import pytest

from doubles.key_server import APP_ID
from parley.attachments import Attached, AttachmentReader, Problem, Upload, create_reader
from parley.settings import Settings

PNG = b"\x89PNG\r\n\x1a\n"
OUT_OF_TIME = getattr(signal, "SIGXCPU", 0)

posix = pytest.mark.skipif(not OUT_OF_TIME, reason="Windows has no such signal")


class Machine:
    """Simulated programs that read files: a file ` N` takes N seconds, and one with `!` exceeds its CPU time."""

    def __init__(self) -> None:
        self.running = self.most = self.begun = 0

    def run_in_executor(self, _executor: object, _run: object, _command: object, data: bytes, *_: object):
        return asyncio.ensure_future(self._read(data))

    async def _read(self, data: bytes) -> tuple[int, bytes]:
        self.begun += 1
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await asyncio.sleep(float(data.split()[-1]))
        finally:
            self.running -= 1
        answer = {"media_type": "image/png"} if data.startswith(PNG) else {"text": "Ahoy", "is_cut": False}
        return (-OUT_OF_TIME if b"!" in data else 0), json.dumps(answer).encode() + b"\n"


@pytest.fixture
async def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine()
    monkeypatch.setattr(asyncio.get_running_loop(), "run_in_executor", machine.run_in_executor)
    return machine


@pytest.fixture
async def reader(machine: Machine) -> AsyncIterator[AttachmentReader]:
    async def body(path: str) -> AsyncIterator[bytes]:
        kind, _, rest = path.removeprefix("/").partition("-")
        yield {"picture": PNG, "pdf": b"%PDF-1.7"}.get(kind, b"text") + b" " + rest.replace("-", " ").encode()

    async def no_token() -> None:
        return None

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=body(request.url.path))

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        yield create_reader(Settings.load({"CLIENT_ID": APP_ID}), http, no_token)


def uploads(*names: str) -> list[Upload]:
    return [Upload(name, f"https://x.sharepoint.com/{name}", None, "") for name in names]


def problems(attached: Attached) -> list[Problem]:
    return [notice.problem for notice in attached.notices]


def now() -> float:
    return asyncio.get_running_loop().time()


async def test_files_of_one_user_do_not_delay_another(reader: AttachmentReader):
    flood = [asyncio.create_task(reader.read(uploads(*["picture-5"] * 10), user_id="Ada")) for _ in range(12)]
    await asyncio.sleep(1)

    begun = now()
    attached = await reader.read(uploads("text-0.1"), user_id="Grace")

    assert not attached.notices and now() - begun < 1
    for task in flood:
        task.cancel()


async def test_a_third_user_waits_for_one_file_at_most(reader: AttachmentReader):
    flood = [
        asyncio.create_task(reader.read(uploads(*["picture-5"] * 10), user_id=user))
        for user in ("Ada", "Alan")
        for _ in range(12)
    ]
    await asyncio.sleep(1)

    begun = now()
    attached = await reader.read(uploads("text-0.1"), user_id="Grace")

    assert not attached.notices and now() - begun <= 5.1
    for task in flood:
        task.cancel()


async def test_programs_are_two_whatever_they_read(reader: AttachmentReader, machine: Machine):
    kinds = ("picture-1", "pdf-1", "text-1")

    await asyncio.gather(*(reader.read(uploads(*kinds), user_id=str(user)) for user in range(5)))

    assert (machine.begun, machine.most) == (15, 2)


async def test_time_of_a_message_begins_with_its_first_place(reader: AttachmentReader):
    messages = [reader.read(uploads(*["picture-3"] * 10), user_id="Ada") for _ in range(4)]

    read = await asyncio.gather(*messages)

    assert now() == pytest.approx(120, abs=1)
    assert [len(attached.pictures) for attached in read] == [10] * 4


async def test_time_of_a_message_ends(reader: AttachmentReader):
    attached = await reader.read(uploads(*["picture-7"] * 10), user_id="Ada")

    assert now() == pytest.approx(60, abs=1)
    assert len(attached.pictures) == 8 and problems(attached) == [Problem.TOO_SLOW] * 2


@posix
@pytest.mark.parametrize("kind", ["picture", "pdf"])
async def test_slow_files_end_the_reading_of_a_message(reader: AttachmentReader, machine: Machine, kind: str):
    attached = await reader.read(uploads("text-0", *[f"{kind}-!-5"] * 9), user_id="Ada")

    assert len(attached.parts) == 10 and problems(attached) == [Problem.TOO_SLOW] * 9
    assert machine.begun == 3 and now() == pytest.approx(10, abs=1)


async def test_a_slow_file_leaves_the_others(reader: AttachmentReader):
    attached = await reader.read(uploads("picture-30", *["text-1"] * 5), user_id="Ada")

    assert now() < 60 and len(attached.parts) == 6
