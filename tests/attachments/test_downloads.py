"""Downloads of attachments: their hosts, the token that is sent, their size, and their time."""

import asyncio
import gzip
import logging
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import nullcontext
from pathlib import Path

import httpx
import pytest
import trustme
from microsoft_teams.api import MessageActivity

from doubles.bot import Bot, attached_file, pasted_picture, run_bot
from doubles.connector import Connector
from doubles.entra import Entra
from doubles.file_server import FileServer
from doubles.files import picture
from doubles.key_server import APP_ID, KeyServer, token_for
from doubles.lines import line
from doubles.model_server import ModelServer
from doubles.server import serving
from parley.attachments import create_download_client, create_reader, uploads_of
from parley.settings import Settings

pytestmark = pytest.mark.process

GONE = line("attachment-not-downloaded", names="`notes.txt`")
PICTURE_GONE = line("attachment-not-downloaded", names="`picture`")


@pytest.fixture
async def elsewhere() -> AsyncIterator[FileServer]:
    """Another server. The bot may not download pictures from it."""
    double = FileServer()
    async with serving(double.app) as double.url:
        yield double


@pytest.fixture
async def known(
    environment: dict[str, str],
    connector: Connector,
    key_server: KeyServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Bot]:
    """A bot with a token, which the connector requires."""
    authority, certificate = trustme.CA(), tmp_path / "server.pem"
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(certificate)
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "authority.pem"))
    entra = Entra("secret-of-the-tests")
    connector.token = entra.token
    del environment["DANGEROUSLY_ALLOW_UNAUTHENTICATED_REQUESTS"]
    async with (
        serving(entra.app, certificate=certificate) as entra.url,
        run_bot(
            environment
            | {
                "CLIENT_ID": APP_ID,
                "CLIENT_SECRET": entra.secret,
                "TENANT_ID": "tenant",
                "OPENID_METADATA_URL": key_server.metadata_url,
                "LOGIN_ENDPOINT": entra.url,
                "ALLOWED_SERVICE_HOSTS": "127.0.0.1",
                "ALLOWED_FILE_HOSTS": "127.0.0.1",
            },
            connector,
        ) as bot,
    ):
        yield bot


async def no_token() -> str | None:
    return None


async def ahoy() -> AsyncIterator[bytes]:
    yield b"Ahoy"


async def show(bot: Bot, *attachments: dict[str, object]) -> str:
    """Send a message with attachments and a genuine token, and return the reply."""
    message = bot.personal().message("") | {"attachments": list(attachments)}
    response = await bot.post(message, token=token_for(bot))
    assert response.status_code == 200, response.text
    return bot.connector.messages[-1].text


