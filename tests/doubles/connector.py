"""The Bot connector of Teams, as far as a bot can see it: takes activities and refuses what Teams would refuse.

The rules are those of MicrosoftDocs/msteams-docs, `msteams-platform/bots/streaming-ux.md`.
"""

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from itertools import count
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

Json = dict[str, Any]


@dataclass(frozen=True)
class Sent:
    """A request that the bot made: a new activity (POST) or a changed one (PUT), and what the connector answered."""

    method: str
    conversation_id: str
    activity: Json
    authorization: str | None
    status: int

    @property
    def text(self) -> str:
        return self.activity.get("text") or ""

    @property
    def stream(self) -> Json | None:
        """The streaming entity, which makes an activity a part of a stream."""
        return next((e for e in self.activity.get("entities") or [] if e.get("type") == "streaminfo"), None)

    @property
    def is_message(self) -> bool:
        return self.activity["type"] == "message"

    @property
    def has_ai_label(self) -> bool:
        entities = self.activity.get("entities") or []
        return any("AIGeneratedContent" in (entity.get("additionalType") or []) for entity in entities)


class Refused(Exception):
    """Teams would not take the activity."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"code": code, "message": message}}


class Connector:
    """Records what the bot sends, in the order of arrival."""

    url: str

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self.groups: set[str] = set()
        self._failures: list[tuple[str, Refused]] = []
        self.first_step = asyncio.Event()
        self._ids = count(1)
        self._streams: dict[str, _Stream] = defaultdict(_Stream)
        self.app = FastAPI()
        self.app.post("/v3/conversations/{conversation_id}/activities")(self._create)
        self.app.put("/v3/conversations/{conversation_id}/activities/{activity_id}")(self._update)

    def refuse_next(self, status: int, code: str, message: str, *, type: str) -> None:
        """Refuse the next activity of a type, `message` or `typing`."""
        self._failures.append((type, Refused(status, code, message)))

    @property
    def messages(self) -> list[Sent]:
        """The messages that a person sees in the end: no typing, no steps of a stream, nothing that was refused."""
        return [sent for sent in self.sent if sent.is_message and sent.status < 300]

    @property
    def steps(self) -> list[Sent]:
        """The steps of streams, without the final messages."""
        return [sent for sent in self.sent if sent.stream and not sent.is_message]

    async def _create(self, conversation_id: str, request: Request) -> JSONResponse:
        return await self._take(request, conversation_id, 201)

    async def _update(self, conversation_id: str, activity_id: str, request: Request) -> JSONResponse:
        return await self._take(request, conversation_id, 200)

    async def _take(self, request: Request, conversation_id: str, status: int) -> JSONResponse:
        activity: Json = await request.json()
        body: Json = {"id": f"message-{next(self._ids)}"}
        sent = Sent(request.method, conversation_id, activity, request.headers.get("authorization"), status)
        try:
            if self._failures and self._failures[0][0] == activity["type"]:
                raise self._failures.pop(0)[1]
            self._check_labels(activity)
            if sent.stream:
                status, body = self._take_step(sent, body)
        except Refused as refused:
            status, body = refused.status, refused.body
        self.sent.append(Sent(request.method, conversation_id, activity, request.headers.get("authorization"), status))
        if self.steps:
            self.first_step.set()
        return JSONResponse(body, status)

    def _check_labels(self, activity: Json) -> None:
        roots = [e for e in activity.get("entities") or [] if e.get("type") == "https://schema.org/Message"]
        if len(roots) > 1:
            raise Refused(400, "BadRequest", "Only one root message entity is allowed.")

    def _take_step(self, sent: Sent, body: Json) -> tuple[int, Json]:
        if sent.conversation_id in self.groups:
            raise Refused(403, "ContentStreamNotAllowed", "Streaming is not allowed in this conversation.")
        assert sent.stream
        stream = self._streams[sent.stream.get("streamId") or body["id"]]
        stream.take(sent)
        return (202, {}) if sent.stream.get("streamId") else (201, body)


class _Stream:
    """One streamed message: cumulative text, steps counted from 1, nothing after the final."""

    def __init__(self) -> None:
        self.sequence = 0  # of the last step
        self.text = ""
        self.completed = False

    def take(self, sent: Sent) -> None:
        assert sent.stream
        sequence = sent.stream.get("streamSequence")
        if self.completed:
            raise Refused(403, "ContentStreamNotAllowed", "Content stream was already completed.")
        if not sent.text.startswith(self.text):
            raise Refused(403, "ContentStreamNotAllowed", "Content must contain previously streamed content.")
        if sent.is_message:
            if sequence is not None or sent.stream["streamType"] != "final":
                raise Refused(400, "BadRequest", "The final message has no sequence.")
            self.completed = True
            return
        if sequence != self.sequence + 1:
            raise Refused(202, "ContentStreamSequenceOrderPreConditionFailed", "The sequence is out of order.")
        self.sequence += 1
        if sent.stream["streamType"] == "streaming":
            self.text = sent.text
