"""Mentions in a message: only that of the bot is left out of the question."""

from typing import Any

import pytest

from doubles.bot import BOT_ID, Bot
from doubles.connector import Connector
from doubles.lines import line
from doubles.model_server import ModelServer

Json = dict[str, Any]


def mention(id: str, name: str | None, text: str | None = None, **more: Any) -> Json:
    account = {"id": id} | ({"name": name} if name else {})
    return {"type": "mention", "mentioned": account} | ({"text": text} if text else {}) | more


BOT, NAMESAKE = mention(BOT_ID, "Parley"), mention("29:parley", "Parley")


@pytest.mark.parametrize(
    ("text", "entities", "expected"),
    [
        ("<at>Parley</at> why?", [BOT], "why?"),
        ("<AT ID='0'>parley</AT > why?", [BOT], "why?"),
        ("<at>Ask &amp; Tell</at> why?", [mention(BOT_ID, None, "<at>Ask & Tell</at>")], "why?"),
        ("<at>The\N{NO-BREAK SPACE}Bot</at> why?", [mention(BOT_ID, "The  Bot")], "why?"),
        ("why <at>Parley</at>, why?", [BOT], "why , why?"),
        ("<at>Parley</at>, why?", [BOT], "why?"),
        ("<at>Parley</at>: why?", [BOT], "why?"),
        ("<at>Parley</at>:) why?", [BOT], ":) why?"),
        ("<at>Parley</at> and <at>Parley</at>", [BOT, NAMESAKE], "and Parley"),
        ("<at>Parley</at> and <at>Parley</at>", [NAMESAKE, BOT], "Parley and"),
        ("<at id='1'>Parley</at> and <at id='0'>Parley</at>", [NAMESAKE, BOT], "and Parley"),
        (
            "<at id='b'>Parley</at> and <at id='a'>Parley</at>",
            [NAMESAKE | {"id": "a"}, BOT | {"id": "b"}],
            "and Parley",
        ),
        ("<at>Parley</at> <at>Parley</at> why?", [BOT], "why?"),
        ("<at>A &lt;B&gt;</at>&nbsp;why? <at>Parley</at>", [mention("29:a", "A <B>"), BOT], "A <B> why?"),
        ("<at>Parley</at> why?", [], "why?"),
        ("<at>Bot</at> why?", [], "why?"),
        ("<at>Bot</at> why?", [mention(BOT_ID, None)], "why?"),
        ("<at>Bot</at> why?", [{"type": "mention", "mentioned": {"name": "Bot"}}], "why?"),
        ("<at>Parley</at> what is <at>x</at> in HTML?", [BOT], "what is <at>x</at> in HTML?"),
        ("<at>Parley</at> what is &nbsp; in HTML?", [BOT], "what is &nbsp; in HTML?"),
    ],
)
async def test_only_that_of_the_bot_goes(bot: Bot, model: ModelServer, text: str, entities: list[Json], expected: str):
    await bot.post(bot.group().message(text) | {"entities": entities})

    assert model.messages()[-1] == ("user", f"Ada Lovelace: {expected}")


@pytest.mark.parametrize(
    "text", ["<at id='0'>Parley</at> /help", "<at>Parley</at>&nbsp;/help", "<at>Parley</at>: /help"]
)
@pytest.mark.parametrize("entities", [[], [BOT], [None]])
@pytest.mark.parametrize("name", ["Parley", None])
async def test_a_command_is_found_behind_it(
    bot: Bot, connector: Connector, text: str, entities: list[Any], name: str | None
):
    message = bot.group().message(text) | {"entities": entities, "recipient": {"id": BOT_ID, "name": name}}

    await bot.post(message)

    assert line("help-commands") in connector.messages[0].text


@pytest.mark.parametrize(("id", "is_answered"), [(BOT_ID, True), ("29:other", False)])
@pytest.mark.parametrize("text", ["<at>Robot</at> why?", "why?"])
async def test_an_entity_is_one_in_any_case(bot: Bot, model: ModelServer, id: str, is_answered: bool, text: str):
    entity = mention(id, "Robot", "<at>Robot</at>", type="Mention")

    await bot.post(bot.group().message(text) | {"entities": [entity]})

    assert [model.messages()[-1][1] for _ in model.requests] == ["Ada Lovelace: why?"] * is_answered


@pytest.mark.slow
async def test_thousands_of_them_take_no_longer(bot: Bot, model: ModelServer):
    text = "".join(f"<at>N{number}</at>" for number in range(4000))
    entities = [mention(f"29:{number}", f"N{number}") for number in range(4000)]

    await bot.post(bot.personal().message(text) | {"entities": entities})

    assert model.messages()[-1][1].startswith("N0N1N2")
