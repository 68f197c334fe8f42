"""The usage limits of a user: the messages about them, the counted usage, and its period."""

import asyncio
import json
import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from doubles.bot import BOT_ID, Bot, run_bot
from doubles.connector import Connector
from doubles.disk import Disk
from doubles.lines import incident_in, line
from doubles.model_server import ModelServer
from doubles.postgres import PostgresServer
from doubles.usage import move_into_past, now, usage_records
from parley.handlers.reading.question import limit_line
from parley.language import localizer_for
from parley.language.catalogue import catalogue_tags


def seconds_in(text: str, tag: str = "en") -> int | None:
    """The seconds in the line `wait-for-seconds`; None if `text` is another one."""
    say = localizer_for(tag)
    return next((seconds for seconds in range(2, 61) if text == say("wait-for-seconds", seconds=seconds)), None)


@pytest.fixture
def turns_limited(environment: dict[str, str]) -> dict[str, str]:
    return environment | {"TURNS_PER_USER_PER_MINUTE": "2"}


@pytest.fixture
def tokens_limited(environment: dict[str, str]) -> dict[str, str]:
    return environment | {"TOKENS_PER_USER_PER_DAY": "100"}


class TestQuestions:
    async def test_beyond_the_limit_are_told_how_long_to_wait(
        self, turns_limited: dict[str, str], connector: Connector, model: ModelServer
    ):
        async with run_bot(turns_limited, connector) as bot:
            said = [await bot.personal().ask(f"Question {number}") for number in range(3)]

        assert said[:2] == ["OK.", "OK."]
        seconds = seconds_in(said[2])
        assert seconds and 50 < seconds <= 60
        assert len(model.requests) == 2
        assert not connector.bubbles()[-1].has_ai_label and not connector.bubbles()[-1].has_feedback

    async def test_are_answered_again_after_that_time(self, turns_limited: dict[str, str], connector: Connector):
        async with run_bot(turns_limited, connector) as bot:
            for _ in range(3):
                await bot.personal().ask("Hi")
            move_into_past(turns_limited["DATABASE_URL"], timedelta(minutes=1))

            assert await bot.personal().ask("Hi") == "OK."

    async def test_that_were_refused_are_not_remembered(
        self, turns_limited: dict[str, str], connector: Connector, model: ModelServer
    ):
        async with run_bot(turns_limited, connector) as bot:
            for word in ("One", "Two", "Three"):
                await bot.personal().ask(word)
            move_into_past(turns_limited["DATABASE_URL"], timedelta(minutes=1))
            await bot.personal().ask("Four")

        assert [content for role, content in model.messages() if role == "user"] == ["One", "Two", "Four"]

    async def test_are_counted_for_each_user_in_all_conversations(
        self, turns_limited: dict[str, str], connector: Connector
    ):
        async with run_bot(turns_limited, connector) as bot:
            await bot.personal("a").ask("Hi", by="Ada Lovelace")
            await bot.channel().ask("Hi", by="Ada Lovelace")
            others = await bot.group().ask("Hi", by="Alex Wilber")
            mine = await bot.group().ask("Hi", by="Ada Lovelace")

        assert others == "OK."
        assert seconds_in(mine)

    async def test_without_an_entra_id_are_counted_by_the_account(
        self, turns_limited: dict[str, str], connector: Connector
    ):
        async with run_bot(turns_limited, connector) as bot:
            for _ in range(3):
                message = bot.personal().message("Hi")
                del message["from"]["aadObjectId"]
                await bot.post(message)

        assert [sent.text for sent in connector.messages][:2] == ["OK.", "OK."]
        assert seconds_in(connector.messages[2].text)
        assert {each.user_id for each in usage_records(turns_limited["DATABASE_URL"])} == {"29:Ada"}

    async def test_do_not_count_when_they_need_no_model(self, turns_limited: dict[str, str], connector: Connector):
        async with run_bot(turns_limited, connector) as bot:
            for text in ("/help", "", "/new", "/nonsense", "/help"):
                await bot.personal().ask(text)

            assert await bot.personal().ask("Hi") == "OK."
        assert len(usage_records(turns_limited["DATABASE_URL"])) == 1

    async def test_stay_counted_when_the_conversation_is_forgotten(
        self, turns_limited: dict[str, str], connector: Connector
    ):
        async with run_bot(turns_limited, connector) as bot:
            for text in ("Hi", "Hi", "/forget yes"):
                await bot.personal().ask(text)

            assert seconds_in(await bot.personal().ask("Hi"))

    async def test_stay_counted_when_the_bot_restarts(self, turns_limited: dict[str, str], connector: Connector):
        async with run_bot(turns_limited, connector) as bot:
            for _ in range(2):
                await bot.personal().ask("Hi")
        async with run_bot(turns_limited, connector) as bot:
            assert seconds_in(await bot.personal().ask("Hi"))

    async def test_are_not_counted_again_after_a_crash(
        self, environment: dict[str, str], connector: Connector, disk: Disk
    ):
        limited = environment | {"TURNS_PER_USER_PER_MINUTE": "1"}
        async with run_bot(limited, connector) as bot:
            message = bot.personal().message("Hi")
            await bot.post(message)
        disk.execute("UPDATE turns SET finished_at = NULL, activity = ?", json.dumps(message))
        async with run_bot(limited, connector) as bot:
            await bot.until_idle()

        assert [bubble.text for bubble in connector.bubbles()] == ["OK."]
        assert len(connector.messages) == 2
        assert len(usage_records(limited["DATABASE_URL"])) == 1

    async def test_count_again_when_they_are_edited(self, turns_limited: dict[str, str], connector: Connector):
        async with run_bot(turns_limited, connector) as bot:
            chat = bot.personal()
            message = chat.message("Hi")
            await bot.post(message)
            await chat.edit(message, "Hello", number=1)
            await chat.edit(message, "Good morning", number=2)

        assert seconds_in(connector.bubbles()[-1].text)
        assert len(usage_records(turns_limited["DATABASE_URL"])) == 2

    @pytest.mark.real_time
    async def test_are_counted_by_all_processes_together(
        self,
        environment: dict[str, str],
        connector: Connector,
        model: ModelServer,
        postgres: PostgresServer,
        prepared: str,
    ):
        limited = environment | {"DATABASE_URL": postgres.url(prepared), "TURNS_PER_USER_PER_MINUTE": "4"}
        async with run_bot(limited, connector) as one, run_bot(limited, connector) as other:
            for number in range(12):
                bot = (one, other)[number % 2]
                group = bot.group(f"19:{number}@thread.v2")
                await bot.deliver(group.message("<at>Parley</at> Hi", mentions={"Parley": BOT_ID}))
            async with asyncio.timeout(30):
                await connector.until(lambda: len(connector.messages) == 12)

        said = [sent.text for sent in connector.messages]
        assert said.count("OK.") == len(model.requests) == 4
        assert sum(seconds_in(text) is not None for text in said) == 8

    @pytest.mark.parametrize(("locale", "tag"), [("de-DE", "de"), ("ja-JP", "ja")])
    async def test_are_refused_in_the_language_of_the_user(
        self, turns_limited: dict[str, str], connector: Connector, locale: str, tag: str
    ):
        async with run_bot(turns_limited, connector) as bot:
            for _ in range(3):
                await bot.post(bot.personal().message("Hi") | {"locale": locale})

        assert seconds_in(connector.messages[-1].text, tag)


