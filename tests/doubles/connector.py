"""The Bot Connector of Teams: accepts activities, and refuses those that Teams would refuse.

The rules are those of MicrosoftDocs/msteams-docs, `msteams-platform/`: `bots/streaming-ux.md` for streams,
`bots/how-to/rate-limit.md` for how often a bot may send, `includes/agent-message-size-limit.md` for sizes,
`bots/how-to/bot-messages-ai-generated-content.md` for citations, `bots/how-to/conversations/suggested-actions.md`. A
request that breaks one is refused and recorded in `broken_rules`, which must be empty when a test ends.
"""

import asyncio
import re
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from itertools import count, repeat
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from .server import new_app

Json = dict[str, Any]

# Pairs of a number of activities and seconds: the rate limits of one conversation.
THREAD_LIMITS = ((7, 1.0), (8, 2.0), (60, 30.0), (1800, 3600.0))

# Seconds between two requests of a stream, and from its first request to its last.
STREAM_PACE = 1.0
STREAM_LONGEST = 120.0

# The error after the user pressed Stop: as documented, and as bots received it (microsoft/teams.ts#101).
STOPPED = ("Content stream was canceled by user.", "Content stream was cancelled by user.")

LONGEST_TEXT = 80_000  # bytes of UTF-16
LONGEST_STATUS = 1000  # characters

MOST_CHOICES = 3
MOST_CITATIONS = 20
LONGEST_CITED = {"name": 80, "abstract": 160}  # UTF-16 code units


@dataclass(frozen=True)
class Sent:
    """A request of the bot with a new activity (POST) or a changed one (PUT), and the status of its response."""

    method: str
    conversation_id: str
    activity: Json
    authorization: str | None
    at: float  # seconds of the event loop
    status: int = 0
    """0 before the response."""

    @property
    def type(self) -> str:
        return self.activity["type"]

    @property
    def text(self) -> str:
        return self.activity.get("text") or ""

    @property
    def stream(self) -> Json | None:
        """The streaming entity; None outside of streams."""
        return next((e for e in self.activity.get("entities") or [] if e.get("type") == "streaminfo"), None)

    @property
    def choices(self) -> list[str]:
        """The values of the suggested actions: the messages that a click sends."""
        return [action["value"] for action in (self.activity.get("suggestedActions") or {}).get("actions", [])]

    @property
    def is_message(self) -> bool:
        return self.type == "message"

    @property
    def is_indicator(self) -> bool:
        """True for a typing indicator that is not part of a stream."""
        return self.type == "typing" and not self.stream

    @property
    def has_feedback(self) -> bool:
        """True if the message has feedback buttons."""
        return bool((self.activity.get("channelData") or {}).get("feedbackLoop"))

    @property
    def has_ai_label(self) -> bool:
        entities = self.activity.get("entities") or []
        return any("AIGeneratedContent" in (entity.get("additionalType") or []) for entity in entities)

    @property
    def citations(self) -> dict[int, Json]:
        """The cited pages by their numbers in the text."""
        return {claim["position"]: claim["appearance"] for claim in self.claims}

    @property
    def claims(self) -> list[Json]:
        """The citations in their original form."""
        return [claim for entity in self.activity.get("entities") or [] for claim in entity.get("citation") or []]


class BrokenRule(NamedTuple):
    """A request that broke a rule of Teams, and the rule."""

    sent: Sent
    rule: str


@dataclass
class Bubble:
    """A message as the user sees it."""

    id: str
    text: str
    is_status: bool = False
    """True if the text is an informative update of a stream."""
    has_ai_label: bool = False
    has_feedback: bool = False
    changed_at: float = 0.0
    """The time of the last change, in seconds of the event loop."""
    id_sent_at: float | None = None
    """The time of the response with the id, in seconds of the event loop; None if the bot disconnected before it."""


class Refused(Exception):
    """Teams would refuse the activity."""

    def __init__(self, status: int, code: str, message: str, *, breaks_rule: bool = True, headers: Json | None = None):
        super().__init__(message)
        self.status = status
        self.body = {"error": {"code": code, "message": message}}
        self.breaks_rule = breaks_rule
        self.headers: Json = headers or {}


def not_allowed(message: str, *, breaks_rule: bool = True) -> Refused:
    return Refused(403, "ContentStreamNotAllowed", message, breaks_rule=breaks_rule)


Fault = Callable[[Request], Awaitable[Response | None]]


