"""A bot on a real port, and the people who write to it."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import httpx
from microsoft_teams.ai import Function

from parley.app import open_app
from parley.inbox import LocalQueue
from parley.settings import Settings
from parley.tools import TOOLS

from .connector import Connector
from .server import serving

Json = dict[str, Any]

BOT_ID = "28:bot"
_ids = count(1)


@dataclass
class Bot:
    """A running bot."""

    url: str
    connector: Connector
    http: httpx.AsyncClient
    turns: LocalQueue | None = None
    """What the bot has accepted; None for a bot that cannot tell when it is through, or is so when it accepts it."""

    def personal(self, id: str = "personal-1", person: str = "Ada Lovelace") -> "Conversation":
        # Teams leaves isGroup out in a 1:1 chat.
        return Conversation(self, {"id": id, "conversationType": "personal", "tenantId": "t"}, person)

    def group(self, id: str = "19:group@thread.v2") -> "Conversation":
        self.connector.groups.add(id)
        return Conversation(self, {"id": id, "conversationType": "groupChat", "isGroup": True, "tenantId": "t"})

    def channel(self, root: str = "1700000000000") -> "Conversation":
        id = f"19:channel@thread.tacv2;messageid={root}"
        self.connector.groups.add(id)
        return Conversation(self, {"id": id, "conversationType": "channel", "isGroup": True, "tenantId": "t"})

    async def post(self, activity: Json, *, token: str | None = None) -> httpx.Response:
        """Post an activity to the bot as Teams does, and wait until the bot is through with it."""
        response = await self.deliver(activity, token=token)
        await self.through()
        return response

    async def through(self) -> None:
        """Wait until the bot is through with all that it has accepted."""
        if self.turns:
            await self.turns.join()

    async def deliver(self, activity: Json, *, token: str | None = None) -> httpx.Response:
        """Post an activity to the bot as Teams does."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        return await self.http.post(f"{self.url}/api/messages", json=activity, headers=headers)


