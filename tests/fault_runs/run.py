"""A fault run, from the first question until the bots send nothing more."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

import httpx

from doubles.bot import BOT_ID, Bot, Conversation
from doubles.connector import BrokenRule, Connector
from doubles.model_server import ModelServer
from doubles.server import serving

from .model import RecordingModel
from .replicas import Replica, open_replicas, upgrade_database
from .verdict import Kill, Verdict, compare, question

# Seconds that Teams waits for an acknowledgement before it sends the message again.
_ACKNOWLEDGEMENT = 15.0

# Seconds after the last message to Teams until a run with unanswered questions ends. Also the seconds for which a
# message is repeated, and for which a kill waits for a turn in flight.
_TIMEOUT = 45.0

# Seconds after the last message until a run without unanswered questions ends. Second answers come earlier, within
# seconds of the start of a bot or of `TURN_TAKEOVER`.
_SILENCE = 3.0

# The default of `TURN_TAKEOVER`, in seconds.
TAKEOVER = 15


@dataclass(frozen=True)
class Plan:
    """The events of a run. The same seed gives the same messages, delays, repetitions, and numbers of answers before
    each kill. The state of the processes at a kill depends on the machine."""

    turns: int = 200
    conversations: int = 20
    """Half of them are groups, half 1:1 chats."""
    kills: int = 12
    seed: int = 1

    def random(self, purpose: object) -> Random:
        """Return a new generator for this purpose, so that other purposes do not change its numbers."""
        return Random(f"{self.seed} {purpose}")


@dataclass
class Figures:
    """The result of a run; durations are in seconds."""

    verdict: Verdict
    turns: int
    accepted: int
    deliveries: int
    wrong_answers: list[int]
    """The statuses of responses other than 2xx and 503."""
    broken_rules: list[BrokenRule]
    """Requests against the rules of Teams. Typing indicators may come too fast, because a process does not know what
    another one, or the one that was killed before it, has sent."""
    struck: list[int]
    """The number of turns in flight in the killed process, for each kill."""
    takeover: float | None
    """The longest time from a kill until another process sent the killed one's question to the model."""
    duration: float

    @property
    def most_in_doubt(self) -> int:
        """The most bubbles that can be in doubt: a turn sends one message at a time."""
        return sum(self.struck)

    @property
    def refused_indicators(self) -> int:
        return sum(sent.is_indicator for sent, _ in self.broken_rules)

    @property
    def is_good(self) -> bool:
        return (
            self.verdict.is_good
            and self.accepted == self.turns
            and self.verdict.in_doubt <= self.most_in_doubt
            and not self.wrong_answers
            and len(self.broken_rules) == self.refused_indicators
        )

    def __str__(self) -> str:
        verdict = self.verdict
        rows = {
            "turns": self.turns,
            "accepted": self.accepted,
            "answered": verdict.answered,
            "lost": verdict.lost,
            "doubled bubbles": verdict.doubled,
            "unfinished bubbles": verdict.unfinished,
            "bubbles with a foreign answer": verdict.foreign,
            "out of order": verdict.out_of_order,
            "bubbles in doubt": verdict.in_doubt,
            "  at most possible": self.most_in_doubt,
            "deliveries": self.deliveries,
            "  answered neither 2xx nor 503": len(self.wrong_answers),
            "rules of Teams broken": len(self.broken_rules) - self.refused_indicators,
            "typing indicators too fast": self.refused_indicators,
            "kills": len(self.struck),
            "  with turns in flight": sum(map(bool, self.struck)),
            "longest takeover": "-" if self.takeover is None else f"{self.takeover:.1f} s",
            "duration": f"{self.duration:.1f} s",
        }
        return "\n".join(f"{name:32}{value:>8}" for name, value in rows.items())


async def run_on_sqlite(plan: Plan, directory: Path) -> Figures:
    """Run the plan on one bot, with its files in `directory`, in an event loop of real time.

    Raises:
        RuntimeError: the bot has exited.
        TimeoutError: the bot does not listen.
    """
    return await _run(plan, directory, {}, replicas=1, silence=_SILENCE)


async def run_on_postgresql(plan: Plan, directory: Path, url: str, *, takeover: int = TAKEOVER) -> Figures:
    """Run the plan on three bots, with their files in `directory`, in an event loop of real time.

    Args:
        url: the database, of any version.
        takeover: `TURN_TAKEOVER`, seconds.

    Raises:
        RuntimeError: a bot has exited, or the database cannot be upgraded.
        TimeoutError: a bot does not listen.
    """
    settings = {"DATABASE_URL": url, "TURN_TAKEOVER": str(takeover)}
    await upgrade_database(directory, {**_COMMON, **settings})
    return await _run(plan, directory, settings, replicas=3, silence=takeover + _SILENCE)


_COMMON = {
    "DANGEROUSLY_ALLOW_UNAUTHENTICATED_REQUESTS": "true",
    "MAX_TURN_ATTEMPTS": "100",  # so that no turn fails because of the kills
    "OPENAI_MODEL": "scripted",
}


async def _run(plan: Plan, directory: Path, settings: Mapping[str, str], *, replicas: int, silence: float) -> Figures:
    connector, server = Connector(), ModelServer()
    model = RecordingModel(server, connector, plan.random("model"))
    connector.latency = 0.05
    connector.transits = iter(partial(plan.random("network").uniform, 0.01, 0.1), None)
    async with serving(connector.app) as connector.url, serving(server.app) as server.url:
        addresses = {"OPENAI_BASE_URL": f"{server.url}/v1"}
        async with (
            open_replicas(replicas, directory, {**_COMMON, **addresses, **settings}) as running,
            httpx.AsyncClient(timeout=_ACKNOWLEDGEMENT) as http,
        ):
            bots = [Bot(replica.url, connector, http) for replica in running]
            return await _Run(plan, silence, connector, model, running, bots).figures()


