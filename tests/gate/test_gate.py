"""The gate: requests that are accepted, ignored, and refused."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from typing import Any, ClassVar

import httpx
import pytest
from fastapi import FastAPI
from microsoft_teams.apps.http import HttpRequest, HttpResponse

from doubles.bot import BOT_ID, Bot, joining, run_bot
from doubles.connector import Connector
from doubles.key_server import KeyServer, token_for
from doubles.lines import line
from doubles.model_server import ModelServer
from parley.gate import Gate
from parley.gate.refusals import Refused
from parley.gate.service_hosts import CONNECTOR_HOSTS, check_service_url
from parley.http import LOOPBACK
from parley.limits import Tenants

Json = dict[str, Any]

EVERYBODY = Tenants(frozenset())

OURS, THEIRS, OTHERS = (f"{letter * 8}-0000-4000-8000-{letter * 12}" for letter in "abc")


def mention(id: str, name: str) -> Json:
    return {"type": "mention", "mentioned": {"id": id, "name": name}, "text": f"<at>{name}</at>"}


async def post(bot: Bot, body: Any, *, content_type: str | None = "application/json") -> httpx.Response:
    """Post a body without changes."""
    headers = {"content-type": content_type} if content_type else {}
    return await bot.http.post(f"{bot.url}/api/messages", content=body, headers=headers)


class TestHeaders:
    @pytest.mark.parametrize(
        "content_type",
        [
            None,
            "text/plain",
            "text/json",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/json; charset=utf-16",
            "application/json; charset=latin-1",
            "application/json; charset*=%00''x",
            "application/json; " + "; x=" * 10_000,
            "application",
            ";;;",
        ],
    )
    async def test_another_content_type_than_json_is_refused(self, bot: Bot, content_type: str | None):
        response = await post(bot, json.dumps(joining(bot)), content_type=content_type)

        assert response.status_code == 415

    @pytest.mark.parametrize(
        "content_type", ["application/json; charset=utf-8", 'Application/JSON ;charset="UTF-8"', "application/json;"]
    )
    async def test_json_may_name_its_charset(self, bot: Bot, content_type: str):
        response = await post(bot, json.dumps(joining(bot)), content_type=content_type)

        assert response.status_code == 200

    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD", "OPTIONS"])
    async def test_another_method_than_post_is_refused(self, bot: Bot, method: str):
        assert (await bot.http.request(method, f"{bot.url}/api/messages")).status_code == 405

    async def test_no_other_path_is_served(self, bot: Bot):
        assert (await bot.http.post(f"{bot.url}/api/functions/any", json={})).status_code == 404


class TestSize:
    async def test_a_large_body_is_refused(self, bot: Bot):
        response = await bot.post(bot.personal().message("x" * 2_000_000))

        assert response.status_code == 413

    async def test_a_body_is_measured_whatever_its_header_declares(self, bot: Bot):
        async def chunks() -> AsyncIterator[bytes]:
            for _ in range(200):
                yield b" " * 10_000

        response = await post(bot, chunks())

        assert "content-length" not in response.request.headers
        assert response.status_code == 413

    async def test_the_longest_message_of_teams_passes(self, bot: Bot, model: ModelServer):
        text = "ü" * 50_000
        attachment = {"contentType": "text/html", "content": text}
        in_json = json.dumps(bot.personal().message(text) | {"attachments": [attachment]})
        response = await post(bot, in_json)
        await bot.until_idle()

        assert len(in_json) > 600_000
        assert response.status_code == 200


class TestJson:
    @pytest.mark.parametrize(
        "body",
        [
            pytest.param(b"", id="nothing"),
            pytest.param(b"{", id="half an object"),
            pytest.param(b"[]", id="a list"),
            pytest.param(b"null", id="null"),
            pytest.param(b"17", id="a number"),
            pytest.param(b'"text"', id="a text"),
            pytest.param(b"type=message", id="a form"),
            pytest.param(b'{"type": NaN}', id="NaN"),
            pytest.param(b'{"type": -Infinity}', id="Infinity"),
            pytest.param(b'{"type": 1e999}', id="a number beyond all"),
            pytest.param(b'{"type": ' + b"9" * 5000 + b"}", id="a number of many digits"),
            pytest.param(b'{"type": "\xff"}', id="not UTF-8"),
            pytest.param('{"type": "message"}'.encode("utf-16"), id="UTF-16"),
            pytest.param(b"[" * 100_000, id="lists without an end"),
            pytest.param(b'{"a":' * 100_000 + b"1" + b"}" * 100_000, id="objects in objects"),
            pytest.param(b"[" * 900 + b"]" * 900, id="lists in lists"),
            pytest.param(b"\x1f\x8b\x08\x00", id="compressed"),
        ],
    )
    async def test_garbage_is_refused(self, bot: Bot, body: bytes):
        response = await post(bot, body)

        assert response.status_code == 400
        assert response.json().keys() == {"error"}

    @pytest.mark.parametrize(
        "value",
        ['{"a":[' * 200 + "]}" * 200, "1e999", "9" * 5000, f"[{'{},' * 200_000}1]"],
        ids=["deep", "a number beyond all", "many digits", "much"],
    )
    async def test_what_is_too_large_to_be_held_is_left_out(self, bot: Bot, connector: Connector, value: str):
        body = json.dumps(bot.personal().message("Hi"))[:-1]

        response = await post(bot, f'{body}, "value": {value}}}')
        await bot.until_idle()

        assert response.status_code == 200
        assert [sent.text for sent in connector.messages] == ["OK."]

    async def test_the_last_of_two_equal_names_decides_everywhere(self, bot: Bot):
        body = json.dumps(joining(bot))[:-1]

        refused = await post(bot, f'{body}, "serviceUrl": "https://elsewhere.example"}}')
        let_in = await post(bot, f'{{"serviceUrl": "https://elsewhere.example", {body[1:]}}}')

        assert (refused.status_code, let_in.status_code) == (403, 200)

    async def test_characters_that_cannot_be_stored_are_replaced(self, bot: Bot, model: ModelServer):
        message = bot.personal().message("half \ud83d of an emoji, and \0")
        response = await post(bot, json.dumps(message))
        await bot.until_idle()

        assert response.status_code == 200
        assert "half \ufffd of an emoji, and \ufffd" in json.dumps(model.requests[-1], ensure_ascii=False)


class TestShape:
    @pytest.mark.parametrize("value", [None, 17, "", [], {}, True], ids=repr)
    @pytest.mark.parametrize(
        "path",
        ["type", "serviceUrl", "conversation", "conversation.id", "from", "from.id", "recipient", "recipient.id"],
    )
    async def test_an_activity_without_a_required_field_is_refused(self, bot: Bot, path: str, value: Any):
        activity = joining(bot)
        *parents, name = path.split(".")
        place: Any = activity
        for parent in parents:
            place[parent] = dict(place[parent])
            place = place[parent]
        place[name] = value

        expected = 403 if (path, value) == ("serviceUrl", "") else 400
        assert (await bot.post(activity)).status_code == expected

    @pytest.mark.parametrize(
        "changed",
        [
            {"textFormat": "new"},
            {"from": {"id": "29:ada", "name": "Ada", "type": "new"}},
            {"channelData": {"channel": {"id": "19:general", "type": "new"}, "team": {"teamType": "new"}}},
            {"entities": [{"type": "mention", "mentioned": {"id": "19:all", "name": "Everyone", "type": "new"}}]},
        ],
        ids=json.dumps,
    )
    async def test_a_message_with_an_unknown_value_is_answered(self, bot: Bot, connector: Connector, changed: Json):
        message = bot.personal().message("Hi") | changed

        assert (await bot.post(message)).status_code == 200
        assert [sent.text for sent in connector.messages] == ["OK."]

        await bot.personal().edit(message, "Hello")
        assert len(connector.messages) == 2

    @pytest.mark.parametrize(
        "changed",
        [
            {"id": None},
            {"id": {}},
            {"conversation": {"id": "x" * 1000}},
            {"conversation": {"id": "../../secret"}},
            {"conversation": {"id": "a/../../secret"}},
            {"conversation": {"id": "a/%2e%2E%2fsecret"}},
            {"conversation": {"id": "..;/secret"}},
            {"conversation": {"id": ".."}},
            {"conversation": {"id": "a?x="}},
            {"conversation": {"id": "a#"}},
            {"conversation": {"id": "a\\b"}},
            {"conversation": {"id": "a\nb"}},
            {"id": "../1"},
        ],
        ids=json.dumps,
    )
    async def test_a_message_with_a_wrong_required_part_is_refused(self, bot: Bot, connector: Connector, changed: Json):
        response = await bot.post(bot.personal().message("Hi") | changed)

        assert response.status_code == 400
        assert not connector.sent

    @pytest.mark.parametrize("name", ["attachments", "entities", "unheardof"])
    async def test_a_message_behind_too_many_values_is_answered(
        self, bot: Bot, connector: Connector, model: ModelServer, name: str
    ):
        values = [{"type": "x", "values": [0] * 100} for _ in range(200)]

        assert (await bot.post({name: values} | bot.personal().message("Hi") | {name: values})).status_code == 200
        assert [sent.text for sent in connector.messages] == ["OK."]
        assert model.messages()[-1] == ("user", "Hi")

    @pytest.mark.parametrize(
        "changed",
        [
            {"attachments": "none"},
            {"attachments": [None]},
            {"textFormat": 17},
            {"entities": ["x", None, {}, {"type": None}, {"type": "mention", "mentioned": 17}]},
            {"entities": [{"type": "mention", "mentioned": {"name": "x"}}, {"type": "streaminfo"}]},
            {"entities": [{"type": "https://schema.org/Message", "@type": "Message", "citation": [{"x": 1}]}]},
            {"conversation": {"id": "personal-1", "isGroup": "perhaps"}},
            {"channelData": "teams"},
            {"channelData": {"team": {"id": "../../../admin/secrets#"}, "meeting": {"id": None}}},
            {"channelData": {"onBehalfOf": [{}], "tenant": {"id": 5}}},
            {"reply_to_id": 17},
            {"channelId": 17},
            {"locale": 5},
            {"localTimestamp": "yesterday"},
            {"replyToId": "x" * 1000},
            {"suggestedActions": {"actions": [{"type": "foo"}]}},
            {"timestamp": "soon"},
            {"service_url": 17},
        ],
        ids=json.dumps,
    )
    async def test_a_message_with_an_unreadable_part_is_answered(
        self, bot: Bot, connector: Connector, model: ModelServer, caplog: pytest.LogCaptureFixture, changed: Json
    ):
        caplog.set_level(logging.INFO)
        message = bot.personal().message("Hi") | changed

        assert (await bot.post(message)).status_code == 200
        assert [sent.text for sent in connector.messages] == ["OK."]
        assert model.messages()[-1] == ("user", "Hi")
        lines = [record.getMessage() for record in caplog.records if record.name == "parley.gate.gate"]
        assert len(lines) == 1 and "Left out" in lines[0] and "message" in lines[0]

    async def test_an_edit_with_an_unreadable_part_is_answered(self, bot: Bot, connector: Connector):
        message = bot.personal().message("Hi") | {"suggestedActions": 17, "entities": [None], "timestamp": 5}

        await bot.post(message)
        await bot.personal().edit(message, "Hello")

        assert [sent.text for sent in connector.messages] == ["OK.", "OK."]

    async def test_a_number_is_taken_for_its_digits(self, bot: Bot, model: ModelServer):
        response = await bot.post(bot.personal().message("") | {"id": 17, "text": 42})

        assert response.status_code == 200
        assert model.messages()[-1] == ("user", "42")

    @pytest.mark.parametrize("text", [{"a": "b"}, [], True])
    async def test_an_unreadable_text_gets_the_line_for_no_question(
        self, bot: Bot, connector: Connector, model: ModelServer, text: Any
    ):
        response = await bot.post(bot.personal().message("") | {"text": text})

        assert response.status_code == 200
        assert [sent.text for sent in connector.messages] == [line("no-question")]
        assert not model.requests

    @pytest.mark.parametrize(
        "changed",
        [
            {"from": {"id": "28:other", "name": "Another bot"}},
            {"from": {"id": "other", "name": "Another bot", "role": "bot"}},
            {"from": {"id": "other", "name": "Another bot", "type": "bot"}},
            {"from": {"id": BOT_ID, "name": "Parley"}},
        ],
        ids=json.dumps,
    )
    @pytest.mark.parametrize("place", ["personal", "group"])
    async def test_a_message_of_a_bot_is_not_answered(
        self, bot: Bot, connector: Connector, model: ModelServer, changed: Json, place: str
    ):
        conversation = bot.group() if place == "group" else bot.personal()
        message = conversation.message("<at>Parley</at> Hi", mentions={"Parley": BOT_ID}) | changed

        assert (await bot.post(message)).status_code == 200
        assert (await conversation.edit(message, "Hello")).status_code == 200
        assert not connector.sent and not model.requests

    @pytest.mark.parametrize(
        "changed",
        [
            {"text": "lunch, anybody?"},
            {"text": "<at>Megan</at> lunch?", "entities": [mention("29:megan", "Megan")]},
            {
                "text": "<at id='0'>A &amp; B</at> lunch?",
                "entities": [mention("29:ab", "A & B"), {"type": "clientInfo"}],
            },
            {"text": "", "attachments": [{"contentType": "text/html", "content": "<p>lunch, anybody?</p>"}]},
        ],
        ids=json.dumps,
    )
    async def test_who_does_not_ask_the_bot_gets_no_answer(
        self, bot: Bot, connector: Connector, model: ModelServer, changed: Json
    ):
        assert (await bot.post(bot.group().message("") | changed)).status_code == 200
        assert not connector.sent and not model.requests

    @pytest.mark.parametrize(
        "changed",
        [
            {"text": "<at id='0'>Parley</at> Hi", "entities": []},
            {"text": "Hi", "entities": [mention(BOT_ID, "Parley")]},
            {"text": "<at>Parley</at> Hi", "entities": [{"type": "mention", "mentioned": {"name": "Parley"}}]},
            {"text": "<at>Parley</at> Hi", "entities": [mention("29:parley", "Parley")]},
            {"text": "Hi", "entities": None},
            {"attachments": [{"contentType": "text/html", "content": "<p><at id='0'>Parley</at> Hi</p>"}]},
        ],
        ids=json.dumps,
    )
    async def test_who_may_have_asked_the_bot_gets_an_answer(self, bot: Bot, connector: Connector, changed: Json):
        assert (await bot.post(bot.group().message("") | changed)).status_code == 200
        assert [sent.text for sent in connector.messages] == ["OK."]

    @pytest.mark.parametrize(
        "changed",
        [
            {"type": "somethingNew"},
            {"type": "endOfConversation", "code": "completedSuccessfully"},
            {"type": "contactRelationUpdate", "action": "add"},
            {"type": "installationUpdate", "action": "add-upgrade"},
            {"type": "installationUpdate", "action": "remove-upgrade"},
            {"type": "event", "name": "application/vnd.microsoft.somethingNew", "value": {}},
            {"type": "event"},
            {"type": "invoke", "name": "somethingNew/submit", "value": {}},
            {"type": "invoke", "name": 17},
            {"type": "messageUpdate", "channelData": {"tenant": {"id": "t"}}},
            {"type": "messageReaction", "reactionsAdded": "like"},
            {"type": "invoke", "name": "signin/verifyState", "value": {"state": "123456"}},
            {
                "type": "invoke",
                "name": "signin/tokenExchange",
                "value": {"id": "1", "connectionName": "c", "token": "t"},
            },
            {"type": "invoke", "name": "SignIn/somethingNew", "value": {}},
        ],
        ids=json.dumps,
    )
    async def test_an_unknown_activity_is_acknowledged(
        self, bot: Bot, connector: Connector, caplog: pytest.LogCaptureFixture, changed: Json
    ):
        caplog.set_level(logging.INFO)
        response = await bot.post(bot.personal().message("a text of somebody's") | changed)

        assert (response.status_code, response.content) == (200, b"")
        assert not connector.sent
        [line] = [record.getMessage() for record in caplog.records if record.name == "parley.gate.gate"]
        assert changed["type"] in line
        assert "somebody" not in caplog.text

    async def test_an_activity_cannot_write_its_own_log_lines(self, bot: Bot, caplog: pytest.LogCaptureFixture):
        caplog.set_level(logging.INFO)
        await bot.post(joining(bot, type="new\nERROR all is lost"))

        assert "all is lost" not in caplog.text


class TestServiceUrl:
    @pytest.mark.parametrize(
        "url",
        [
            "https://elsewhere.example",
            "https://smba.trafficmanager.net/teams",  # without tokens only the loopback is allowed
            "http://127.0.0.1@elsewhere.example",
            "http://127.0.0.1:80@elsewhere.example/",
            "http://127.0.0.1\\@elsewhere.example",
            "http://user:password@127.0.0.1/",
            "http://127.0.0.1.elsewhere.example",
            "http://localhost.elsewhere.example",
            "//elsewhere.example",
            "elsewhere.example",
            "ftp://127.0.0.1",
            "file:///etc/passwd",
            "http://[::1",
            "http://127.0.0.1:99999",
            "http://127.0.0.1:0",
            "http://\0127.0.0.1",
            "http://127.0.0.1/admin?x=",
            "http://127.0.0.1/#",
            "http:///",
            " ",
        ],
    )
    async def test_the_bot_never_sends_to_another_host(self, bot: Bot, connector: Connector, url: str):
        response = await bot.post(bot.personal().message("Hi") | {"serviceUrl": url})

        assert response.status_code == 403
        assert not connector.sent

    async def test_another_spelling_of_the_field_changes_nothing(self, bot: Bot, connector: Connector):
        message = bot.personal().message("Hi") | {"service_url": "http://127.0.0.1:9"}

        assert (await bot.post(message)).status_code == 200
        assert connector.messages

    @pytest.mark.parametrize(
        ("cloud", "url"),
        [
            ("Public", "https://smba.trafficmanager.net/amer/"),
            ("Public", "https://SMBA.TrafficManager.NET/teams"),
            ("Public", "https://smba.infra.gcc.teams.microsoft.com/gcc"),
            ("USGov", "https://smba.infra.gov.teams.microsoft.us/gcch"),
            ("USGovDoD", "https://smba.infra.dod.teams.microsoft.us/dod"),
            ("China", "https://frontend.botapi.msg.infra.teams.microsoftonline.cn"),
        ],
    )
    def test_each_cloud_allows_its_own_connectors_only(self, cloud: str, url: str):
        check_service_url(url, CONNECTOR_HOSTS[cloud])
        for other in CONNECTOR_HOSTS.keys() - {cloud}:
            with pytest.raises(Refused):
                check_service_url(url, CONNECTOR_HOSTS[other])

    @pytest.mark.parametrize(
        "url",
        [
            "http://smba.trafficmanager.net/amer/",
            "https://evil.trafficmanager.net/",
            "https://xn--a/",
            "https://smba.trafficmanager.net.evil.example/",
            "https://smba.trafficmanager.net@evil.example/",
            "https://127.0.0.1/",
        ],
    )
    def test_a_host_that_resembles_a_connector_is_not_allowed(self, url: str):
        with pytest.raises(Refused) as refused:
            check_service_url(url, CONNECTOR_HOSTS["Public"])
        assert refused.value.status == 403

    async def test_without_a_setting_microsofts_hosts_are_allowed(
        self, guarded_environment: dict[str, str], connector: Connector
    ):
        teams = "https://smba.trafficmanager.net/emea/"
        async with run_bot(guarded_environment | {"ALLOWED_SERVICE_HOSTS": ""}, connector) as bot:
            to_teams = await bot.post(joining(bot, serviceUrl=teams), token=token_for(bot, serviceurl=teams))
            to_this_machine = await bot.post(joining(bot), token=token_for(bot))

        assert (to_teams.status_code, to_this_machine.status_code) == (200, 403)

    @pytest.mark.parametrize(
        "setting", ["*.connector.example", ".connector.example", "other.example, *.Connector.example"]
    )
    async def test_a_pattern_allows_the_hosts_below_a_name(
        self, guarded_environment: dict[str, str], connector: Connector, setting: str
    ):
        statuses: list[int] = []
        async with run_bot(guarded_environment | {"ALLOWED_SERVICE_HOSTS": setting}, connector) as bot:
            for host in ("a.connector.example", "connector.example", "evil-connector.example"):
                url = f"https://{host}/teams"
                response = await bot.post(joining(bot, serviceUrl=url), token=token_for(bot, serviceurl=url))
                statuses.append(response.status_code)

        assert statuses == [200, 403, 403]


class TestTenants:
    @pytest.fixture
    def guarded_environment(self, guarded_environment: dict[str, str]) -> dict[str, str]:
        return guarded_environment | {"ALLOWED_TENANTS": f"{OURS.title()}, {THEIRS}"}

    @pytest.mark.parametrize(
        ("in_conversation", "in_channel_data", "expected"),
        [
            (OURS, OURS, 200),
            (OURS.upper(), None, 200),
            (None, THEIRS, 200),
            (OTHERS, OTHERS, 403),
            (OURS, OTHERS, 403),
            (OTHERS, OURS, 403),
            (None, None, 403),
            ("", "", 403),
        ],
    )
    async def test_only_allowed_tenants_are_served(
        self, guarded: Bot, in_conversation: str | None, in_channel_data: str | None, expected: int
    ):
        activity = joining(
            guarded,
            conversation={"id": "c", "conversationType": "personal", "tenantId": in_conversation},
            channelData={"tenant": {"id": in_channel_data}},
        )

        assert (await guarded.post(activity, token=token_for(guarded))).status_code == expected

    async def test_other_tenants_are_refused_without_fetching_keys(self, guarded: Bot, key_server: KeyServer):
        await asyncio.sleep(120)
        before = len(key_server.requested_at)
        response = await guarded.post(joining(guarded), token=token_for(guarded))

        assert response.status_code == 403
        assert len(key_server.requested_at) == before


class TestStrangers:
    @pytest.mark.parametrize(
        ("content_type", "with_token", "size", "expected"),
        [("text/plain", True, 1, 415), ("application/json", False, 1, 401), ("application/json", True, 2_000_000, 413)],
        ids=["another content type", "no token", "a large body"],
    )
    async def test_a_refused_body_is_not_read_further(
        self, guarded: Bot, content_type: str, with_token: bool, size: int, expected: int
    ):
        headers = {"content-type": content_type}
        if with_token:
            headers["authorization"] = f"Bearer {token_for(guarded)}"
        response = await guarded.http.post(f"{guarded.url}/api/messages", content=b" " * size, headers=headers)

        assert (response.status_code, response.headers["connection"]) == (expected, "close")

    @pytest.mark.parametrize(
        ("key_id", "expected"), [("1", 401), ("made up", 503)], ids=["a known key", "a key that cannot be had"]
    )
    async def test_no_body_is_read_before_the_token_is_verified(
        self, guarded: Bot, key_server: KeyServer, key_id: str, expected: int
    ):
        await guarded.post(joining(guarded), token=token_for(guarded))
        key_server.hang()
        await asyncio.sleep(61)
        url = httpx.URL(guarded.url)
        forged = token_for(guarded, key_id, signed_by="a stranger")
        reader, writer = await asyncio.open_connection(url.host, url.port)
        writer.write(
            b"POST /api/messages HTTP/1.1\r\nHost: bot\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n"
            b"Authorization: Bearer %b\r\n\r\n{" % forged.encode()
        )
        status_line = await reader.readline()
        writer.close()
        await writer.wait_closed()

        assert status_line.startswith(b"HTTP/1.1 %d " % expected)


class TestOtherSites:
    """Without tokens all programs on this machine may send requests, but no page in a browser."""

    @pytest.mark.parametrize(
        ("headers", "expected"),
        [
            ({"host": "localhost"}, 200),
            ({"host": "LocalHost:3978"}, 200),
            ({"host": "127.0.0.1:3978"}, 200),
            ({"host": "[::1]:3978"}, 200),
            ({"origin": "http://localhost:56150"}, 200),
            ({"host": "evil.example"}, 403),
            ({"host": "localhost.evil.example:3978"}, 403),
            ({"host": "127.0.0.1.evil.example"}, 403),
            ({"host": ""}, 403),
            ({"origin": "https://evil.example"}, 403),
            ({"origin": "https://localhost.evil.example"}, 403),
            ({"origin": "null"}, 403),
        ],
        ids=repr,
    )
    async def test_a_foreign_host_name_is_refused(self, bot: Bot, headers: dict[str, str], expected: int):
        response = await bot.http.post(f"{bot.url}/api/messages", json=joining(bot), headers=headers)

        assert response.status_code == expected

    async def test_a_bot_that_checks_tokens_accepts_any_host_name(self, guarded: Bot):
        headers = {"host": "bot.example", "authorization": f"Bearer {token_for(guarded)}"}
        response = await guarded.http.post(f"{guarded.url}/api/messages", json=joining(guarded), headers=headers)

        assert response.status_code == 200


class TestHandingOver:
    """A gate in front of a handler of the test instead of the SDK."""

    ACTIVITY: ClassVar[Json] = {
        "type": "typing",
        "id": "1",
        "serviceUrl": "http://localhost",
        "conversation": {"id": "c"},
        "from": {"id": "f"},
        "recipient": {"id": "r"},
    }

    async def ask(self, answer: Any, *, body: Any = None) -> tuple[httpx.Response, list[HttpRequest]]:
        received: list[HttpRequest] = []

        async def handle(request: HttpRequest) -> HttpResponse:
            received.append(request)
            if isinstance(answer, Exception):
                raise answer
            return answer

        server = FastAPI()
        Gate(server, tokens=None, service_hosts=LOOPBACK, tenants=Tenants(frozenset())).register_route(
            "POST", "/", handle
        )
        headers = {"authorization": "Bearer the-token", "content-type": "application/json"}
        async with httpx.AsyncClient(transport=httpx.ASGITransport(server), base_url="http://localhost") as http:
            response = await http.post("/", content=body or json.dumps(self.ACTIVITY), headers=headers)
        return response, received

    async def test_a_response_is_passed_back(self):
        response, _ = await self.ask(HttpResponse(status=412, body={"what": "a body"}))

        assert (response.status_code, response.json()) == (412, {"what": "a body"})

    async def test_the_token_goes_no_further(self):
        _, [request] = await self.ask(HttpResponse(status=200, body=None))

        assert request == {"body": self.ACTIVITY, "headers": {}}

    @pytest.mark.parametrize(
        "failure",
        [
            pytest.param(HttpResponse(status=500, body={"error": "inner words"}), id="a 500"),
            pytest.param(RuntimeError("inner words"), id="an exception"),
            pytest.param(HttpResponse(status=200, body=object()), id="a body that is no JSON"),
        ],
    )
    async def test_a_failure_gets_503_and_an_id_that_is_in_the_log(
        self, caplog: pytest.LogCaptureFixture, failure: Any
    ):
        response, _ = await self.ask(failure)

        assert response.status_code == 503
        assert "inner words" not in response.text
        [line] = [record.getMessage() for record in caplog.records]
        incident = line.rpartition(" ")[2]
        assert len(incident) == 8 and incident in response.json()["error"]

    async def test_equal_failures_are_logged_once_a_minute(self, caplog: pytest.LogCaptureFixture):
        async def fail(request: HttpRequest) -> HttpResponse:
            raise RuntimeError

        server = FastAPI()
        Gate(server, tokens=None, service_hosts=LOOPBACK, tenants=Tenants(frozenset())).register_route(
            "POST", "/", fail
        )
        async with httpx.AsyncClient(transport=httpx.ASGITransport(server), base_url="http://localhost") as http:
            answers = {(await http.post("/", json=self.ACTIVITY)).text for _ in range(50)}
            await asyncio.sleep(61)
            await http.post("/", json=self.ACTIVITY)

        first, second = [record.getMessage() for record in caplog.records]
        assert len(answers) == 1 and first.rpartition(" ")[2] in answers.pop()
        assert "(and 49 more since this was last logged)" in second

    async def test_a_body_that_arrives_too_slowly_is_refused(self):
        async def trickle() -> AsyncIterator[bytes]:
            while True:
                yield b" "
                await asyncio.sleep(1)

        started = asyncio.get_running_loop().time()
        response, _ = await self.ask(None, body=trickle())

        assert response.status_code == 408
        assert response.headers["connection"] == "close"
        assert asyncio.get_running_loop().time() - started < 15


class TestLog:
    @pytest.mark.slow
    async def test_a_flood_is_logged_once_a_minute_for_each_reason(
        self, guarded: Bot, caplog: pytest.LogCaptureFixture
    ):
        async def flood() -> None:
            for _ in range(50):
                await guarded.post(joining(guarded))
                await guarded.post(joining(guarded), token="x.y.z")

        await flood()
        await asyncio.sleep(61)
        await flood()

        refusals = [record.getMessage() for record in caplog.records if record.name == "parley.gate.refusals"]
        assert refusals == [
            "Refused a request with 401: no bearer token",
            "Refused a request with 401: the token is malformed",
            "Refused a request with 401: no bearer token (and 49 more since this was last logged)",
            "Refused a request with 401: the token is malformed (and 49 more since this was last logged)",
        ]

    async def test_a_refusal_does_not_quote_the_request(self, bot: Bot, caplog: pytest.LogCaptureFixture):
        caplog.set_level(logging.INFO)
        for changed in ({"text": ["a secret"]}, {"conversation": {"a secret": 1}}, {"serviceUrl": "https://a-secret"}):
            response = await bot.post(bot.personal().message("a secret") | changed)
            assert "secret" not in response.text

        assert "secret" not in caplog.text
