"""Random requests to `/api/messages`: changed activities (thousands of them in CI), and bytes."""

import asyncio
import copy
import json
import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count, cycle
from pathlib import Path
from random import Random
from typing import Any

import httpx
import hypothesis
import pytest

from doubles.bot import BOT_ID
from doubles.clock import VirtualTimeLoop
from doubles.connector import Connector, Sent
from doubles.server import serving
from parley.app import open_app
from parley.inbox import LocalQueue
from parley.settings import Settings

Json = dict[str, Any]

# A factor for the number of requests. It grows with the number of examples of Hypothesis, which is larger in CI.
SCALE = hypothesis.settings().max_examples // 50

# A text of users, which must not appear in the log.
WORDS = "Zitrone-4711"

SEEN = {
    "timestamp": "2026-01-01T10:00:00.000Z",
    "localTimestamp": "2026-01-01T11:00:00.000+01:00",
    "channelId": "msteams",
    "from": {"id": "29:ada", "name": WORDS, "aadObjectId": "00000000-0000-0000-0000-000000000001"},
    "recipient": {"id": BOT_ID, "name": "Parley"},
    "locale": "en-US",
}
PERSONAL = {"conversation": {"id": "a:1", "conversationType": "personal", "tenantId": "t"}}
CHANNEL = {
    "conversation": {
        "id": "19:general@thread.tacv2;messageid=1700000000000",
        "conversationType": "channel",
        "isGroup": True,
        "tenantId": "t",
    }
}
TEAM = {
    "tenant": {"id": "t"},
    "team": {"id": "19:general@thread.tacv2", "name": WORDS, "aadGroupId": "g"},
    "channel": {"id": "19:general@thread.tacv2", "name": WORDS},
}
TENANT = {"channelData": {"tenant": {"id": "t"}}}


def invoke(name: str, value: Any) -> Json:
    return PERSONAL | TENANT | {"type": "invoke", "name": name, "value": value}


# Activities of the Teams documentation (MicrosoftDocs/msteams-docs, `bots/`, `messaging-extensions/`).
ACTIVITIES: list[Json] = [
    PERSONAL
    | TENANT
    | {
        "type": "message",
        "text": f"<p>{WORDS}</p>",
        "textFormat": "plain",
        "attachments": [{"contentType": "text/html", "content": f"<p>{WORDS}</p>"}],
        "entities": [{"type": "clientInfo", "locale": "en-US", "country": "US", "platform": "Web", "timezone": "UTC"}],
    },
    CHANNEL
    | {
        "type": "message",
        "text": f"<at>Parley</at>&nbsp;{WORDS}",
        "replyToId": "1700000000000",
        "entities": [{"type": "mention", "mentioned": {"id": BOT_ID, "name": "Parley"}, "text": "<at>Parley</at>"}],
        "channelData": TEAM | {"teamsChannelId": "19:general@thread.tacv2"},
    },
    PERSONAL | TENANT | {"type": "conversationUpdate", "membersAdded": [{"id": BOT_ID}, {"id": "29:ada"}]},
    CHANNEL | {"type": "conversationUpdate", "channelData": TEAM | {"eventType": "channelRenamed"}},
    PERSONAL | TENANT | {"type": "installationUpdate", "action": "add"},
    CHANNEL | {"type": "installationUpdate", "action": "remove-upgrade", "channelData": TEAM},
    PERSONAL | TENANT | {"type": "messageReaction", "replyToId": "1", "reactionsAdded": [{"type": "like"}]},
    PERSONAL | {"type": "messageUpdate", "text": WORDS, "channelData": {"eventType": "editMessage"}},
    PERSONAL | {"type": "messageDelete", "channelData": {"eventType": "softDeleteMessage"}},
    PERSONAL | TENANT | {"type": "typing"},
    PERSONAL | TENANT | {"type": "endOfConversation", "code": "completedSuccessfully"},
    PERSONAL | {"type": "event", "name": "application/vnd.microsoft.readReceipt", "value": {"lastReadMessageId": "1"}},
    CHANNEL
    | {
        "type": "event",
        "name": "application/vnd.microsoft.meetingStart",
        "value": {"Id": "m", "MeetingType": "Scheduled", "JoinUrl": "https://teams", "Title": WORDS, "StartTime": "x"},
    },
    invoke(
        "adaptiveCard/action",
        {"action": {"type": "Action.Execute", "title": "Go", "verb": "go", "data": {"a": WORDS}}, "trigger": "manual"},
    ),
    invoke(
        "message/submitAction",
        {
            "actionName": "feedback",
            "actionValue": {"reaction": "like", "feedback": f'{{"feedbackText": "{WORDS}"}}'},
        },
    ),
    invoke("signin/verifyState", {"state": "123456"}),
    invoke("signin/tokenExchange", {"id": "1", "connectionName": "graph", "token": WORDS}),
    invoke("signin/failure", {"code": "resourcematchfailed", "message": "Resource match failed."}),
    invoke("task/fetch", {"data": {"a": WORDS}, "context": {"theme": "default"}}),
    invoke("composeExtension/query", {"commandId": "search", "parameters": [{"name": "q", "value": WORDS}]}),
    invoke("fileConsent/invoke", {"type": "fileUpload", "action": "decline", "context": {}}),
]