@dataclass
class _Run:
    plan: Plan
    silence: float
    connector: Connector
    model: RecordingModel
    replicas: Sequence[Replica]
    bots: Sequence[Bot]
    statuses: list[int] = field(default_factory=list[int])
    """The statuses of the bots' responses, 0 without a response."""
    accepted: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    """The numbers of the questions by conversation."""
    name: str = field(default_factory=lambda: uuid4().hex[:8])
    """Part of the conversations' ids, so that runs can share a database."""

    async def figures(self) -> Figures:
        started_at = asyncio.get_running_loop().time()
        async with asyncio.TaskGroup() as group:
            for number in range(self.plan.conversations):
                group.create_task(self._converse(number, group))
            group.create_task(self._kill())
        ended_at = await self._until_quiet()
        return Figures(
            verdict=self._verdict(),
            turns=self.plan.turns,
            accepted=sum(map(len, self.accepted.values())),
            deliveries=len(self.statuses),
            wrong_answers=[status for status in self.statuses if status and status // 100 != 2 and status != 503],
            broken_rules=self.connector.broken_rules,
            struck=[len(self.model.in_flight(name, kill.began)) for name, kill in self._kills.items()],
            takeover=max(self.model.takeovers(self._kills), default=None),
            duration=ended_at - started_at,
        )

    async def _converse(self, number: int, group: asyncio.TaskGroup) -> None:
        """Send the messages of one conversation, most of them before the last one is answered."""
        random = self.plan.random(f"conversation {number}")
        id = f"{self.name}-{number}"
        conversation = self.bots[0].group(id) if number % 2 else self.bots[0].personal(id)
        for turn in range(number, self.plan.turns, self.plan.conversations):
            await asyncio.sleep(random.choice((0.1, 2.0, 6.0)) * random.random())  # about as long as an answer takes
            activity = _message_to_bot(conversation, question(turn))
            for _ in range(random.choice((0, 0, 0, 1, 2))):
                delay = random.choice((0.0, 0.1, 5.0)) * random.random()
                group.create_task(self._repeat(activity, delay, random.choice(self.bots)))
            if not await self._deliver(activity, self.plan.random(f"delivery {turn}")):
                return
            self.accepted[id].append(turn)

    async def _deliver(self, activity: dict[str, Any], random: Random) -> bool:
        """Post a message to random bots until one acknowledges it. Return False after a timeout."""
        now = asyncio.get_running_loop().time
        until = now() + _TIMEOUT
        while now() < until:
            if await self._post(activity, random.choice(self.bots)):
                return True
            await asyncio.sleep(random.uniform(0.2, 1.0))
        return False

    async def _repeat(self, activity: dict[str, Any], delay: float, bot: Bot) -> None:
        """Post a message once more, even if it was acknowledged."""
        await asyncio.sleep(delay)
        await self._post(activity, bot)

    async def _post(self, activity: dict[str, Any], bot: Bot) -> bool:
        """Post a message. Return True if it is acknowledged."""
        status = 0
        with suppress(httpx.TransportError):
            status = (await bot.deliver(activity)).status_code
        self.statuses.append(status)
        return 200 <= status < 300

    async def _kill(self) -> None:
        """Kill processes that have turns in flight, each after a random number of answers."""
        random = self.plan.random("kills")
        for number in range(self.plan.kills):
            answers = int((number + random.random()) * self.plan.turns / (self.plan.kills + 1))
            await self._until(lambda answers=answers: self.model.answered >= answers)
            await asyncio.sleep(random.random())
            for replica in self.replicas:
                await replica.listening()  # another process must be there to take over
            await self._until(lambda: bool(self._busy))
            replica = random.choice(self._busy or self.replicas)
            await replica.kill()
            await replica.start()

    @property
    def _busy(self) -> list[Replica]:
        now = asyncio.get_running_loop().time()
        return [replica for replica in self.replicas if self.model.in_flight(replica.name, now)]

    async def _until(self, condition: Callable[[], bool]) -> None:
        """Wait until the condition is true, or for a timeout."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_TIMEOUT):
                await self.connector.until(condition)

    async def _until_quiet(self) -> float:
        """Wait until no message is sent; return the time of the last one, in the event loop's time."""
        now = asyncio.get_running_loop().time
        since = now()
        while now() - since < (_TIMEOUT if self._verdict().lost else self.silence):
            await asyncio.sleep(0.5)
            since = max([since, *(sent.at for sent in self.connector.sent[-1:])])
        return since

    @property
    def _kills(self) -> dict[str, Kill]:
        return {name: kill for replica in self.replicas for name, kill in replica.kills.items()}

    def _verdict(self) -> Verdict:
        bubbles = {id: self.connector.bubbles(id) for id in {sent.conversation_id for sent in self.connector.sent}}
        return compare(self.accepted, bubbles, self.model.struck(self._kills))


def _message_to_bot(conversation: Conversation, text: str) -> dict[str, Any]:
    if conversation.account.get("isGroup"):
        return conversation.message(f"<at>Parley</at> {text}", mentions={"Parley": BOT_ID})
    return conversation.message(text)