class TestTokens:
    @pytest.mark.parametrize("is_said", [True, False], ids=["as the server counts them", "by estimate"])
    async def test_of_a_day_are_used_by_questions_and_answers(
        self, tokens_limited: dict[str, str], connector: Connector, model: ModelServer, is_said: bool
    ):
        model.answers("An answer. " * 50, usage=(90, 20) if is_said else None)

        async with run_bot(tokens_limited, connector) as bot:
            await bot.personal().ask("Hi")
            refused = await bot.personal().ask("Hi")

        [question] = usage_records(tokens_limited["DATABASE_URL"])
        assert question.tokens == 110 if is_said else 120 < question.tokens < 200
        until = question.at + timedelta(days=1, minutes=1)
        assert refused == line("wait-until-another-day-in-utc", time=until)
        assert len(model.requests) == 1

    @pytest.mark.parametrize(
        ("told", "zone"),
        [
            ({"localTimezone": "Asia/Kolkata"}, "Asia/Kolkata"),
            ({"entities": [{"type": "clientInfo", "timezone": "America/New_York"}]}, "America/New_York"),
            ({"localTimezone": "Nowhere/Land"}, None),
            ({"localTimezone": "../Europe"}, None),
            ({"localTimezone": 17}, None),
            ({}, None),
        ],
        ids=repr,
    )
    async def test_return_at_a_time_in_the_time_zone_of_the_user(
        self,
        tokens_limited: dict[str, str],
        connector: Connector,
        model: ModelServer,
        told: dict[str, object],
        zone: str | None,
    ):
        model.answers("OK.", usage=(90, 20))
        async with run_bot(tokens_limited, connector) as bot:
            await bot.personal().ask("Hi")
            move_into_past(tokens_limited["DATABASE_URL"], timedelta(hours=5, minutes=17))
            await bot.post(bot.personal().message("Hi") | told)

        [question] = usage_records(tokens_limited["DATABASE_URL"])
        clock = (question.at + timedelta(days=1, minutes=1)).astimezone(ZoneInfo(zone or "UTC"))
        is_today = clock.date() == now().astimezone(clock.tzinfo).date()
        id = f"wait-until{'' if is_today else '-another-day'}{'' if zone else '-in-utc'}"
        assert connector.messages[-1].text == line(id, time=clock)

    async def test_return_at_the_time_that_the_line_names(
        self, tokens_limited: dict[str, str], connector: Connector, model: ModelServer
    ):
        model.answers("OK.", usage=(90, 20))
        async with run_bot(tokens_limited, connector) as bot:
            await bot.personal().ask("Hi")
            [question] = usage_records(tokens_limited["DATABASE_URL"])
            move_into_past(tokens_limited["DATABASE_URL"], question.at + timedelta(days=1) - now())

            assert await bot.personal().ask("Hi") == "OK."

    async def test_count_when_the_answer_fails_in_a_later_round(
        self, tokens_limited: dict[str, str], connector: Connector, model: ModelServer
    ):
        model.calls(("1", "nonsense", "{}"), usage=(90, 20))
        model.refuses(400, "bad_request")

        async with run_bot(tokens_limited, connector) as bot:
            await bot.personal().ask("Hi")

        assert [question.tokens for question in usage_records(tokens_limited["DATABASE_URL"])] == [110]

    async def test_count_when_the_user_stops_the_answer(
        self, tokens_limited: dict[str, str], connector: Connector, model: ModelServer
    ):
        model.speaks("An answer. " * 50, 2.0, "And ", 2.0, "more.")

        async with run_bot(tokens_limited, connector) as bot:
            turn = asyncio.create_task(bot.personal().send("Hi"))
            await connector.first_step.wait()
            connector.press_stop("personal-1")
            await turn

        [question] = usage_records(tokens_limited["DATABASE_URL"])
        assert 120 < question.tokens < 200

    async def test_count_when_an_edit_cancels_the_answer_early(
        self, tokens_limited: dict[str, str], connector: Connector, model: ModelServer
    ):
        model.speaks(30.0, "An answer.")

        async with run_bot(tokens_limited, connector) as bot:
            chat = bot.personal()
            message = chat.message("Hi" * 1000)
            await bot.deliver(message)
            await asyncio.sleep(5)
            await chat.edit(message, "/help")

        assert len(model.requests) == 1
        [question] = usage_records(tokens_limited["DATABASE_URL"])
        assert question.tokens > 200

    async def test_do_not_count_when_the_model_refuses_at_once(
        self, tokens_limited: dict[str, str], connector: Connector, model: ModelServer
    ):
        model.refuses(401, "invalid_api_key")

        async with run_bot(tokens_limited, connector) as bot:
            await bot.personal().ask("Hi" * 1000)

        assert [question.tokens for question in usage_records(tokens_limited["DATABASE_URL"])] == [0]