JUNK: list[Any] = [
    *(None, True, False, 0, -1, 1.5, 10**30, "", " ", "x", "\0", "\ud83d", "\u202e", "🙂" * 200, "x" * 2000),
    *([], {}, [[]], [None], {"": ""}, {"id": {}}, {"id": []}, [{"type": "mention"}], "2026-99-99T99:99", "-1", "null"),
    *("message", "invoke", "event", "http://127.0.0.1:9/x", "https://elsewhere.example", "../../etc/passwd"),
]


# Values that Teams would never send.
UNREADABLE: list[Any] = [
    *([1, "x", None, {}], [None, None], [[[]]], {"id": None}, {"type": None}, {"id": 5, "type": 5, "name": 5}),
    *("yesterday", "0000-00-00T00:00:00Z", "9999-12-31T23:59:59.999999999+14:00", 1e300, -(10**400), "<at>", "</at>"),
    *({"content": {"content": []}}, {"mentioned": {}}, {"quotedReply": {}}, json.loads("[" * 150 + "]" * 150)),
]


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths to all parts of a JSON value."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key)
        yield from paths(item, (*path, key))


# The paths that a message needs to be answered.
REQUIRED = {
    *(("type",), ("id",), ("serviceUrl",), ("from",), ("recipient",), ("conversation",)),
    *((account, "id") for account in ("from", "recipient", "conversation")),
}

# All optional parts of a message from Teams.
PARTS = {
    "replyToId": "1700000000000",
    "localTimezone": "Europe/Berlin",
    "textFormat": "plain",
    "attachmentLayout": "list",
    "importance": "normal",
    "inputHint": "acceptingInput",
    "deliveryMode": "normal",
    "summary": WORDS,
    "value": {"a": [WORDS]},
    "suggestedActions": {"to": ["29:ada"], "actions": [{"type": "imBack", "title": WORDS, "value": WORDS}]},
    "attachments": [
        {"contentType": "text/html", "content": f"<p>{WORDS}</p>"},
        {"contentType": "image/*", "contentUrl": "http://127.0.0.1:9/picture"},
        {
            "contentType": "application/vnd.microsoft.teams.file.download.info",
            "name": WORDS,
            "content": {"downloadUrl": "http://127.0.0.1:9/file", "uniqueId": "1", "fileType": "txt"},
        },
        {
            "id": "17",
            "contentType": "messageReference",
            "content": f'{{"messageId": "17", "messagePreview": "{WORDS}"}}',
        },
    ],
    "entities": [
        {"type": "clientInfo", "locale": "en-US", "country": "US", "platform": "Web", "timezone": "UTC"},
        {"type": "mention", "mentioned": {"id": BOT_ID, "name": "Parley"}, "text": "<at>Parley</at>"},
        {"type": "quotedReply", "quotedReply": {"messageId": "17", "senderName": WORDS, "preview": WORDS}},
        {"type": "https://schema.org/Message", "@type": "Message", "citation": [{"@type": "Claim", "position": 1}]},
        {"type": "streaminfo", "streamId": "1", "streamType": "final"},
        {"type": "ProductInfo", "id": "COPILOT"},
    ],
    "channelData": TEAM | {"meeting": {"id": "m"}, "settings": {"selectedChannel": {"id": "c"}}},
}
MESSAGES: list[Json] = [
    {
        "type": "message",
        "text": f"<at>Parley</at> {WORDS}",
        **PARTS,
        "conversation": PERSONAL["conversation"] | {"id": "a:NUMBER"},
    },
    {
        "type": "message",
        "text": f"<at>Parley</at> {WORDS}",
        **PARTS,
        "conversation": CHANNEL["conversation"] | {"id": "19:NUMBER"},
    },
]

