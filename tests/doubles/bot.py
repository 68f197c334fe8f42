"""A bot on a real port, and the conversations of its users."""

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
    """The queue of the bot; None if it is in PostgreSQL or in another process."""

    def personal(self, id: str = "personal-1", user: str = "Ada Lovelace") -> "Conversation":
        # Teams leaves isGroup out in a 1:1 chat.
        return Conversation(self, {"id": id, "conversationType": "personal", "tenantId": "t"}, user)

    def group(self, id: str = "19:group@thread.v2") -> "Conversation":
        self.connector.groups.add(id)
        return Conversation(self, {"id": id, "conversationType": "groupChat", "isGroup": True, "tenantId": "t"})

    def channel(self, root: str = "1700000000000") -> "Conversation":
        id = f"19:channel@thread.tacv2;messageid={root}"
        self.connector.groups.add(id)
        return Conversation(self, {"id": id, "conversationType": "channel", "isGroup": True, "tenantId": "t"})

    async def post(self, activity: Json, *, token: str | None = None) -> httpx.Response:
        """Post an activity as Teams does. Wait until the bot has handled it."""
        response = await self.deliver(activity, token=token)
        await self.until_idle()
        return response

    async def until_idle(self) -> None:
        """Wait until the bot has handled all activities that it accepted."""
        if self.turns:
            await self.turns.join()

    async def deliver(self, activity: Json, *, token: str | None = None) -> httpx.Response:
        """Post an activity as Teams does. Do not wait until the bot has handled it."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        return await self.http.post(f"{self.url}/api/messages", json=activity, headers=headers)


@dataclass
class Conversation:
    """A conversation with the bot: a chat, or a thread of a channel."""

    bot: Bot
    account: Json
    user: str = "Ada Lovelace"

    async def send(self, text: str, *, by: str | None = None, mentions: dict[str, str] | None = None) -> httpx.Response:
        """Send a message. Wait until the bot has handled it.

        Args:
            by: the name of the user, by default that of the conversation.
            mentions: the account ids of the names in `<at>` tags.
        """
        return await self.bot.post(self.message(text, by=by, mentions=mentions))

    async def send_to_bot(self, text: str, *, by: str | None = None) -> httpx.Response:
        """Send a message to the bot, in a group with a mention. Wait until the bot has handled it."""
        if self.account.get("isGroup"):
            return await self.send(f"<at>Parley</at> {text}", by=by, mentions={"Parley": BOT_ID})
        return await self.send(text, by=by)

    async def ask(self, text: str, *, by: str | None = None) -> str:
        """Send a message to the bot, in a group with a mention. Return the text of its reply.

        The reply is one message, perhaps with another below it that has suggested actions, whose text is left out.
        """
        before = len(self.bot.connector.messages)
        response = await self.send_to_bot(text, by=by)
        assert response.status_code == 200, response.text
        reply, *below = self.bot.connector.messages[before:]
        assert len(below) <= 1 and all(message.choices for message in below)
        return reply.text

    async def edit(self, message: Json, text: str, *, number: int = 1) -> httpx.Response:
        """Edit a message for the `number`-th time. Wait until the bot has handled that."""
        return await self.bot.post(self.edited(message, text, number=number))

    def edited(self, message: Json, text: str, *, number: int = 1) -> Json:
        """The message update of the `number`-th edit of a message."""
        return self._message_update(message | {"text": text}, "messageUpdate", "editMessage", number)

    async def delete(self, message: Json, *, number: int = 1) -> httpx.Response:
        """Delete a message. Wait until the bot has handled that."""
        return await self.bot.post(self.deleted(message, number=number))

    def deleted(self, message: Json, *, number: int = 1) -> Json:
        """The message update of a deletion, which has no text and no attachments."""
        update = self._message_update(message, "messageDelete", "softDeleteMessage", number)
        return {name: value for name, value in update.items() if name not in ("text", "textFormat", "attachments")}

    async def undelete(self, message: Json, *, number: int = 1) -> httpx.Response:
        """Undo a deletion. Wait until the bot has handled that."""
        return await self.bot.post(self._message_update(message, "messageUpdate", "undeleteMessage", number))

    async def click(
        self,
        message_id: str | None,
        reaction: str = "like",
        feedback: str = '{"feedbackText": ""}',
        *,
        by: str | None = None,
        **changed: Any,
    ) -> httpx.Response:
        """Click a thumb below a message of the bot, and submit the feedback form."""
        value = {"actionName": "feedback", "actionValue": {"reaction": reaction, "feedback": feedback}}
        click = self.message("", by=by) | {"type": "invoke", "name": "message/submitAction", "value": value}
        del click["text"], click["textFormat"]
        if message_id is not None:
            click["replyToId"] = message_id
        return await self.bot.post(click | changed)

    def _message_update(self, message: Json, type: str, event_type: str, number: int) -> Json:
        channel_data = message["channelData"] | {"eventType": event_type}
        timestamp = f"2026-01-01T10:{number:02}:00.000Z"
        return message | {"type": type, "channelData": channel_data, "timestamp": timestamp}

    async def install(
        self, *, locale: str = "en-US", action: str = "add", token: str | None = None
    ) -> list[httpx.Response]:
        """Install the bot, which Teams reports in two activities. Wait until the bot has handled both."""
        common = self.message("")
        both: list[Json] = [
            {"type": "conversationUpdate", "membersAdded": [common["recipient"], common["from"]]},
            {"type": "installationUpdate", "action": action, "locale": locale},
        ]
        del common["text"], common["locale"]
        activities = [common | activity | {"id": str(next(_ids))} for activity in both]
        return [await self.bot.post(activity, token=token) for activity in activities]

    async def show(self, text: str, *attachments: Json) -> str:
        """Send a message with attachments. Return the text of the only reply."""
        before = len(self.bot.connector.messages)
        response = await self.bot.post(self.message(text) | {"attachments": list(attachments)})
        assert response.status_code == 200, response.text
        [reply] = self.bot.connector.messages[before:]
        return reply.text

    def message(self, text: str, *, by: str | None = None, mentions: dict[str, str] | None = None) -> Json:
        name = by or self.user
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
    """The attachment for a file."""
    content = {"downloadUrl": url, "uniqueId": "1150D938-8870-4044-9F2C-5BBDEBA70C9D", "fileType": name.split(".")[-1]}
    return {"contentType": "application/vnd.microsoft.teams.file.download.info", "name": name, "content": content}


def pasted_picture(url: str) -> Json:
    """The attachment for a pasted picture."""
    return {"contentType": "image/*", "contentUrl": url}


def joining(bot: Bot, **changed: Any) -> Json:
    """An activity without an answer: a user joins the conversation."""
    activity = bot.personal().message("") | {"type": "conversationUpdate", "membersAdded": [{"id": "29:ada"}]}
    return activity | changed


@asynccontextmanager
async def run_bot(
    environment: dict[str, str], connector: Connector, *, tools: Sequence[Function[Any]] = TOOLS
) -> AsyncGenerator[Bot]:
    """Run a bot with these settings and tools until the block ends."""
    async with (
        open_app(Settings.load(environment), tools=tools) as app,
        serving(app.server) as url,
        httpx.AsyncClient(timeout=None, verify=False, trust_env=False) as http,
    ):
        yield Bot(url, connector, http, app.queue if isinstance(app.queue, LocalQueue) else None)
