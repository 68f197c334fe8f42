"""The context of tools: the user, the conversation and its members."""

import re
from typing import Any

import pytest

from doubles.bot import Bot, run_bot
from doubles.connector import Connector
from doubles.model_server import Json, ModelServer
from parley.tools import ToolContext, tool

TIME = ("1", "current_time", "{}")
OBJECT_ID = "3a1c6e0f-0000-4000-8000-000000000001"
MEMBERS = ("1", "conversation_members", "{}")


def member(name: str | None, **more: Any) -> Json:
    return {"id": f"29:{name}", "name": name} | more


@tool
async def whoami(context: ToolContext) -> str:
    """Returns the user."""
    return f"{context.user_name}, known as {context.user_id}"


class TestPerson:
    @pytest.mark.parametrize(
        ("account", "id"),
        [
            ({"id": "29:ada", "aadObjectId": OBJECT_ID}, OBJECT_ID),
            ({"id": "29:ada"}, "29:ada"),
        ],
    )
    async def test_is_identified_by_the_entra_id_if_there_is_one(
        self, environment: dict[str, str], connector: Connector, model: ModelServer, account: Json, id: str
    ):
        model.calls(("1", "whoami", "{}"))

        async with run_bot(environment, connector, tools=[whoami]) as bot:
            await bot.post(bot.personal().message("Who am I?") | {"from": account | {"name": "Ada"}})

        assert model.tool_result() == f"Ada, known as {id}"


class TestTime:
    @pytest.mark.parametrize(
        "where",
        [
            {"entities": [{"type": "clientInfo", "locale": "hi-IN", "timezone": "Asia/Kolkata"}]},
            {"localTimezone": "Asia/Kolkata"},
        ],
    )
    async def test_is_in_the_time_zone_of_the_user(self, bot: Bot, model: ModelServer, where: Json):
        model.calls(TIME)

        await bot.post(bot.personal().message("What time is it?") | where)

        assert re.fullmatch(r"\w+day \d{4}-\d\d-\d\d \d\d:\d\d \(Asia/Kolkata\)", model.tool_result())


class TestMembers:
    async def test_are_listed_on_one_line_with_their_roles(self, bot: Bot, connector: Connector, model: ModelServer):
        group = bot.group()
        connector.rosters[group.account["id"]] = [
            member("Ada Lovelace", userRole="user"),
            member("Charles\n\nBabbage" + "!" * 100, userRole="guest"),
            member(None),
        ]
        model.calls(MEMBERS)

        await group.ask("Who is here?")

        assert model.tool_result() == (
            f"Members of this group chat, beside the bot: Ada Lovelace, Charles Babbage{'!' * 65} (guest). "
            "Asking: Ada Lovelace."
        )

    async def test_of_a_channel_are_the_members_of_its_team(self, bot: Bot, connector: Connector, model: ModelServer):
        connector.rosters["19:team@thread.tacv2"] = [member("Ada Lovelace")]
        channel = bot.channel()
        activity = channel.message("<at>Parley</at> Who is here?") | {
            "channelData": {"team": {"id": "19:team@thread.tacv2"}}
        }
        model.calls(MEMBERS)

        await bot.post(activity)

        assert model.tool_result().startswith("Members of this channel, beside the bot: Ada Lovelace.")

    @pytest.mark.parametrize("name", ["channelData", "channel_data"])
    @pytest.mark.parametrize(
        "id", ["../../../admin/secrets#", "%2e%2e/x", "a?b", "a\\b", "..;/x", "19:x/members/29:Owner", "a%2Fb"]
    )
    async def test_of_a_team_whose_id_leads_elsewhere_are_not_asked_for(
        self, bot: Bot, connector: Connector, model: ModelServer, id: str, name: str
    ):
        channel = bot.channel()
        connector.rosters[channel.account["id"].partition(";")[0]] = [member("Ada Lovelace")]
        activity = channel.message("<at>Parley</at> Who is here?")
        del activity["channelData"]
        model.calls(MEMBERS)

        await bot.post(activity | {name: {"team": {"id": id}}})

        assert model.tool_result().startswith("Members of this channel, beside the bot: Ada Lovelace.")

    @pytest.mark.parametrize("type", ["private", "shared"])
    async def test_of_a_private_or_shared_channel_are_its_own(
        self, bot: Bot, connector: Connector, model: ModelServer, type: str
    ):
        channel = bot.channel()
        id = channel.account["id"].partition(";")[0]
        connector.rosters |= {"19:team@thread.tacv2": [member("Alex Wilber")], id: [member("Ada Lovelace")]}
        where = {"team": {"id": "19:team@thread.tacv2"}, "channel": {"id": id, "type": type}}
        model.calls(MEMBERS)

        await bot.post(channel.message("<at>Parley</at> Who is here?") | {"channelData": where})

        assert model.tool_result().startswith("Members of this channel, beside the bot: Ada Lovelace.")

    @pytest.mark.parametrize("has_pages", [True, False])
    async def test_are_not_all_named_when_there_are_many(
        self, bot: Bot, connector: Connector, model: ModelServer, has_pages: bool
    ):
        connector.has_pages = has_pages
        connector.rosters["personal-1"] = [member(f"Person {number}") for number in range(1, 121)]
        model.calls(MEMBERS)

        await bot.personal().ask("Who is here?")

        assert model.tool_result().startswith("The first 100 members of this chat, which has more: Person 1, Person 2,")
        assert "Person 100." in model.tool_result() and "Person 101" not in model.tool_result()

    async def test_that_teams_does_not_list_are_no_failure(self, bot: Bot, model: ModelServer):
        model.calls(MEMBERS)

        assert await bot.personal().ask("Who is here?") == "OK."

        assert model.tool_result() == "Teams does not list the members of this chat. Asking: Ada Lovelace."