# The fields that the gate checks first. An activity with a valid envelope reaches more code.
ENVELOPE = ("type", "id", "serviceUrl", "channelId", "from", "recipient", "conversation", "channelData")


def change(random: Random, activity: Json) -> None:
    """Remove, replace or wrap a random part of the activity."""
    *parents, key = random.choice(list(paths(activity)))
    place: Any = activity
    for parent in parents:
        place = place[parent]
    match random.choice(["remove", "replace", "wrap", "swap"]):
        case "remove":
            del place[key]
        case "replace":
            place[key] = copy.deepcopy(random.choice(JUNK))
        case "wrap":
            place[key] = random.choice([[place[key]], {"id": place[key]}, {"type": place[key]}])
        case _:
            place[key] = copy.deepcopy(random.choice(ACTIVITIES))


def mutations(random: Random) -> Iterator[bytes]:
    """Real activities with up to three changes. Every second one keeps its envelope."""
    for keep_envelope in cycle([True, False]):
        activity: Json = copy.deepcopy(SEEN | {"id": "NUMBER", "serviceUrl": "SERVICE"} | random.choice(ACTIVITIES))
        if activity["type"] == "message":
            activity["conversation"] = PERSONAL["conversation"] | {"id": "a:NUMBER"}
        kept = {name: activity.pop(name) for name in ENVELOPE if keep_envelope and name in activity}
        for _ in range(random.randint(1, 3)):
            if activity:
                change(random, activity)
        yield json.dumps(activity | kept).encode()


def messages_with_unreadable_parts(random: Random) -> Iterator[bytes]:
    """Messages with one or two optional parts replaced; in a group only one, because the text or the entity must still
    mention the bot."""
    for message, most in cycle(zip(MESSAGES, (2, 1), strict=True)):
        activity: Json = copy.deepcopy(SEEN | {"id": "NUMBER", "serviceUrl": "SERVICE"} | message)
        for _ in range(random.randint(1, most)):
            *parents, key = random.choice([path for path in paths(activity) if path not in REQUIRED])
            place: Any = activity
            for parent in parents:
                place = place[parent]
            place[key] = copy.deepcopy(random.choice([*JUNK, *UNREADABLE]))
        yield json.dumps(activity).encode()


def garbage(random: Random) -> Iterator[bytes]:
    """Random bytes, truncated activities, and JSON that is no activity."""
    while True:
        activity = json.dumps(SEEN | random.choice(ACTIVITIES)).encode()
        yield random.randbytes(random.randrange(200))
        yield activity[: random.randrange(len(activity))]
        yield json.dumps({f"{random.random()}": random.choices(JUNK, k=3)}).encode()


def distinct(bodies: Iterator[bytes], count: int) -> list[bytes]:
    """The first `count` distinct bodies."""
    found: dict[bytes, None] = {}
    while len(found) < count:
        found[next(bodies)] = None
    return list(found)


@dataclass(frozen=True)
class Result:
    """The response to a body, and the messages that the bot sent."""

    response: httpx.Response
    answers: list[Sent]
    """The messages that the bot sent to the conversation of the body."""


Post = Callable[[list[bytes]], list[Result]]