class TestToken:
    async def test_is_sent_to_the_connector_for_a_pasted_picture(
        self, known: Bot, connector: Connector, model: ModelServer
    ):
        url = connector.paste(picture("PNG"))

        assert await show(known, pasted_picture(url)) == "OK."

        assert connector.picture_requests == [f"Bearer {connector.token}"]
        assert model.last["messages"][-1]["content"][1]["type"] == "image_url"

    async def test_is_not_sent_to_file_hosts(self, known: Bot, files: FileServer):
        url = files.put("notes.txt", b"Ahoy")

        assert await show(known, attached_file(url, "notes.txt")) == "OK."

        [request] = files.requests
        assert "authorization" not in request.headers

    async def test_does_not_leak_to_a_picture_on_another_host(
        self, known: Bot, elsewhere: FileServer, model: ModelServer
    ):
        reply = await show(known, pasted_picture(elsewhere.put("x.png", picture("PNG"))))

        assert reply == PICTURE_GONE
        assert not elsewhere.requests and not model.requests

    async def test_does_not_leak_by_a_redirect(self, known: Bot, connector: Connector, elsewhere: FileServer):
        connector.redirects["away"] = elsewhere.put("x.png", picture("PNG"))

        reply = await show(known, pasted_picture(f"{connector.url}/v3/attachments/away/views/original"))

        assert reply == PICTURE_GONE
        assert connector.picture_requests and not elsewhere.requests

    @pytest.mark.parametrize(
        "url",
        [
            "http://127.0.0.1@elsewhere.example/x.png",
            "https://elsewhere.example/x.png",
            "http://elsewhere.example\\@127.0.0.1/x.png",
            "//elsewhere.example/x.png",
            "file:///etc/passwd",
            "/v3/attachments/1/views/original",
            "http://[",
            "http://127.0.0.1:99999/x.png",
            "",
        ],
    )
    async def test_does_not_leak_to_a_url_that_only_looks_alike(
        self, known: Bot, key_server: KeyServer, url: str, monkeypatch: pytest.MonkeyPatch
    ):
        asked: list[str] = []
        send = httpx.AsyncHTTPTransport.handle_async_request

        async def watch(transport: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
            if not str(request.url).startswith(key_server.url):  # the gate may be fetching keys
                asked.append(str(request.url))
            return await send(transport, request)

        monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", watch)

        assert await show(known, pasted_picture(url)) == PICTURE_GONE

        assert asked == [f"{known.url}/api/messages"]  # the test's own request


class TestPlace:
    @pytest.mark.parametrize(
        ("settings", "url", "is_allowed"),
        [
            ({}, "https://contoso.sharepoint.com/x", True),
            ({}, "https://contoso-my.sharepoint.com/personal/ada/_layouts/15/download.aspx?tempauth=1", True),
            ({}, "https://contoso.sharepoint.com:444/x", True),
            ({}, "http://contoso.sharepoint.com/x", False),
            ({}, "https://contoso.sharepoint.com:99999/x", False),
            ({}, "https://contoso.sharepoint.com:0/x", False),
            ({}, "data:text/plain;base64,QWhveQ==", False),
            ({}, "https://sharepoint.com.example.com/x", False),
            ({}, "https://evilsharepoint.com/x", False),
            ({}, "https://user:pass@contoso.sharepoint.com/x", False),
            ({}, "https://contoso.sharepoint.us/x", False),
            ({}, "https://127.0.0.1/x", False),
            ({}, "http://169.254.169.254/metadata", False),
            ({"CLOUD": "USGov"}, "https://contoso.sharepoint.us/x", True),
            ({"CLOUD": "USGov"}, "https://contoso.sharepoint.com/x", False),
            ({"CLOUD": "USGovDoD"}, "https://contoso.sharepoint-mil.us/x", True),
            ({"CLOUD": "China"}, "https://contoso.sharepoint.cn/x", True),
            ({"ALLOWED_FILE_HOSTS": "files.example,*.more.example"}, "https://files.example/x", True),
            ({"ALLOWED_FILE_HOSTS": "files.example,*.more.example"}, "https://a.more.example/x", True),
            ({"ALLOWED_FILE_HOSTS": "files.example"}, "https://contoso.sharepoint.com/x", False),
        ],
    )
    async def test_of_a_file_must_be_a_trusted_host(
        self, bot: Bot, settings: dict[str, str], url: str, is_allowed: bool
    ):
        asked: list[httpx.URL] = []

        def answer(request: httpx.Request) -> httpx.Response:  # in place of SharePoint
            asked.append(request.url)
            return httpx.Response(200, content=ahoy())

        message = bot.personal().message("") | {"attachments": [attached_file(url, "notes.txt")]}
        uploads = uploads_of(MessageActivity.model_validate(message))

        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
            reader = create_reader(Settings.load({"CLIENT_ID": APP_ID} | settings), http, no_token)
            attached = await reader.read(uploads, user_id="Ada")

        assert attached.is_unreadable == (not is_allowed)
        assert asked == ([httpx.URL(url)] if is_allowed else [])

    async def test_of_a_file_may_redirect_to_another_trusted_host(
        self, bot: Bot, files: FileServer, elsewhere: FileServer, model: ModelServer
    ):
        url = files.redirect("notes.txt", to=elsewhere.put("moved.txt", b"Ahoy"))

        assert await bot.personal().show("", attached_file(url, "notes.txt")) == "OK."

        assert "Ahoy" in model.messages()[-1][1]

    @pytest.mark.parametrize(
        "to",
        [
            "https://elsewhere.example/x",
            "http://169.254.169.254/metadata",
            "file:///etc/passwd",
            "http://[",
            "http://127.0.0.1:99999/x",
        ],
    )
    async def test_of_a_file_may_not_redirect_to_an_untrusted_host(
        self, bot: Bot, files: FileServer, model: ModelServer, to: str
    ):
        url = files.redirect("notes.txt", to=to)

        assert await bot.personal().show("", attached_file(url, "notes.txt")) == GONE

        assert len(files.requests) == 1 and not model.requests

    async def test_of_a_file_may_not_redirect_forever(self, bot: Bot, files: FileServer):
        url = files.redirect("notes.txt", to=f"{files.url}/notes.txt")

        assert await bot.personal().show("", attached_file(url, "notes.txt")) == GONE

        assert len(files.requests) == 4


class TestBounds:
    async def test_of_size_hold_whatever_the_server_declares(
        self, environment: dict[str, str], connector: Connector, files: FileServer, model: ModelServer
    ):
        url = files.put_endless("notes.txt")

        async with run_bot(environment | {"MAX_FILE_BYTES": "100000"}, connector) as bot:
            reply = await bot.personal().show("", attached_file(url, "notes.txt"))

        assert reply == line("attachment-too-large", names="`notes.txt`")
        assert 100_000 < files.sent < 20_000_000  # what the network holds included
        assert not model.requests

    @pytest.mark.parametrize(("size", "is_read"), [(10_000, True), (10_001, False)])
    async def test_of_size_are_set_by_the_operator(
        self, environment: dict[str, str], connector: Connector, files: FileServer, size: int, is_read: bool
    ):
        url = files.put("notes.txt", b"a" * size)

        async with run_bot(environment | {"MAX_FILE_BYTES": "10000"}, connector) as bot:
            reply = await bot.personal().show("", attached_file(url, "notes.txt"))

        assert (reply == "OK.") == is_read

    async def test_of_size_hold_for_data_urls(self, environment: dict[str, str], connector: Connector):
        url = f"data:image/png;base64,{b64encode(bytes(10_001)).decode()}"

        async with run_bot(environment | {"MAX_FILE_BYTES": "10000"}, connector) as bot:
            reply = await bot.personal().show("", pasted_picture(url))

        assert reply == line("attachment-too-large", names="`picture`")

    async def test_of_size_hold_for_compressed_content(self, bot: Bot, files: FileServer):
        url = files.put("notes.txt", gzip.compress(bytes(1000)), content_encoding="gzip")

        assert await bot.personal().show("", attached_file(url, "notes.txt")) == GONE

        assert files.requests[0].headers["accept-encoding"] == "identity"

    @pytest.mark.parametrize(("pause", "is_read"), [(29, True), (31, False)])
    async def test_of_time_hold_for_the_whole_download(self, bot: Bot, files: FileServer, pause: float, is_read: bool):
        url = files.put_slow("notes.txt", b"Ahoy", pause)
        begun_at = asyncio.get_running_loop().time()

        reply = await bot.personal().show("", attached_file(url, "notes.txt"))

        assert reply == ("OK." if is_read else GONE)
        assert asyncio.get_running_loop().time() - begun_at < 35


class TestSideBySide:
    async def test_are_at_most_eight_downloads_in_all(self, bot: Bot, files: FileServer, model: ModelServer):
        url = files.put_slow("notes.txt", b"Ahoy", 5)
        people = [bot.personal(f"personal-{number}", f"Person {number}") for number in range(10)]
        messages = [each.message("Hi") | {"attachments": [attached_file(url, "notes.txt")]} for each in people]

        turns = [asyncio.create_task(bot.post(message)) for message in messages]
        await asyncio.sleep(4)

        assert len(files.requests) == 8
        await asyncio.gather(*turns)
        assert len(model.requests) == 10

    async def test_are_at_most_four_downloads_of_one_message(self, bot: Bot, files: FileServer):
        urls = [files.put_slow(f"{number}.txt", b"Ahoy", 5) for number in range(6)]

        turn = asyncio.create_task(bot.personal().show("Hi", *(attached_file(url, "notes.txt") for url in urls)))
        await asyncio.sleep(4)

        assert len(files.requests) == 4
        assert await turn == "OK."

    async def test_share_one_minute(self, bot: Bot, files: FileServer, model: ModelServer):
        names = [f"{number}.txt" for number in range(10)]
        urls = [files.put_slow(name, b"Ahoy", 29) for name in names]
        begun_at = asyncio.get_running_loop().time()

        reply = await bot.personal().show("Hi", *map(attached_file, urls, names))

        assert reply == "OK.\n\n" + line("attachment-too-slow", names="`8.txt`, `9.txt`")
        assert model.messages()[-1][1].count("Ahoy") == 8
        assert asyncio.get_running_loop().time() - begun_at < 65


class TestProxy:
    @pytest.mark.parametrize(
        ("url", "is_asked"),
        [
            ("http://127.0.0.1:1/x", False),
            ("http://localhost:1/x", False),
            ("http://[::1]:1/x", False),
            ("http://files.example/x", True),
        ],
    )
    async def test_is_not_used_for_this_machine(
        self, files: FileServer, monkeypatch: pytest.MonkeyPatch, url: str, is_asked: bool
    ):
        monkeypatch.setenv("HTTP_PROXY", files.url)
        monkeypatch.delenv("NO_PROXY", raising=False)

        # Only the proxy responds: nothing listens at the URLs.
        with nullcontext() if is_asked else pytest.raises(httpx.ConnectError):
            async with create_download_client() as http:
                await http.get(url)


class TestDownload:
    @pytest.mark.parametrize("status", [204, 304, 401, 403, 404, 410, 500])
    async def test_that_is_refused_is_reported(self, bot: Bot, files: FileServer, model: ModelServer, status: int):
        url = files.refuse("notes.txt", status)

        assert await bot.personal().show("", attached_file(url, "notes.txt")) == GONE

        assert not model.requests

    async def test_that_breaks_off_or_cannot_connect_is_reported(self, bot: Bot):
        async with serving(FileServer().app) as url:
            pass  # the server has stopped

        assert await bot.personal().show("", attached_file(f"{url}/notes.txt", "notes.txt")) == GONE

    async def test_keeps_no_cookie_for_the_next_one(self, bot: Bot, files: FileServer):
        for name in ("a.txt", "b.txt"):
            await bot.personal().show("", attached_file(files.put(name, b"Ahoy"), name))

        assert len(files.requests) == 2
        assert not any("cookie" in request.headers for request in files.requests)

    async def test_leaves_no_url_in_the_log(self, bot: Bot, files: FileServer, caplog: pytest.LogCaptureFixture):
        caplog.set_level(logging.INFO)

        await bot.personal().show("", attached_file(files.refuse("notes.txt", 403), "notes.txt"))

        ours = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("parley"))
        assert "Download failed: 127.0.0.1 answered 403" in ours
        assert "tempauth" not in ours

    async def test_that_takes_long_shows_a_status_before_the_answer(
        self, bot: Bot, connector: Connector, files: FileServer, model: ModelServer
    ):
        url = files.put_slow("notes.txt", b"Ahoy", 5)
        model.speaks("Hello ", 2.0, "there.")

        await bot.personal().show("", attached_file(url, "notes.txt"))

        assert [step.text for step in connector.steps] == [line("thinking"), "Hello "]
        [bubble] = connector.bubbles()
        assert bubble.text == "Hello there."

    async def test_that_the_user_stops_leads_to_no_answer(
        self, bot: Bot, connector: Connector, files: FileServer, model: ModelServer
    ):
        url = files.put_slow("notes.txt", b"Ahoy", 5)
        turn = asyncio.create_task(
            bot.post(bot.personal().message("Hi") | {"attachments": [attached_file(url, "notes.txt")]})
        )
        await connector.first_step.wait()
        connector.press_stop("personal-1")
        await turn

        assert connector.bubbles()[0].text == line("thinking") and not connector.messages