class Connector:
    """Records the requests of the bot, in the order of arrival."""

    url: str

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self.broken_rules: list[BrokenRule] = []
        self.groups: set[str] = set()
        self.no_streams: set[str] = set()
        """The 1:1 chats that refuse streams."""
        self.latency = 0.0
        """Seconds until the connector responds."""
        self.transits: Iterator[float] = repeat(0.0)
        """Seconds until each request arrives."""
        self.first_step = asyncio.Event()
        self._answered = asyncio.Condition()
        self.on_answered: Callable[[Sent], None] = lambda _sent: None
        """Called with each request after its response."""
        self.rosters: dict[str, list[Json]] = {}
        """The members of conversations and teams; others give an error."""
        self.has_pages = True
        """True if the members come in pages; some test clients send them all at once."""
        self._ids = count(1)
        self._faults: list[tuple[str, Fault]] = []
        self._arrivals: dict[str, deque[float]] = defaultdict(lambda: deque(maxlen=THREAD_LIMITS[-1][0]))
        self._not_before: dict[str, float] = {}  # the end of Retry-After by conversation
        self._streams: dict[str, _Stream] = {}  # by id
        self._bubbles: dict[str, dict[str, Bubble]] = defaultdict(dict)  # by conversation and id
        self.pictures: dict[str, bytes] = {}
        """The pasted pictures by id. A download requires `token`."""
        self.redirects: dict[str, str] = {}
        """Redirects of pictures, by id. Teams does not redirect."""
        self.token: str | None = None
        """The token of the bot; None for a bot without authentication."""
        self.picture_requests: list[str | None] = []
        """The Authorization header of each request for a picture."""
        activities = "/v3/conversations/{conversation_id}/activities"
        self.app = new_app(
            Route(activities, self._take, methods=["POST"]),
            Route(activities + "/{activity_id}", self._take, methods=["PUT"]),
            Route(activities + "/{activity_id}", self._delete, methods=["DELETE"]),
            Route("/v3/conversations/{conversation_id}/pagedMembers", self._get_members),
            Route("/v3/conversations/{conversation_id}/members/{member_id}", self._get_member),
            Route("/v3/attachments/{id}/views/original", self._view),
        )

    def paste(self, picture: bytes) -> str:
        """Add a pasted picture. Return its URL."""
        id = f"picture-{len(self.pictures) + 1}"
        self.pictures[id] = picture
        return f"{self.url}/v3/attachments/{id}/views/original"

    def refuse_next(
        self, status: int, code: str, message: str, *, type: str, times: int = 1, retry_after: float | str | None = None
    ) -> None:
        """Refuse the next activities of a type, `message` or `typing`; `retry_after` is in seconds, or a date."""
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}

        async def refuse(request: Request) -> Response:
            if isinstance(retry_after, float | int):
                conversation_id = request.path_params["conversation_id"]
                self._not_before[conversation_id] = asyncio.get_running_loop().time() + retry_after
            raise Refused(status, code, message, breaks_rule=False, headers=headers)

        self._faults += [(type, refuse)] * times

    def ignore_next(self, *, type: str) -> None:
        """Neither accept the next activity of a type nor respond to it, so that the bot runs into its timeout."""

        async def ignore(request: Request) -> Response:
            while (await request.receive())["type"] != "http.disconnect":
                pass
            return Response(status_code=499)

        self._faults.append((type, ignore))

    def lose_answer_to_next(self, *, type: str) -> None:
        """Accept the next activity of a type, but close the connection within the response."""

        async def take(_request: Request) -> None:
            return None

        self._faults.append((type, take))

    def garble_answer_to_next(self, *, type: str) -> None:
        """Do not accept the next activity of a type, and respond to it with invalid JSON."""

        async def garble(_request: Request) -> Response:
            return Response('{"id":', 200)

        self._faults.append((type, garble))

    def recover(self) -> None:
        """Remove the faults that have not happened yet."""
        self._faults.clear()

    def press_stop(self, conversation_id: str, *, message: str = STOPPED[0]) -> None:
        """Press the Stop button during a stream. The error of its next request has this message."""
        for stream in self._streams.values():
            if stream.conversation_id == conversation_id:
                stream.is_stopped, stream.stop_message = True, message

    @property
    def messages(self) -> list[Sent]:
        """The accepted messages, without typing indicators and steps of streams."""
        return [sent for sent in self.sent if sent.is_message and 200 <= sent.status < 300]

    @property
    def steps(self) -> list[Sent]:
        """The steps of streams, without the final messages."""
        return [sent for sent in self.sent if sent.stream and not sent.is_message]

    @property
    def refusals(self) -> list[int]:
        """The status of each refused request."""
        return [sent.status for sent in self.sent if sent.status >= 300]

    def bubbles(self, conversation_id: str = "personal-1") -> list[Bubble]:
        """The visible messages of a conversation, in the order of appearance."""
        return list(self._bubbles[conversation_id].values())

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until the condition is true; it is checked after each response."""
        async with self._answered:
            await self._answered.wait_for(condition)

    async def _delete(self, request: Request) -> Response:
        bubbles = self._bubbles[request.path_params["conversation_id"]]
        if not bubbles.pop(request.path_params["activity_id"], None):
            return Response(status_code=404)
        async with self._answered:
            self._answered.notify_all()
        return Response()

    async def _get_members(self, request: Request) -> Response:
        roster = self.rosters.get(request.path_params["conversation_id"])
        if roster is None:
            error = {"code": "ConversationNotFound", "message": "The bot is not part of the conversation roster."}
            return JSONResponse({"error": error}, 403)
        start = int(request.query_params.get("continuationToken", 0))
        page_size = int(request.query_params.get("pageSize", 200))
        end = start + (min(max(page_size, 50), 500) if self.has_pages else len(roster))
        page: Json = {"members": roster[start:end]}
        return JSONResponse(page | ({"continuationToken": str(end)} if end < len(roster) else {}))

    async def _get_member(self, request: Request) -> Response:
        roster = self.rosters.get(request.path_params["conversation_id"], [])
        for member in roster:
            if member["id"] == request.path_params["member_id"]:
                return JSONResponse(member)
        error = {"code": "MemberNotFoundInConversation", "message": "The member is not there."}
        return JSONResponse({"error": error}, 404)

    async def _view(self, request: Request) -> Response:
        id = request.path_params["id"]
        authorization = request.headers.get("authorization")
        self.picture_requests.append(authorization)
        if self.token and authorization != f"Bearer {self.token}":
            return Response(status_code=401)
        if id in self.redirects:
            return Response(status_code=302, headers={"location": self.redirects[id]})
        return Response(self.pictures[id], media_type="image/*")

    async def _take(self, request: Request) -> Response:
        conversation_id: str = request.path_params["conversation_id"]
        authorization = request.headers.get("authorization")
        activity = await request.json()
        await asyncio.sleep(next(self.transits))
        now = asyncio.get_running_loop().time()
        sent = Sent(request.method, conversation_id, activity, authorization, now)
        self.sent.append(sent)
        index = len(self.sent) - 1
        response = await self._answer(request, sent, request.path_params.get("activity_id"))
        self.sent[index] = Sent(sent.method, conversation_id, sent.activity, authorization, now, response.status_code)
        self.on_answered(self.sent[index])
        if sent.stream:
            self.first_step.set()
        async with self._answered:
            self._answered.notify_all()
        return response

    async def _answer(self, request: Request, sent: Sent, activity_id: str | None) -> Response:
        try:
            self._check_thread_limits(sent)
            if sent.at < self._not_before.get(sent.conversation_id, 0) - 1e-6 and sent.stream:
                raise Refused(429, "TooManyRequests", "API calls quota exceeded: Retry-After has not passed.")
            self._check_stream_pace(sent)
            fault = next((fault for fault in self._faults if fault[0] == sent.type), None)
            if fault:
                self._faults.remove(fault)
                if response := await fault[1](request):
                    return response
            _check_labels(sent)
            self._check_choices(sent)
            _check_citations(sent)
            _check_size(sent)
            status, body = await self._apply(sent, activity_id)
            if fault:
                return StreamingResponse(_broken_body(), status, {"Content-Length": "1000"})
            if status == 201 and "id" in body and not await request.is_disconnected():
                self._bubbles[sent.conversation_id][body["id"]].id_sent_at = asyncio.get_running_loop().time()
            return JSONResponse(body, status)
        except Refused as refused:
            if refused.breaks_rule:
                self.broken_rules.append(BrokenRule(sent, str(refused)))
            return JSONResponse(refused.body, refused.status, refused.headers)

    def _check_thread_limits(self, sent: Sent) -> None:
        arrivals = self._arrivals[sent.conversation_id]
        for most, seconds in THREAD_LIMITS:
            if len(arrivals) >= most and sent.at - arrivals[-most] < seconds:
                arrivals.append(sent.at)
                message = f"API calls quota exceeded: {most} in {seconds:g} s"
                raise Refused(429, "TooManyRequests", message, headers={"Retry-After": "1"})
        arrivals.append(sent.at)

    def _check_choices(self, sent: Sent) -> None:
        if sent.choices and not sent.is_message:
            raise Refused(400, "BadRequest", "Only messages may have suggested actions.")
        if sent.choices and sent.activity.get("attachments"):
            raise Refused(400, "BadRequest", "A message with attachments cannot have suggested actions.")
        if len(sent.choices) > MOST_CHOICES:
            raise Refused(400, "BadRequest", f"Teams shows {MOST_CHOICES} suggested actions.")
        actions = (sent.activity.get("suggestedActions") or {}).get("actions", [])
        if any(action["title"] != action["value"] for action in actions):
            raise Refused(400, "BadRequest", "Teams sends the value of an action, the Agents Playground its title.")

    def _check_stream_pace(self, sent: Sent) -> None:
        stream = self._streams.get((sent.stream or {}).get("streamId") or "")
        if stream and not stream.is_stopped:
            stream.check_pace(sent)

    async def _apply(self, sent: Sent, activity_id: str | None) -> tuple[int, Json]:
        if sent.stream:
            _check_same_in_channel_data(sent)
            return await self._take_step(sent)
        if "streamType" in (sent.activity.get("channelData") or {}):
            raise Refused(400, "BadRequest", "The streaming entity is missing.")
        await asyncio.sleep(self.latency)
        if activity_id is not None:
            return self._replace(sent, activity_id)
        if not sent.is_message:
            return 201, {}
        id = f"message-{next(self._ids)}"
        self._show(sent, id)
        return 201, {"id": id}

    def _replace(self, sent: Sent, id: str) -> tuple[int, Json]:
        if id not in self._bubbles[sent.conversation_id]:
            raise Refused(404, "ActivityNotFoundInConversation", "There is no such activity.")
        if (stream := self._streams.get(id)) and stream.is_stopped:
            raise Refused(
                403, "Forbidden", "The stopped message cannot be changed.", breaks_rule=stream.has_reported_stop
            )
        self._show(sent, id)
        return 200, {"id": id}

    async def _take_step(self, sent: Sent) -> tuple[int, Json]:
        assert sent.stream
        if sent.conversation_id in self.groups:
            raise not_allowed("Streaming is not allowed in groups and channels.")
        if sent.conversation_id in self.no_streams:
            raise not_allowed("Content stream is not allowed.", breaks_rule=False)
        id = sent.stream.get("streamId")
        if id is None:
            self._check_only_stream(sent)
            id = f"stream-{next(self._ids)}"
            self._streams[id] = _Stream(sent.conversation_id, sent.at)
        elif id not in self._streams:
            raise Refused(404, "NotFound", "There is no such stream.")
        stream = self._streams[id]
        is_first = stream.sequence == 0
        await stream.take(sent, self.latency)
        self._show(sent, id)
        return (201, {"id": id}) if is_first else (202, {})

    def _show(self, sent: Sent, id: str) -> None:
        bubble = self._bubbles[sent.conversation_id].setdefault(id, Bubble(id, ""))
        bubble.text, bubble.has_ai_label, bubble.has_feedback = sent.text, sent.has_ai_label, sent.has_feedback
        bubble.is_status = bool(sent.stream) and sent.stream["streamType"] == "informative"
        bubble.changed_at = asyncio.get_running_loop().time()

    def _check_only_stream(self, sent: Sent) -> None:
        """Refuse a second stream in a chat. This breaks no rule, because another process may have started the first."""
        for stream in self._streams.values():
            if stream.conversation_id == sent.conversation_id and stream.is_running(sent.at):
                raise not_allowed("Content stream is not allowed: another stream is running.", breaks_rule=False)


@dataclass
class _Stream:
    """A streamed message. Its requests must be cumulative, in order and in time, and none follows the final message."""

    conversation_id: str
    started_at: float
    sequence: int = 0  # of the last step
    text: str = ""
    is_completed: bool = False
    is_stopped: bool = False
    stop_message: str = ""
    has_reported_stop: bool = False
    last_at: float = field(default=float("-inf"))
    is_busy: bool = False

    def check_pace(self, sent: Sent) -> None:
        too_early, self.last_at = sent.at - self.last_at < STREAM_PACE - 1e-6, sent.at
        if too_early:
            raise Refused(429, "TooManyRequests", "API calls quota exceeded: one request per second.")

    def is_running(self, now: float) -> bool:
        return not (self.is_completed or self.is_stopped or now - self.started_at > STREAM_LONGEST)

    async def take(self, sent: Sent, latency: float) -> None:
        self._check(sent)
        self.last_at = sent.at
        self.is_busy = True
        await asyncio.sleep(latency)
        self.is_busy = False
        assert sent.stream
        if sent.is_message:
            self.is_completed = True
            return
        self.sequence += 1
        if sent.stream["streamType"] == "streaming":
            self.text = sent.text

    def _check(self, sent: Sent) -> None:
        assert sent.stream
        kind, sequence = sent.stream["streamType"], sent.stream.get("streamSequence")
        if self.is_stopped:
            breaks_rule, self.has_reported_stop = self.has_reported_stop, True
            raise not_allowed(self.stop_message, breaks_rule=breaks_rule)
        if self.is_completed:
            raise not_allowed("Content stream was already completed.", breaks_rule=False)
        if sent.at - self.started_at > STREAM_LONGEST:
            raise not_allowed("Content stream has exceeded streaming time.")
        if self.is_busy:
            raise Refused(400, "BadRequest", "The request before this one has not succeeded yet.")
        if not sent.text.startswith(self.text):
            raise not_allowed("Content must contain previously streamed content.")
        if sent.is_message:
            if sequence is not None or kind != "final":
                raise Refused(400, "BadRequest", "The final message has no sequence.")
            return
        if kind not in ("informative", "streaming"):
            raise Refused(400, "BadRequest", "There is no such type of stream.")
        if sequence == self.sequence:  # the bot may have lost the response and repeat the request
            raise Refused(202, "ContentStreamSequenceOrderPreConditionFailed", "It is there.", breaks_rule=False)
        if sequence != self.sequence + 1:
            raise Refused(202, "ContentStreamSequenceOrderPreConditionFailed", "The sequence is out of order.")
        if kind == "informative" and self.text:
            raise Refused(400, "BadRequest", "An informative update came after the text had begun.")
        if kind == "informative" and len(sent.text) > LONGEST_STATUS:
            raise Refused(400, "BadRequest", "The informative update is too long.")
        if not sent.text:
            raise Refused(400, "BadRequest", "The step has no text.")


def _check_labels(sent: Sent) -> None:
    roots = [e for e in sent.activity.get("entities") or [] if e.get("type") == "https://schema.org/Message"]
    if len(roots) > 1:
        raise Refused(400, "BadRequest", "Only one root message entity is allowed.")
    if roots and not sent.is_message:
        raise Refused(400, "BadRequest", "Only the final message may have the AI label.")
    if sent.has_feedback and not sent.is_message:
        raise Refused(400, "BadRequest", "Only the final message may have feedback buttons.")
    if sent.has_feedback and sent.activity["channelData"]["feedbackLoop"].get("type") not in ("default", "custom"):
        raise Refused(400, "BadRequest", "There are no such feedback buttons.")


def _check_citations(sent: Sent) -> None:
    positions = [claim["position"] for claim in sent.claims]
    if len(positions) > MOST_CITATIONS:
        raise Refused(400, "BadRequest", "Bot message with more than 20 citations.")
    if len(set(positions)) < len(positions):
        raise Refused(400, "BadRequest", "Two citations have the same position.")
    if any(not re.search(rf"\[{position}\]", sent.text) for position in positions):
        raise Refused(400, "BadRequest", "The number of a citation is not in the text.")
    for appearance in sent.citations.values():
        if not appearance.get("name") or not re.match("https?://", appearance.get("url") or "https://"):
            raise Refused(400, "BadRequest", "Error while parsing citation entity.")
        for name, longest in LONGEST_CITED.items():
            if len((appearance.get(name) or "").encode("utf-16-le")) > 2 * longest:
                raise Refused(400, "BadRequest", f"The {name} of a citation is too long.")


def _check_same_in_channel_data(sent: Sent) -> None:
    """Refuse channel data that differs from the streaming entity: the SDK puts the same values into both."""
    names = ("streamId", "streamType", "streamSequence")
    channel_data, entity = sent.activity.get("channelData") or {}, sent.stream or {}
    if any(channel_data.get(name) != entity.get(name) for name in names):
        raise Refused(400, "BadRequest", "The entity and the channel data of the stream differ.")


def _check_size(sent: Sent) -> None:
    if len(sent.text.encode("utf-16-le", "surrogatepass")) > LONGEST_TEXT:
        raise Refused(413, "MessageSizeTooBig", "The message is too big.")


async def _broken_body() -> AsyncIterator[bytes]:
    yield b"{"
    raise ConnectionAbortedError
