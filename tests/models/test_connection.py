"""Connections to a model server that fail, as the log and the doctor name them."""

import asyncio
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
import trustme
from microsoft_teams.ai import UserMessage

from parley.models import describe_failed_connection, describe_for_log, open_model
from parley.settings import ModelSettings


async def failure_at(url: str, **settings: str) -> Exception:
    """Return the error of a request to a model at an address."""
    environment = {"OPENAI_API_KEY": "key", "OPENAI_MODEL": "m", "OPENAI_BASE_URL": url}
    async with open_model(ModelSettings.load(environment | settings)) as model:
        with pytest.raises(Exception) as caught:
            await model.generate_text(UserMessage("Hi"))
    return caught.value


@asynccontextmanager
async def listening(response: bytes = b"", tls: ssl.SSLContext | None = None) -> AsyncGenerator[str]:
    """Listen on a free port, answer each connection with the bytes and reset it. Gives host and port."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if response:
            await reader.read(100)
            writer.write(response)
            await writer.drain()
        writer.transport.abort()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=tls)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_a_refused_connection_is_called_that(port: int):
    error = await failure_at(f"http://127.0.0.1:{port}/v1")

    assert describe_for_log(error) == f"connection refused at http://127.0.0.1:{port}/v1"


async def test_the_other_api_and_azure_have_no_longer_address(port: int):
    url = f"http://127.0.0.1:{port}"
    azure = {
        "AZURE_OPENAI_ENDPOINT": url,
        "AZURE_OPENAI_API_KEY": "key",
        "AZURE_OPENAI_MODEL": "m",
        "AZURE_OPENAI_API_VERSION": "2024-10-21",
    }

    responses, at_azure = await failure_at(f"{url}/v1", OPENAI_API="responses"), await failure_at(url, **azure)

    assert describe_for_log(responses) == f"connection refused at {url}/v1"
    assert describe_for_log(at_azure) == f"connection refused at {url}/openai/deployments/m"


async def test_a_host_without_an_address_is_not_found():
    error = await failure_at("http://no-such-host.invalid/v1")

    assert describe_for_log(error) == "host not found at http://no-such-host.invalid/v1"


async def test_a_connection_that_is_reset_is_no_timeout():
    async with listening() as host:
        error = await failure_at(f"http://{host}/v1")

    described = describe_for_log(error)
    assert "imeout" not in described and "ssl" not in described


async def test_a_server_without_tls_is_named_with_the_reason():
    async with listening(b"HTTP/1.1 400 Bad Request\r\n\r\n") as host:
        error = await failure_at(f"https://{host}/v1")

    assert describe_for_log(error) == f"TLS failed (wrong version number) at https://{host}/v1"


async def test_a_certificate_that_nobody_trusts_is_called_that():
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(tls)
    async with listening(b"HTTP/1.1 200 OK\r\n\r\n", tls) as host:
        error = await failure_at(f"https://{host}/v1")

    assert describe_for_log(error) == (
        f"certificate not trusted (unable to get local issuer certificate) at https://{host}/v1"
    )


async def test_a_proxy_that_is_not_there_is_named(port: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{port}")

    error = await failure_at("http://model.example.com/v1")

    assert describe_for_log(error) == f"connection refused at the proxy 127.0.0.1:{port}"


async def test_a_proxy_that_refuses_is_named(monkeypatch: pytest.MonkeyPatch):
    async with listening(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n") as host:
        monkeypatch.setenv("HTTPS_PROXY", f"http://{host}")
        error = await failure_at("https://model.example.com/v1")

    assert describe_for_log(error) == "the proxy refused to connect to https://model.example.com/v1 (status 407)"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "127.0.0.2"])
async def test_a_model_of_this_machine_needs_no_proxy(host: str, port: int, monkeypatch: pytest.MonkeyPatch):
    async with listening(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n") as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://{proxy}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        error = await failure_at(f"http://{host}:{port}/v1")

    # Only the proxy responds: nothing listens at the URL.
    assert describe_failed_connection(error)


async def test_a_connection_that_was_made_is_no_failed_one():
    async with listening(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n") as host:
        error = await failure_at(f"http://{host}/v1")

    assert describe_failed_connection(error) is None
