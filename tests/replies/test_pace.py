"""The rate of activities into a conversation. The connector refuses what exceeds Teams' limits."""

import asyncio
from contextlib import suppress

import pytest

from doubles.bot import BOT_ID, run_bot
from doubles.connector import THREAD_LIMITS, Connector
from parley.replies.rate_limits import Pace


async def send(pace: Pace, number: int, conversation_id: str = "19:group") -> list[float]:
    """Return the times at which so many activities, all there at once, may be sent."""
    times: list[float] = []
    for _ in range(number):
        await pace.wait(conversation_id)
        times.append(asyncio.get_running_loop().time())
    return times


@pytest.mark.slow
async def test_many_questions_at_once_are_answered_within_the_limits(environment: dict[str, str], connector: Connector):
    async with run_bot(environment | {"MAX_WAITING_TURNS": "40"}, connector) as bot:
        group = bot.group()

        await asyncio.gather(*(group.send(f"<at>Parley</at> {n}", mentions={"Parley": BOT_ID}) for n in range(40)))

    assert len(connector.messages) == 40
    assert connector.refusals == []
    typing = [sent for sent in connector.sent if sent.type == "typing"]
    assert len(typing) < 40, "where there is room for one activity only, it is the message"


async def test_a_cancelled_wait_takes_no_place():
    pace = Pace()
    await send(pace, 7)
    for _ in range(50):
        with suppress(TimeoutError):
            async with asyncio.timeout(0.01):
                await pace.wait("19:group")

    [time] = await send(pace, 1)

    assert time < 1.2


async def test_no_limit_is_exceeded_over_an_hour():
    times = await send(Pace(), 2000)

    for most, seconds in THREAD_LIMITS:
        assert all(later - earlier >= seconds for earlier, later in zip(times, times[most:], strict=False))
    assert times[6] == 0, "what is allowed at once is sent at once"
    assert 3600 < times[-1] < 3700


async def test_conversations_do_not_wait_for_each_other():
    pace = Pace()

    for number in range(20):
        assert await send(pace, 7, f"19:group-{number}") == [0] * 7


async def test_a_conversation_is_forgotten_after_a_quiet_hour():
    pace = Pace()
    for number in range(100):
        await pace.wait(f"19:old-{number}")
    await asyncio.sleep(3601)

    for number in range(60):
        await pace.wait(f"19:new-{number}")

    assert len(pace) == 60