def has_what_every_message_has(body: bytes) -> bool:
    match json.loads(body):
        case {"type": "message", "id": "NUMBER", "serviceUrl": "SERVICE", **others}:
            accounts = (others.get(name) for name in ("from", "recipient", "conversation"))
            ids = ("29:ada", BOT_ID, "a:NUMBER")
            return all(
                isinstance(account, dict) and account.get("id") == id for account, id in zip(accounts, ids, strict=True)
            )
        case _:
            return False


@pytest.fixture
def post(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Post]:
    """Posts bodies to one running bot with the demo model."""
    # A closed port, so that the SDK cannot reach Microsoft's token service.
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    environment = {
        "DANGEROUSLY_ALLOW_UNAUTHENTICATED_REQUESTS": "true",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'parley.db'}",
    }
    connector, numbers = Connector(), count(1)
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        ready: asyncio.Future[tuple[httpx.AsyncClient, LocalQueue]] = runner.get_loop().create_future()
        done = asyncio.Event()

        async def run() -> None:
            async with serving(connector.app) as connector.url, open_app(Settings.load(environment)) as app:
                transport = httpx.ASGITransport(app.server, raise_app_exceptions=False)
                async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
                    assert isinstance(app.queue, LocalQueue)
                    ready.set_result((http, app.queue))
                    await done.wait()

        async def send(bodies: list[bytes]) -> list[Result]:
            (http, turns), sent = await ready, list[tuple[httpx.Response, str]]()
            for body in bodies:
                number = f"{next(numbers)}"
                connector.groups.add(f"19:{number}")
                body = body.replace(b"SERVICE", connector.url.encode()).replace(b"NUMBER", number.encode())
                headers = {"content-type": "application/json"}
                sent.append((await http.post("/api/messages", content=body, headers=headers), number))
            await turns.join()
            answers = defaultdict[str, list[Sent]](list)
            for message in connector.messages:
                answers[message.conversation_id.partition(":")[2]].append(message)
            return [Result(response, answers[number]) for response, number in sent]

        running = runner.get_loop().create_task(run())
        yield lambda bodies: runner.run(send(bodies))
        done.set()
        runner.run(asyncio.wait_for(running, None))


def check(response: httpx.Response, body: bytes) -> None:
    assert response.status_code in {200, 400, 403}, (response.status_code, response.text, body)
    if response.status_code >= 400 and response.content:
        assert "Traceback" not in response.text and "Error" not in response.text and WORDS not in response.text
        assert len(response.content) < 200


def check_alive(post: Post) -> None:
    message = SEEN | {"id": "last", "serviceUrl": "SERVICE"} | ACTIVITIES[0] | MESSAGES[0]
    check_answered(post, [json.dumps(message).encode()])


def check_answered(post: Post, bodies: list[bytes]) -> None:
    for result, body in zip(post(bodies), bodies, strict=True):
        assert result.response.status_code == 200, (result.response.text, body)
        assert result.answers, body


def check_log(caplog: pytest.LogCaptureFixture) -> None:
    assert [line for line in map(caplog.handler.format, caplog.records) if WORDS in line] == []


def test_no_mutated_activity_gets_500_or_leaks_into_the_log(post: Post, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO)
    bodies = distinct(mutations(Random(4711)), 440 * SCALE)
    results = post(bodies)
    for result, body in zip(results, bodies, strict=True):
        check(result.response, body)
        if has_what_every_message_has(body):
            assert result.response.status_code == 200 and result.answers, body

    assert Counter(result.response.status_code for result in results)[200] > 220 * SCALE
    check_alive(post)
    check_log(caplog)


@pytest.mark.slow
def test_a_message_with_unreadable_parts_is_answered(post: Post, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO)
    check_answered(post, distinct(messages_with_unreadable_parts(Random(4711)), 60 * SCALE))
    check_log(caplog)


def test_no_random_bytes_get_500(post: Post):
    bodies = distinct(garbage(Random(4711)), 110 * SCALE)

    assert {result.response.status_code for result in post(bodies)} == {400}
    check_alive(post)