@dataclass
class Conversation:
    """A chat or a thread that the bot is part of."""

    bot: Bot
    account: Json
    person: str = "Ada Lovelace"

    async def say(self, text: str, *, by: str | None = None, mentions: dict[str, str] | None = None) -> httpx.Response:
        """Write a message and wait until the bot is through with it; `mentions` maps the names between `<at>` marks in
        the text to accounts."""
        return await self.bot.post(self.message(text, by=by, mentions=mentions))

    async def address(self, text: str, *, by: str | None = None) -> httpx.Response:
        """Write a message to the bot, in a group with a mention, and wait until it is acknowledged."""
        if self.account.get("isGroup"):
            return await self.say(f"<at>Parley</at> {text}", by=by, mentions={"Parley": BOT_ID})
        return await self.say(text, by=by)

    async def ask(self, text: str, *, by: str | None = None) -> str:
        """Write a message, to the bot by mention where there are several people; returns what the bot replied.

        That is one message, perhaps with another below it that has suggested actions.
        """
        before = len(self.bot.connector.messages)
        response = await self.address(text, by=by)
        assert response.status_code == 200, response.text
        reply, *below = self.bot.connector.messages[before:]
        assert len(below) <= 1 and all(message.choices for message in below)
        return "\n\n".join(message.text for message in (reply, *below))

    async def edit(self, message: Json, text: str, *, number: int = 1) -> httpx.Response:
        """Edit a message that was sent, for the time with that number, and wait until the bot is through with it."""
        return await self.bot.post(self.edited(message, text, number=number))

    def edited(self, message: Json, text: str, *, number: int = 1) -> Json:
        """What Teams sends when a message was edited, the time with that number."""
        return self._news(message | {"text": text}, "messageUpdate", "editMessage", number)

    async def delete(self, message: Json, *, number: int = 1) -> httpx.Response:
        """Delete a message that was sent, and wait until the bot is through with it."""
        return await self.bot.post(self.deleted(message, number=number))

    def deleted(self, message: Json, *, number: int = 1) -> Json:
        """What Teams sends when a message was deleted; nothing of what it said."""
        news = self._news(message, "messageDelete", "softDeleteMessage", number)
        return {name: value for name, value in news.items() if name not in ("text", "textFormat", "attachments")}

    async def undelete(self, message: Json, *, number: int = 1) -> httpx.Response:
        """Take a deletion back, and wait until the bot is through with it."""
        return await self.bot.post(self._news(message, "messageUpdate", "undeleteMessage", number))

    async def click(
        self,
        message_id: str | None,
        reaction: str = "like",
        feedback: str = '{"feedbackText": ""}',
        *,
        by: str | None = None,
        **changed: Any,
    ) -> httpx.Response:
        """Click on a thumb below a message of the bot's, and send the form that opens."""
        value = {"actionName": "feedback", "actionValue": {"reaction": reaction, "feedback": feedback}}
        click = self.message("", by=by) | {"type": "invoke", "name": "message/submitAction", "value": value}
        del click["text"], click["textFormat"]
        if message_id is not None:
            click["replyToId"] = message_id
        return await self.bot.post(click | changed)

    def _news(self, message: Json, type: str, event_type: str, number: int) -> Json:
        channel_data = message["channelData"] | {"eventType": event_type}
        timestamp = f"2026-01-01T10:{number:02}:00.000Z"
        return message | {"type": type, "channelData": channel_data, "timestamp": timestamp}

    async def install(
        self, *, locale: str = "en-US", action: str = "add", token: str | None = None
    ) -> list[httpx.Response]:
        """Install the bot, which Teams announces twice, and wait until it is through with that."""
        about = self.message("")
        both: list[Json] = [
            {"type": "conversationUpdate", "membersAdded": [about["recipient"], about["from"]]},
            {"type": "installationUpdate", "action": action, "locale": locale},
        ]
        del about["text"], about["locale"]
        announced = [about | activity | {"id": str(next(_ids))} for activity in both]
        return [await self.bot.post(activity, token=token) for activity in announced]

    async def show(self, text: str, *attachments: Json) -> str:
        """Write a message with attachments; returns what the bot replied."""
        before = len(self.bot.connector.messages)
        response = await self.bot.post(self.message(text) | {"attachments": list(attachments)})
        assert response.status_code == 200, response.text
        [reply] = self.bot.connector.messages[before:]
        return reply.text

    def message(self, text: str, *, by: str | None = None, mentions: dict[str, str] | None = None) -> Json:
        name = by or self.person
        return {
            "type": "message",
            "id": str(next(_ids)),
            "timestamp": "2026-01-01T10:00:00.000Z",
            "channelId": "msteams",
            "serviceUrl": self.bot.connector.url,
            "from": {
                "id": f"29:{name.split()[0]}",
                "name": name,
                "aadObjectId": str(uuid5(NAMESPACE_URL, name)),
            },
            "recipient": {"id": BOT_ID, "name": "Parley"},
            "conversation": self.account,
            "channelData": {"tenant": {"id": "t"}},
            "textFormat": "plain",
            "locale": "en-US",
            "text": text,
            "entities": [
                {"type": "mention", "mentioned": {"id": id, "name": name}, "text": f"<at>{name}</at>"}
                for name, id in (mentions or {}).items()
            ],
        }


def attached_file(url: str, name: str) -> Json:
    """A file, as Teams tells of it."""
    content = {"downloadUrl": url, "uniqueId": "1150D938-8870-4044-9F2C-5BBDEBA70C9D", "fileType": name.split(".")[-1]}
    return {"contentType": "application/vnd.microsoft.teams.file.download.info", "name": name, "content": content}


def pasted_picture(url: str) -> Json:
    """A pasted picture, as Teams tells of it."""
    return {"contentType": "image/*", "contentUrl": url}


def joining(bot: Bot, **changed: Any) -> Json:
    """An activity that the bot need not answer."""
    activity = bot.personal().message("") | {"type": "conversationUpdate", "membersAdded": [{"id": "29:ada"}]}
    return activity | changed


@asynccontextmanager
async def run_bot(
    environment: dict[str, str], connector: Connector, *, tools: Sequence[Function[Any]] = TOOLS
) -> AsyncGenerator[Bot]:
    """Start a bot with these settings and tools, and stop it when the block ends."""
    async with (
        open_app(Settings.load(environment), tools=tools) as app,
        serving(app.server) as url,
        httpx.AsyncClient(timeout=None, verify=False, trust_env=False) as http,
    ):
        yield Bot(url, connector, http, app.queue if isinstance(app.queue, LocalQueue) else None)
