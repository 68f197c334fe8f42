"""What the bots stand between: the people who write, the model, and Teams."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from math import inf

import httpx

from doubles.bot import Bot, Conversation
from doubles.connector import Connector, Sent
from doubles.model_server import ModelServer
from doubles.server import serving

from .bots import RunningBot

# What the model says, as often as it is to.
TOKEN = "token "

# A group's members write to as many conversations in turn, so that none of them comes near Teams' limits.
GROUPS = 500

# An answer that takes so many seconds longer than the model does not count any more.
_PATIENCE = 60.0


@dataclass
class Answered:
    """A turn, in seconds of the event loop; infinite is what has not come about in time."""

    posted_at: float
    acknowledged_at: float = inf
    answered_at: float = inf
    """When Teams received the whole answer."""


@dataclass(frozen=True)
class Streamed:
    """A turn whose answer was streamed, as the model's server and the connector have seen it."""

    turn: Answered
    said_at: list[float]
    """When the model's server sent each token, in seconds of the event loop; empty when it was not asked."""
    requests: list[Sent]

    @property
    def first_words(self) -> float:
        """Seconds from the model's first token until Teams received words; infinite when it did not."""
        taken = (sent for sent in self.requests if 200 <= sent.status < 300 and sent.stream)
        shown = (sent.at for sent in taken if sent.stream and sent.stream["streamType"] != "informative")
        return next(shown, inf) - (self.said_at or [0])[0]

    @property
    def final(self) -> float:
        """Seconds from the model's last token until Teams received the whole answer; infinite when it did not."""
        return self.turn.answered_at - (self.said_at or [0])[-1]

    @property
    def bytes(self) -> int:
        """The sizes of all bodies, as the SDK writes them."""
        bodies = (json.dumps(sent.activity, ensure_ascii=False, separators=(",", ":")) for sent in self.requests)
        return sum(len(body.encode()) for body in bodies)


class Load:
    """Writes to the bots and sees what becomes of it."""

    def __init__(self, connector: Connector, model: ModelServer, http: httpx.AsyncClient) -> None:
        self.connector = connector
        self.model = model
        self._http = http
        self._numbers = count(1)
        self._awaited: dict[str, tuple[asyncio.Future[float], int]] = {}  # by conversation: time, tokens
        connector.on_answered = self._note

    def group(self, bot: RunningBot) -> Conversation:
        """One of the groups that the bot is in, another one each time."""
        return self._bot(bot).group(f"19:{bot.name}-{next(self._numbers) % GROUPS}@thread.v2")

    def personal(self, bot: RunningBot) -> Conversation:
        """A 1:1 chat that nothing was written in yet."""
        return self._bot(bot).personal(f"{bot.name}-{next(self._numbers)}")

    async def turn(
        self, conversation: Conversation, question: str, *, tokens: int, within: float = _PATIENCE
    ) -> Answered:
        """Write a message and wait for both its acknowledgement and its answer of so many tokens, but no longer than
        `within` seconds."""
        loop = asyncio.get_running_loop()
        answered: asyncio.Future[float] = loop.create_future()
        self._awaited[conversation.account["id"]] = answered, tokens
        turn = Answered(loop.time())
        try:
            async with asyncio.timeout(within):
                response = await conversation.say(question)
                response.raise_for_status()
                turn.acknowledged_at = loop.time()
                turn.answered_at = await answered
        except (TimeoutError, httpx.HTTPError):
            pass
        return turn

    async def streams(self, bot: RunningBot, number: int, *, seconds: float, tokens_per_second: int) -> list[Streamed]:
        """Ask in as many 1:1 chats at once; the model speaks that long to each of them, at that rate."""
        tokens = round(seconds * tokens_per_second)
        words = [word for _ in range(tokens) for word in (1 / tokens_per_second, TOKEN)]
        scripted = [self.model.speaks(*words) for _ in range(number)]
        first_request, first_sent = len(self.model.requests), len(self.connector.sent)
        chats = [self.personal(bot) for _ in range(number)]
        within = seconds + _PATIENCE
        asked = (self.turn(chat, chat.account["id"], tokens=tokens, within=within) for chat in chats)
        turns = await asyncio.gather(*asked)
        self.model.forget()
        said_at: dict[str, list[float]] = {chat.account["id"]: [] for chat in chats}
        for request, turn in zip(self.model.requests[first_request:], scripted, strict=False):
            said_at[request["messages"][-1]["content"]] = turn.said_at
        sent: dict[str, list[Sent]] = {id: [] for id in said_at}
        for request in self.connector.sent[first_sent:]:
            sent[request.conversation_id].append(request)
        return [Streamed(turn, said_at[id], sent[id]) for turn, id in zip(turns, sent, strict=True)]

    def _bot(self, bot: RunningBot) -> Bot:
        return Bot(bot.url, self.connector, self._http)

    def _note(self, sent: Sent) -> None:
        # What the bot says of its own, such as an excuse, is no answer and bears no label.
        if sent.is_message and sent.has_ai_label and 200 <= sent.status < 300:
            answered, tokens = self._awaited[sent.conversation_id]
            if sent.text.split() == [TOKEN.strip()] * tokens and not answered.done():
                answered.set_result(sent.at)


@asynccontextmanager
async def open_load(*, latency: float) -> AsyncGenerator[Load]:
    """The doubles and the people; the connector takes `latency` seconds to answer."""
    connector, model = Connector(), ModelServer()
    connector.latency = latency
    unlimited = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    async with (
        serving(connector.app) as connector.url,
        serving(model.app) as model.url,
        httpx.AsyncClient(timeout=None, trust_env=False, limits=unlimited) as http,
    ):
        yield Load(connector, model, http)
