"""Answers in a group chat or a channel, as Teams receives them."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from doubles.bot import BOT_ID, Bot, Conversation
from doubles.connector import Connector
from doubles.lines import incident_in
from doubles.model_server import ModelServer


@pytest.fixture(params=["group", "channel"])
def conversation(bot: Bot, request: pytest.FixtureRequest) -> Conversation:
    return bot.group() if request.param == "group" else bot.channel()


def pieces(number: int, *, every: float) -> list[str | float]:
    return [piece for index in range(number) for piece in (f"{index} ", every)]


@pytest.mark.slow
async def test_an_answer_of_ten_minutes_arrives_whole(
    conversation: Conversation, connector: Connector, model: ModelServer
):
    model.speaks(*pieces(60, every=10))

    answer = await conversation.ask("Hi")

    assert answer.split() == [str(number) for number in range(60)]
    assert not any(sent.stream for sent in connector.sent)


async def test_the_typing_indicator_is_renewed_during_a_long_wait(
    conversation: Conversation, connector: Connector, model: ModelServer
):
    model.speaks(32, "At last.")

    await conversation.ask("Hi")

    *typing, message = connector.sent
    assert message.is_message and all(sent.type == "typing" for sent in typing)
    assert [sent.at for sent in typing] == pytest.approx([0, 5, 10, 15, 20, 25, 30], abs=0.1)


@pytest.mark.parametrize("status", [412, 429, 502, 503, 504])
async def test_a_message_that_failed_for_the_moment_is_sent_again(
    conversation: Conversation, connector: Connector, model: ModelServer, status: int
):
    connector.refuse_next(status, "Unavailable", "not now", type="message", times=4)

    assert await conversation.ask("Hi") == "OK."


@pytest.mark.parametrize("seconds", [3, 59])
async def test_a_message_waits_as_long_as_teams_asks(conversation: Conversation, connector: Connector, seconds: float):
    connector.refuse_next(429, "TooManyRequests", "slow down", type="message", retry_after=seconds)

    await conversation.ask("Hi")

    refused, taken = connector.sent[-2:]
    assert taken.at - refused.at == pytest.approx(seconds, abs=0.05)


@pytest.mark.parametrize("form", ["%a, %d %b %Y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y"])
async def test_a_message_waits_until_the_date_that_teams_names(
    conversation: Conversation, connector: Connector, form: str
):
    date = (datetime.now(UTC) + timedelta(seconds=30)).strftime(form)
    connector.refuse_next(429, "TooManyRequests", "slow down", type="message", retry_after=date)

    await conversation.ask("Hi")

    refused, taken = connector.sent[-2:]
    assert 25 < taken.at - refused.at < 31


@pytest.mark.parametrize("nonsense", ["-5", "soon", "", f"Wed, 21 Oct {10**20} 07:28:00 GMT"])
async def test_a_malformed_retry_time_is_ignored(conversation: Conversation, connector: Connector, nonsense: str):
    connector.refuse_next(429, "TooManyRequests", "slow down", type="message", retry_after=nonsense)

    await conversation.ask("Hi")

    refused, taken = connector.sent[-2:]
    assert 1 <= taken.at - refused.at < 2.1


async def test_a_message_with_an_unreadable_response_is_sent_again(conversation: Conversation, connector: Connector):
    connector.refuse_next(503, "Unavailable", "not now", type="message", retry_after="soon" * 20_000)

    assert await conversation.ask("Hi") == "OK."


async def test_a_retry_time_that_is_too_long_is_not_followed(conversation: Conversation, connector: Connector):
    connector.refuse_next(429, "TooManyRequests", "slow down", type="message", retry_after=61)

    reply = await conversation.ask("Hi")

    assert incident_in(reply, "went-wrong")


async def test_attempts_are_limited_and_increasingly_spaced(
    conversation: Conversation, connector: Connector, caplog: pytest.LogCaptureFixture
):
    connector.refuse_next(503, "Unavailable", "not now", type="message", times=10)

    await conversation.send("<at>Parley</at> Hi", mentions={"Parley": BOT_ID})

    times = [sent.at for sent in connector.sent if sent.is_message][:5]
    assert len(connector.refusals) == 10, "five attempts for the answer and five for the line about it"
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert gaps == [pytest.approx(seconds + 0.5, abs=0.51) for seconds in (1, 2, 4, 8)]
    assert len({round(gap % 1, 3) for gap in gaps}) > 1, "chance keeps many bots from coming back at once"
    assert "Apology not sent" in caplog.text


async def test_a_message_without_a_response_is_sent_again(
    conversation: Conversation, connector: Connector, model: ModelServer
):
    connector.ignore_next(type="message")

    assert await conversation.ask("Hi") == "OK."
    assert connector.messages[0].at < 13


async def test_a_lost_typing_indicator_does_not_delay_the_answer(
    conversation: Conversation, connector: Connector, model: ModelServer
):
    connector.ignore_next(type="typing")

    assert await conversation.ask("Hi") == "OK."
    assert connector.messages[0].at <= 1.1


@pytest.mark.slow
async def test_a_long_answer_is_sent_in_parts_within_the_rate_limit(
    conversation: Conversation, connector: Connector, model: ModelServer
):
    paragraphs = [f"{number} " + "word " * 300 + "\n\n" for number in range(300)]
    model.answers(*paragraphs)

    await conversation.send("<at>Parley</at> Hi", mentions={"Parley": BOT_ID})

    assert len(connector.messages) > 8
    assert "".join(message.text for message in connector.messages) == "".join(paragraphs)
    assert connector.refusals == []
