"""The load on the bots: users who write, the model, and Teams."""

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

# One token of an answer.
TOKEN = "token "

# The number of groups. They are used in turn, so that none reaches a rate limit of Teams.
GROUPS = 500

# Seconds after which an answer counts as lost, in addition to the model's time.
_ANSWER_TIMEOUT = 60.0


@dataclass
class Answered:
    """The times of a turn, in seconds of the event loop; infinite after a timeout."""

    posted_at: float
    acknowledged_at: float = inf
    answered_at: float = inf
    """The time at which Teams received the whole answer."""


@dataclass(frozen=True)
class Streamed:
    """A streamed turn, as the model's server and the connector saw it."""

    turn: Answered
    sent_at: list[float]
    """The times at which the model's server sent each token; empty without a request."""
    requests: list[Sent]

    @property
    def first_words(self) -> float:
        """Return the seconds from the model's first token to the first text in Teams; infinite without one."""
        taken = (sent for sent in self.requests if 200 <= sent.status < 300 and sent.stream)
        shown = (sent.at for sent in taken if sent.stream and sent.stream["streamType"] != "informative")
        return next(shown, inf) - (self.sent_at or [0])[0]

    @property
    def final(self) -> float:
        """Return the seconds from the model's last token to the whole answer in Teams; infinite without one."""
        return self.turn.answered_at - (self.sent_at or [0])[-1]

    @property
    def bytes(self) -> int:
        """Return the size of all bodies as the SDK writes them."""
        bodies = (json.dumps(sent.activity, ensure_ascii=False, separators=(",", ":")) for sent in self.requests)
        return sum(len(body.encode()) for body in bodies)


class Load:
    """Writes to the bots and records the answers."""

    def __init__(self, connector: Connector, model: ModelServer, http: httpx.AsyncClient) -> None:
        self.connector = connector
        self.model = model
        self._http = http
        self._numbers = count(1)
        self._awaited: dict[str, tuple[asyncio.Future[float], int]] = {}  # by conversation: time, tokens
        connector.on_answered = self._note

    def group(self, bot: RunningBot) -> Conversation:
        """Return the next of the bot's groups."""
        return self._bot(bot).group(f"19:{bot.name}-{next(self._numbers) % GROUPS}@thread.v2")

    def personal(self, bot: RunningBot) -> Conversation:
        """Return a new 1:1 chat."""
        return self._bot(bot).personal(f"{bot.name}-{next(self._numbers)}")

    async def turn(
        self, conversation: Conversation, question: str, *, tokens: int, within: float = _ANSWER_TIMEOUT
    ) -> Answered:
        """Send a message. Wait at most `within` seconds for its acknowledgement and its answer of `tokens` tokens."""
        loop = asyncio.get_running_loop()
        answered: asyncio.Future[float] = loop.create_future()
        self._awaited[conversation.account["id"]] = answered, tokens
        turn = Answered(loop.time())
        try:
            async with asyncio.timeout(within):
                response = await conversation.send_to_bot(question)
                response.raise_for_status()
                turn.acknowledged_at = loop.time()
                turn.answered_at = await answered
        except (TimeoutError, httpx.HTTPError):
            pass
        return turn

    async def streams(self, bot: RunningBot, number: int, *, seconds: float, tokens_per_second: int) -> list[Streamed]:
        """Send a message in `number` 1:1 chats at once. The model streams each answer for `seconds`."""
        tokens = round(seconds * tokens_per_second)
        words = [word for _ in range(tokens) for word in (1 / tokens_per_second, TOKEN)]
        scripted = [self.model.speaks(*words) for _ in range(number)]
        first_request, first_sent = len(self.model.requests), len(self.connector.sent)
        chats = [self.personal(bot) for _ in range(number)]
        within = seconds + _ANSWER_TIMEOUT
        asked = (self.turn(chat, chat.account["id"], tokens=tokens, within=within) for chat in chats)
        turns = await asyncio.gather(*asked)
        self.model.forget()
        sent_at: dict[str, list[float]] = {chat.account["id"]: [] for chat in chats}
        for request, turn in zip(self.model.requests[first_request:], scripted, strict=False):
            sent_at[request["messages"][-1]["content"]] = turn.sent_at
        sent: dict[str, list[Sent]] = {id: [] for id in sent_at}
        for request in self.connector.sent[first_sent:]:
            sent[request.conversation_id].append(request)
        return [Streamed(turn, sent_at[id], sent[id]) for turn, id in zip(turns, sent, strict=True)]

    def _bot(self, bot: RunningBot) -> Bot:
        return Bot(bot.url, self.connector, self._http)

    def _note(self, sent: Sent) -> None:
        # Only answers of the model have the AI label.
        if sent.is_message and sent.has_ai_label and 200 <= sent.status < 300:
            answered, tokens = self._awaited[sent.conversation_id]
            if sent.text.split() == [TOKEN.strip()] * tokens and not answered.done():
                answered.set_result(sent.at)


@asynccontextmanager
async def open_load(*, latency: float) -> AsyncGenerator[Load]:
    """Open the doubles and the load. The connector answers after `latency` seconds."""
    connector, model = Connector(), ModelServer()
    connector.latency = latency
    unlimited = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    async with (
        serving(connector.app) as connector.url,
        serving(model.app) as model.url,
        httpx.AsyncClient(timeout=None, trust_env=False, limits=unlimited) as http,
    ):
        yield Load(connector, model, http)
