"""Whatever arrives at `/api/messages`: real activities with something wrong in them (in CI thousands), and bytes."""

import asyncio
import copy
import json
import logging
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count, cycle
from pathlib import Path
from random import Random
from typing import Any

import httpx
import hypothesis
import pytest

from doubles.bot import BOT_ID
from doubles.clock import VirtualTimeLoop
from doubles.connector import Connector
from doubles.server import serving
from parley.app import open_app
from parley.inbox import Lanes
from parley.settings import Settings

Json = dict[str, Any]

# As many requests as there are examples for Hypothesis: the more in CI.
SCALE = hypothesis.settings().max_examples // 50

# What people wrote, and no log may show.
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


# As Microsoft's documentation of Teams shows them (MicrosoftDocs/msteams-docs, `bots/`, `messaging-extensions/`).
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


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every part of a JSON value but itself."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key)
        yield from paths(item, (*path, key))


# What the gate looks at first. An activity in which this is as it should be gets further.
ENVELOPE = ("type", "id", "serviceUrl", "channelId", "from", "recipient", "conversation", "channelData")


def change(random: Random, activity: Json) -> None:
    """Leave something out, or put something else or something from elsewhere into its place."""
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
    """Real activities with up to three changes, which every second time leave the envelope as it is."""
    for keep_envelope in cycle([True, False]):
        activity: Json = copy.deepcopy(SEEN | {"id": "NUMBER", "serviceUrl": "SERVICE"} | random.choice(ACTIVITIES))
        if activity["type"] == "message":
            activity["conversation"] = PERSONAL["conversation"] | {"id": "a:NUMBER"}
        kept = {name: activity.pop(name) for name in ENVELOPE if keep_envelope and name in activity}
        for _ in range(random.randint(1, 3)):
            if activity:
                change(random, activity)
        yield json.dumps(activity | kept).encode()


def garbage(random: Random) -> Iterator[bytes]:
    """Mere bytes, halves of activities, and JSON that is no activity."""
    while True:
        activity = json.dumps(SEEN | random.choice(ACTIVITIES)).encode()
        yield random.randbytes(random.randrange(200))
        yield activity[: random.randrange(len(activity))]
        yield json.dumps({f"{random.random()}": random.choices(JUNK, k=3)}).encode()


def distinct(bodies: Iterator[bytes], count: int) -> list[bytes]:
    """The first so many that are not the same."""
    found: dict[bytes, None] = {}
    while len(found) < count:
        found[next(bodies)] = None
    return list(found)


Post = Callable[[list[bytes]], list[httpx.Response]]


@pytest.fixture
def post(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Post]:
    """Posts bodies to one running bot, which has the embedded model."""
    # Where the SDK would ask Microsoft's token service about somebody who signs in.
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    environment = {
        "DANGEROUSLY_ALLOW_UNAUTHENTICATED_REQUESTS": "true",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'parley.db'}",
    }
    connector, numbers = Connector(), count(1)
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        ready: asyncio.Future[tuple[httpx.AsyncClient, Lanes]] = runner.get_loop().create_future()
        done = asyncio.Event()

        async def run() -> None:
            async with serving(connector.app) as connector.url, open_app(Settings.load(environment)) as app:
                transport = httpx.ASGITransport(app.server, raise_app_exceptions=False)
                async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
                    assert isinstance(app.turns, Lanes)
                    ready.set_result((http, app.turns))
                    await done.wait()

        async def send(bodies: list[bytes]) -> list[httpx.Response]:
            (http, turns), responses = await ready, list[httpx.Response]()
            for body in bodies:
                body = body.replace(b"SERVICE", connector.url.encode()).replace(b"NUMBER", b"%d" % next(numbers))
                headers = {"content-type": "application/json"}
                responses.append(await http.post("/api/messages", content=body, headers=headers))
            await turns.join()
            return responses

        running = runner.get_loop().create_task(run())
        yield lambda bodies: runner.run(send(bodies))
        done.set()
        runner.run(asyncio.wait_for(running, None))


def check(response: httpx.Response, body: bytes) -> None:
    # The token service, which only signing in needs, is out of reach here.
    allowed = {200, 400, 403} | ({503, 412, 404} if b'"signin/' in body else set())
    assert response.status_code in allowed, (response.status_code, response.text, body)
    if response.status_code >= 400 and response.content:
        assert "Traceback" not in response.text and "Error" not in response.text and WORDS not in response.text
        assert len(response.content) < 200


def check_alive(post: Post) -> None:
    message = SEEN | {"id": "last", "serviceUrl": "SERVICE"} | ACTIVITIES[0]
    [response] = post([json.dumps(message).encode()])
    assert response.status_code == 200


def check_log(caplog: pytest.LogCaptureFixture) -> None:
    assert [line for line in map(caplog.handler.format, caplog.records) if WORDS in line] == []


def test_no_mutated_activity_gets_500_or_leaks_into_the_log(post: Post, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO)
    bodies = distinct(mutations(Random(4711)), 440 * SCALE)
    responses = post(bodies)
    for response, body in zip(responses, bodies, strict=True):
        check(response, body)

    assert Counter(response.status_code for response in responses)[200] > 220 * SCALE
    check_alive(post)
    check_log(caplog)


def test_no_random_bytes_get_500(post: Post):
    bodies = distinct(garbage(Random(4711)), 110 * SCALE)

    assert {response.status_code for response in post(bodies)} == {400}
    check_alive(post)