class TestPause:
    """The line that tells how long it is, on any day."""

    ZONES = pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", None])

    @ZONES
    @pytest.mark.parametrize("locale", catalogue_tags())
    def test_until_another_day_names_the_day(self, locale: str, zone: str | None):
        tomorrow = (now() + timedelta(hours=23, minutes=59, seconds=30)).astimezone(ZoneInfo(zone or "UTC"))

        told = limit_line(tomorrow, zone, localizer_for(locale))

        shown = tomorrow + timedelta(minutes=1)
        assert str(shown.year) in told and re.search(rf"(?<!\d)0?{shown.day}(?!\d)", told)
        assert ("UTC" in told) == (zone is None)

    @pytest.mark.parametrize("locale", catalogue_tags())
    def test_until_later_today_names_the_time_only(self, locale: str):
        hours = {ZoneInfo(zone): now().astimezone(ZoneInfo(zone)).hour for zone in ("Asia/Tokyo", "America/New_York")}
        zone = next(zone for zone, hour in hours.items() if hour < 22)

        told = limit_line(now() + timedelta(hours=1), zone.key, localizer_for(locale))

        assert str(now().year) not in told


async def test_without_limits_nothing_is_counted(bot: Bot, environment: dict[str, str]):
    for _ in range(5):
        await bot.personal().ask("Hi")

    assert usage_records(environment["DATABASE_URL"]) == []


async def test_usage_older_than_a_day_is_deleted(turns_limited: dict[str, str], connector: Connector):
    async with run_bot(turns_limited, connector) as bot:
        await bot.personal().ask("Hi")
        move_into_past(turns_limited["DATABASE_URL"], timedelta(hours=23, minutes=50))
        await asyncio.sleep(3601)
        kept = len(usage_records(turns_limited["DATABASE_URL"]))
        move_into_past(turns_limited["DATABASE_URL"], timedelta(minutes=10))
        await asyncio.sleep(3601)

        assert (kept, len(usage_records(turns_limited["DATABASE_URL"]))) == (1, 0)


async def test_a_question_that_cannot_be_counted_is_not_answered(
    turns_limited: dict[str, str], connector: Connector, model: ModelServer, disk: Disk
):
    async with run_bot(turns_limited, connector) as bot:
        disk.execute("DROP TABLE usage")
        said = await bot.personal().ask("Hi")

    assert incident_in(said, "memory-unreachable")
    assert not model.requests
