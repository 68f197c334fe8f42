"""Messages and other activities that bots have met in the field, of `tests/cases/activities`: what is the model asked,
and what does the user get?"""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from doubles.bot import Bot
from doubles.connector import Connector
from doubles.lines import line
from doubles.model_server import ModelServer
from parley import handlers

pytestmark = pytest.mark.usefixtures("mark")

Json = dict[str, Any]

# One file, `tz-UTC+01:00.json`, is named `tz-UTC+0100.json` here, since Windows takes no colon.
CASES = {path.stem: path for path in sorted((Path(__file__).parents[1] / "cases" / "activities").glob("*.json"))}

ECHO = '@@{"echo":true}@@'
BUDGET = "> The budget is 900 euros."

# What the model is asked, where that is not the text as it is; in groups without the name of the user.
ASKED = {
    "audio-clip": f"listen {ECHO}\n\n[unreadable 0a1b2c3d: voice.m4a]",
    "channel-file": f"summarise the attached file {ECHO}\n\n[unreadable 0a1b2c3d: file]",
    "channel-mention": f"General hello {ECHO}",
    "channel-picture": f"what is on the picture? {ECHO}\n\n[unreadable 0a1b2c3d: picture]",
    "emoji-changes-meaning": f"is the release ✅ ready, or ❌ ? {ECHO}",
    "emoji-only": "👍",
    "emoji-only-text-nbsp": "👍",
    "emoji-with-words": f"thanks a lot 👍 {ECHO}",
    "everyone-mention": f"Everyone hello {ECHO}",
    "file-info-as-text": f"read it {ECHO}\n\n[unreadable 0a1b2c3d: korean-utf8.csv]",
    "file-type-upper": f"read it {ECHO}\n\n[unreadable 0a1b2c3d: A.CSV]",
    "forward-alone": f"[quote 0a1b2c3d] In reply to what Nestor Wilke wrote:\n{BUDGET}",
    "forward-reference": f"[quote 0a1b2c3d] In reply to what somebody wrote:\n{BUDGET}\n\nwhat does it say? {ECHO}",
    "forward-with-words": f"[quote 0a1b2c3d] In reply to what Nestor Wilke wrote:\n{BUDGET}\n\nis this right?\n {ECHO}",
    "gif-with-words": f"haha what is 6 times 7 {ECHO}\n\n[unreadable 0a1b2c3d: GIF]",
    "html-only": "What is x < 5 © today?",
    "html-only-no-text": "What is x < 5 © today?",
    "key-text-number": "42",
    "message-reference": f"[quote 0a1b2c3d] In reply to what Nestor wrote:\n{BUDGET}\n\nwhat about this? {ECHO}",
    "person-named-as-bot": f"who is Parley? {ECHO}",
    "picture-content-url": f"what is it? {ECHO}\n\n[unreadable 0a1b2c3d: picture]",
    "picture-download-url": f"what is it? {ECHO}\n\n[unreadable 0a1b2c3d: picture]",
    "picture-no-url": f"what is it? {ECHO}\n\n[unreadable 0a1b2c3d: x.png]",
    "quoted-good": f"[quote 0a1b2c3d] In reply to what Nestor wrote:\n{BUDGET}\n\nwhat about this? {ECHO}",
    "tag-mention": f"tell Support team about it {ECHO}",
    "two-word-person": f"ask Megan Bowen about it {ECHO}",
    **dict.fromkeys(["anonymous-guest", "anonymous-no-name", "meeting-chat"], f"hi {ECHO}"),
    **dict.fromkeys(
        [
            *("at-with-id", "at-with-id-entity-without", "bot-by-other-name", "bot-mention-encoded", "bot-twice"),
            *("bot-mention-name-mismatch", "bot-mention-no-name", "bot-mention-no-text"),
        ],
        f"how much is it? {ECHO}",
    ),
    "bot-at-end": f"how much is it {ECHO}",
    "plain-no-entity": f"hello {ECHO}",
    **dict.fromkeys(["quoted-flat", "quoted-null", "quoted-preview-object"], f"what about this? {ECHO}"),
}

# The line for the user, below the answer or in its place.
TOLD = {
    "audio-clip": line("attachment-unsupported", names="`voice.m4a`"),
    "channel-file": line("attachment-only-in-chat"),
    "channel-picture": line("attachment-only-in-chat"),
    "file-info-as-text": line("attachment-not-downloaded", names="`korean-utf8.csv`"),
    "file-type-upper": line("attachment-not-downloaded", names="`A.CSV`"),
    "gif": line("attachment-animated"),
    "gif-with-words": line("attachment-animated"),
    "picture-content-url": line("attachment-not-downloaded", names="`picture`"),
    "picture-download-url": line("attachment-not-downloaded", names="`picture`"),
    "picture-no-url": line("attachment-not-downloaded", names="`x.png`"),
    **dict.fromkeys(["blank-nbsp-entity", "blank-zero-width", "submit-value", "text-null"], line("no-question")),
}

COMMANDS = {name for name in CASES if name.startswith(("command-", "locale-"))}
EVENTS = {name for name in CASES if name.startswith("ev-")}
UNASKED = {"from-bot", "from-self", "only-other-mention", "rsc-no-mention"}


async def post(bot: Bot, connector: Connector, name: str) -> Json:
    text = CASES[name].read_text(encoding="utf-8")
    activity = json.loads(text.replace("http://127.0.0.1:CONNECTOR", connector.url))
    if activity["conversation"].get("isGroup") is True:
        connector.groups.add(activity["conversation"]["id"])
    response = await bot.post(activity)
    assert (response.status_code, response.content) == (200, b"")
    return activity


@pytest.mark.parametrize("name", sorted(CASES.keys() - COMMANDS - UNASKED - EVENTS))
async def test_a_message_is_answered(bot: Bot, connector: Connector, model: ModelServer, name: str):
    activity = await post(bot, connector, name)

    asked, told = ASKED.get(name, activity.get("text")), TOLD.get(name)
    [answer] = connector.messages
    if name in TOLD and name not in ASKED:
        assert answer.text == told and not model.requests
        return
    assert answer.text == "\n\n".join(filter(None, ["OK.", told]))
    if activity["conversation"].get("isGroup") is True:
        asked = f"{activity['from'].get('name', 'Somebody')}: {asked}"
    assert [model.messages(request)[-1] for request in range(len(model.requests))] == [("user", asked)]


@pytest.mark.parametrize("name", sorted(COMMANDS))
async def test_a_command_is_found(bot: Bot, connector: Connector, model: ModelServer, name: str):
    await post(bot, connector, name)

    [answer] = connector.messages
    assert "/forget`" in answer.text and not model.requests


@pytest.mark.parametrize("name", sorted(UNASKED))
async def test_who_has_asked_nothing_gets_no_answer(bot: Bot, connector: Connector, model: ModelServer, name: str):
    await post(bot, connector, name)

    assert not connector.sent and not model.requests


def has_handler(activity: Json) -> bool:
    """True if a module of `handlers` registers one for this type of activity, as `@app.on_message_reaction` does."""
    route = re.sub("([A-Z])", r"_\1", activity["type"]).lower()
    sources = (path.read_text(encoding="utf-8") for path in Path(handlers.__file__).parent.glob("*.py"))
    return any(f"@app.on_{route}\n" in source for source in sources)


@pytest.mark.parametrize("name", sorted(EVENTS))
async def test_another_activity_is_acknowledged(bot: Bot, connector: Connector, model: ModelServer, name: str):
    activity = await post(bot, connector, name)

    assert not model.requests
    assert not connector.sent or has_handler(activity)
