"""Users of an organization that is not allowed get a refusal, and their messages have no other effect."""

from typing import Any

import pytest

from doubles.bot import BOT_ID, Bot, run_bot
from doubles.connector import Connector
from doubles.disk import Disk
from doubles.lines import line
from doubles.model_server import ModelServer
from parley.language import localizer_for

Json = dict[str, Any]

OURS, THEIRS, OTHERS = (f"{letter * 8}-0000-4000-8000-{letter * 12}" for letter in "abc")

LINE = line("not-your-organization")


@pytest.fixture
def environment(environment: dict[str, str]) -> dict[str, str]:
    return environment | {"ALLOWED_TENANTS": f"{OURS.title()}, {THEIRS}"}


def from_tenants(message: Json, *, conversation: str | None, channel_data: str | None, person: str | None) -> Json:
    """The message as it is when Teams names these tenants in these places."""
    return message | {
        "conversation": message["conversation"] | {"tenantId": conversation},
        "channelData": {"tenant": {"id": channel_data}},
        "from": message["from"] | {"tenantId": person},
    }


@pytest.mark.parametrize(
    ("conversation", "channel_data", "person", "is_guest"),
    [
        (OURS, OURS, None, False),
        (OURS.upper(), None, None, False),
        (None, THEIRS, None, False),
        (OURS, OURS, THEIRS, False),
        (OTHERS, OTHERS, None, True),
        (OURS, OTHERS, None, True),
        (OTHERS, OURS, None, True),
        (OURS, OURS, OTHERS, True),
        (None, None, None, True),
        ("", "", "", True),
    ],
)
async def test_a_message_is_answered_if_all_its_tenants_are_allowed(
    bot: Bot,
    connector: Connector,
    model: ModelServer,
    conversation: str | None,
    channel_data: str | None,
    person: str | None,
    is_guest: bool,
):
    message = bot.personal().message("Hi")

    response = await bot.post(
        from_tenants(message, conversation=conversation, channel_data=channel_data, person=person)
    )

    assert response.status_code == 200
    assert [sent.text for sent in connector.messages] == [LINE if is_guest else "OK."]
    assert len(model.requests) == (0 if is_guest else 1)


async def test_the_refusal_is_localized_and_has_no_feedback(bot: Bot, connector: Connector):
    await bot.post(bot.personal().message("Hallo") | {"locale": "de-AT"})

    [bubble] = connector.bubbles()
    assert bubble.text == localizer_for("de")("not-your-organization") != LINE
    assert not bubble.has_ai_label and not bubble.has_feedback


async def test_in_a_group_only_the_outsider_is_refused(bot: Bot, connector: Connector, model: ModelServer):
    group = bot.group()
    for person, text in ((OURS, "Hello"), (OTHERS, "Hello, too")):
        message = group.message(f"<at>Parley</at> {text}", mentions={"Parley": BOT_ID})
        await bot.post(from_tenants(message, conversation=OURS, channel_data=OURS, person=person))

    assert [sent.text for sent in connector.messages] == ["OK.", LINE]
    assert "Hello, too" not in str(model.requests)


async def test_a_command_of_an_outsider_does_nothing(bot: Bot, connector: Connector):
    await bot.post(bot.personal().message("/forget yes"))

    assert [sent.text for sent in connector.messages] == [LINE]


async def test_no_message_of_an_outsider_is_stored(environment: dict[str, str], connector: Connector, disk: Disk):
    async with run_bot(environment, connector) as bot:
        await bot.post(bot.personal().message("the secret of a guest"))
        await bot.post(bot.personal().message("the secret of a guest") | {"id": "again"})

    assert [sent.text for sent in connector.messages] == [LINE, LINE]
    assert "secret" not in disk.dump()


@pytest.mark.parametrize(
    "changed",
    [
        {"type": "messageUpdate", "channelData": {"tenant": {"id": OTHERS}, "eventType": "editMessage"}},
        {"type": "messageDelete", "channelData": {"tenant": {"id": OTHERS}, "eventType": "softDeleteMessage"}},
        {"type": "installationUpdate", "action": "add"},
        {"type": "conversationUpdate", "membersAdded": [{"id": BOT_ID}]},
        {
            "type": "invoke",
            "name": "message/submitAction",
            "replyToId": "1",
            "value": {"actionName": "feedback", "actionValue": {"reaction": "like", "feedback": ""}},
        },
    ],
    ids=lambda changed: changed["type"],
)
async def test_other_activities_from_another_tenant_are_refused(bot: Bot, connector: Connector, changed: Json):
    response = await bot.post(bot.personal().message("Hi") | changed)

    assert response.status_code == 403
    assert not connector.sent
