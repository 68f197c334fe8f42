"""Connections without a request, which all servers on the internet receive."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse

from parley import connection_limits
from parley.serving import listen, new_server

HEADER = b"GET /ok HTTP/1.1\r\nHost: localhost\r\n"
REQUEST = HEADER + b"\r\n"


@pytest.fixture
async def port() -> AsyncIterator[int]:
    app = FastAPI(openapi_url=None)

    @app.get("/ok")
    async def answer() -> PlainTextResponse:
        return PlainTextResponse("fine")

    @app.get("/slow")
    async def answer_slowly() -> PlainTextResponse:
        await asyncio.sleep(60)
        return PlainTextResponse("at last")

    @app.get("/large")
    async def answer_at_length() -> PlainTextResponse:
        return PlainTextResponse("x" * 20_000_000)

    @app.post("/body")
    async def read(request: Request) -> PlainTextResponse:
        return PlainTextResponse(str(len(await request.body())))

    # Step by step: the server's own loop wakes up ten times a second.
    server = new_server(app, grace=1)
    server.config.load()
    server.lifespan = server.config.lifespan_class(server.config)
    with listen("127.0.0.1", 0) as listener:
        await server.startup(sockets=[listener])
        await server.on_tick(0)
        yield listener.getsockname()[1]
        await server.shutdown(sockets=[listener])


class Client:
    """A connection to the server for any bytes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def response(self) -> str:
        header = await self.reader.readuntil(b"\r\n\r\n")
        length = int(header.lower().partition(b"content-length:")[2].split()[0])
        return (await self.reader.readexactly(length)).decode()

    async def closed(self) -> float:
        """The seconds until the server closes the connection."""
        begin = asyncio.get_running_loop().time()
        try:
            while await self.reader.read(100_000):
                pass
        except ConnectionResetError:
            pass
        return asyncio.get_running_loop().time() - begin


@asynccontextmanager
async def connected(port: int) -> AsyncGenerator[Client]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Client(reader, writer)
    finally:
        writer.close()


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"\r\n",
        b"GET",
        HEADER,
        b"POST /nothing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\nx",
        b"POST /body HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: websocket\r\n",
        REQUEST + HEADER,
        REQUEST + b"\r\n",
        b"nonsense\r\n\r\n",
    ],
)
async def test_a_connection_without_a_request_is_closed(port: int, sent: bytes):
    async with connected(port) as client:
        client.send(sent)

        assert await client.closed() < (76 if sent == REQUEST + b"\r\n" else 11)


@pytest.mark.parametrize(
    "beginning", [b"GET /ok HTTP/1.1\r\n", b"POST /nothing HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n"]
)
async def test_a_byte_now_and_then_gains_no_time(port: int, beginning: bytes):
    async with connected(port) as client:

        async def drip() -> None:
            while True:
                client.send(b"a")
                await asyncio.sleep(3)

        client.send(beginning)
        dripping = asyncio.create_task(drip())
        seconds = await client.closed()
        dripping.cancel()

    assert seconds < 11


async def test_a_client_that_does_not_read_is_left(port: int):
    async with connected(port) as client:
        client.send(b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await asyncio.sleep(15)
        received = b""
        try:
            while piece := await client.reader.read(1_000_000):
                received += piece
        except ConnectionResetError:
            pass

    assert len(received) < 20_000_000


async def test_an_answer_may_take_its_time(port: int):
    async with connected(port) as client:
        client.send(b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n")

        assert await client.response() == "at last"


async def test_a_connection_is_kept_for_the_next_request(port: int):
    async with connected(port) as client:
        client.send(REQUEST)
        first = await client.response()
        await asyncio.sleep(60)
        client.send(REQUEST)

        assert (first, await client.response()) == ("fine", "fine")
        assert 74 < await client.closed() < 76


async def test_a_new_connection_takes_the_place_of_an_idle_one(port: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(connection_limits, "max_connections", lambda: 5)
    async with connected(port) as busy:
        busy.send(b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await asyncio.sleep(1)
        idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(20)]
        async with connected(port) as client:
            client.send(REQUEST)

            assert await client.response() == "fine"
        assert await busy.response() == "at last"
    for _, writer in idle:
        writer.close()


async def test_responses_have_the_headers_of_a_hardened_server(port: int):
    async with connected(port) as client:
        client.send(REQUEST)
        header = (await client.reader.readuntil(b"\r\n\r\n")).decode().lower()

    assert "x-content-type-options: nosniff" in header and "content-security-policy: default-src 'none'" in header
    assert "cache-control: no-store" in header and "uvicorn" not in header
