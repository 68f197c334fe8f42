"""The body of a request: an activity, or garbage."""

import json
import logging
import math
from collections.abc import Callable, Set
from dataclasses import dataclass
from typing import Annotated, Any, cast

from microsoft_teams.api import ActivityTypeAdapter
from microsoft_teams.apps.events import CoreActivity
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel, to_snake

from ..http import leads_elsewhere
from ..text import storable
from .refusals import Refused

logger = logging.getLogger(__name__)

Json = dict[str, Any]

# Levels of objects and lists in a body. Adaptive Cards, the deepest of what Teams sends, stay far below.
_MAX_DEPTH = 100

# Values in a body, those of lists included. What Teams sends has some hundred; the SDK takes seconds for 100,000.
_MAX_VALUES = 10_000

# Digits of a whole number. Ids that are numbers have up to 20.
_MAX_DIGITS = 100


def _check_path(id: str) -> str:
    if leads_elsewhere(id):
        raise ValueError("leads elsewhere")
    return id


# 512 characters of four bytes fit into an index entry of PostgreSQL; Teams' own ids have up to about 200.
Id = Annotated[str, Field(min_length=1, max_length=512), AfterValidator(_check_path)]


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, alias_generator=to_camel)


# What is a part of an index entry, too, but not of a path.
_Key = Annotated[str, Field(max_length=512)]


class _Account(_Part):
    id: Id


class _Sender(_Account):
    aad_object_id: _Key | None = None
    tenant_id: str | None = None
    role: str | None = None
    type: str | None = None


class _Conversation(_Part):
    id: Id
    tenant_id: str | None = None


class _Tenant(_Part):
    id: str | None = None


class _Place(_Part):
    id: Id | None = None


class _ChannelData(_Part):
    tenant: _Tenant | None = None
    team: _Place | None = None
    channel: _Place | None = None
    meeting: _Place | None = None


class Envelope(_Part):
    """What every activity has from a channel, whatever its type: the rules A2000 (`type`), A2060 (`from`), A2070
    (`recipient`), A2080 (`conversation`) and A2300 (`serviceUrl`) of the Bot Framework's activity schema. An id they
    recommend only, so that it is missing here and there."""

    type: Annotated[str, Field(min_length=1)]
    id: Id | None = None
    reply_to_id: _Key | None = None
    timestamp: str | None = None
    channel_id: str = "msteams"
    service_url: str
    from_: Annotated[_Sender, Field(alias="from")]
    recipient: _Account
    conversation: _Conversation
    channel_data: _ChannelData | None = None

    @property
    def tenants(self) -> set[str | None]:
        """The tenants that the activity says it is from."""
        told = {self.conversation.tenant_id, self.from_.tenant_id}
        if self.channel_data and self.channel_data.tenant:
            told.add(self.channel_data.tenant.id)
        return told

    @property
    def is_from_bot(self) -> bool:
        """True if a bot has sent it: this one, or another whose answers to answers would never end."""
        sender = self.from_
        is_called_one = "bot" in ((sender.role or "").lower(), (sender.type or "").lower())
        return is_called_one or sender.id == self.recipient.id or sender.id.startswith(_BOTS)


# Parts without which an activity cannot be answered.
_REQUIRED = frozenset({"type", "id", "serviceUrl", "from", "recipient", "conversation"})

# Activities that bring the words of a user. Of these, all else may be left out.
MESSAGES = ("message", "messageUpdate")

# What may be left out of others: it is beside what they tell.
_CIRCUMSTANCES = frozenset(
    {*_REQUIRED, "timestamp", "localTimestamp", "locale", "channelId", "channelData", "entities"}
)

# How the ids of bots begin in Teams.
_BOTS = "28:"

Path = tuple[int | str, ...]
"""Where a part of an activity is: the keys that lead to it."""


@dataclass(frozen=True)
class Reading:
    """An activity, as far as it can be read."""

    envelope: Envelope
    left_out: frozenset[str]
    """The fields that held something unreadable, which is left out."""
    activity: Json | None
    """The activity for the SDK; None if the SDK does not know such an activity."""


def read_json(body: bytes) -> Json:
    """Read a JSON object (RFC 8259). Texts are left as they are but for what cannot be stored, which becomes U+FFFD;
    numbers that are too large, what is nested too deeply, and what is too much become null.

    Raises:
        Refused: 400, it is not JSON in UTF-8, or not an object, or nested beyond measure.
    """
    try:
        content = json.loads(
            body.decode(), parse_constant=_refuse_constant, parse_float=_read_float, parse_int=_read_int
        )
    except (ValueError, RecursionError):
        raise Refused(400, "the body is not JSON") from None
    if not isinstance(content, dict):
        raise Refused(400, "the body is not a JSON object")
    kept = _Storable()
    body = kept.of(content, _MAX_DEPTH)
    if kept.has_cut:
        logger.info("Left out of a body what is too much, or too deep in it")
    return cast(Json, body or {})


def read_activity(body: Json) -> Reading:
    """Read an activity without the parts of it that cannot be read: whatever is wrong with an optional part, the rest
    is what a user wants to have answered.

    Raises:
        Refused: 400, a required part is missing or wrong.
    """
    body = body | {name: str(body[name]) for name in ("id", "text") if _is_number(body.get(name))}
    fitting, unfit = _leave_out(body, _faults_in_envelope)
    body = fitting or body
    try:
        envelope = Envelope.model_validate(body)
    except ValidationError as error:
        # The location is made of names of our own fields.
        locations = _locations(error)
        required = (location for location in locations if not _is_optional(_find(body, location), body))
        field = ".".join(map(str, next(required, locations[0])))
        raise Refused(400, f"the body is not an activity: {field} is missing or wrong") from None
    modelled, unmodelled = _leave_out(body, _faults_for_sdk)
    return Reading(envelope, unfit | unmodelled, modelled)


def _leave_out(body: Json, find_faults: Callable[[Json], list[Path]]) -> tuple[Json | None, frozenset[str]]:
    """The activity without what is at fault in it, and the names of the fields that this concerns. A part that cannot
    do without what is at fault in it is at fault itself. None, if that is a part which is required."""
    left_out = frozenset[str]()
    while faults := find_faults(body):
        paths = {_find(body, fault) for fault in faults}
        if not all(_is_optional(path, body) for path in paths):
            return None, left_out
        left_out |= {str(path[0]) for path in paths}
        body = {name: _prune(part, (name,), paths) for name, part in body.items() if (name,) not in paths}
    return body, left_out


def _is_optional(path: Path, body: Json) -> bool:
    if not path or (len(path) == 1 and path[0] in _REQUIRED):
        return False
    return body.get("type") in MESSAGES or path[0] in _CIRCUMSTANCES


def _faults_in_envelope(body: Json) -> list[Path]:
    try:
        Envelope.model_validate(body)
    except ValidationError as error:
        return _locations(error)
    return []


def _faults_for_sdk(body: Json) -> list[Path]:
    """What keeps the SDK from reading the activity, by the steps that it takes itself. An edited message has to be
    readable as a message, too (handlers/message_updates.py)."""
    try:
        core = CoreActivity.model_validate(body).model_dump(by_alias=True, exclude_none=True)
    except ValidationError as error:
        return _locations(error)
    try:
        ActivityTypeAdapter.validate_python(core)
        if core["type"] == "messageUpdate":
            ActivityTypeAdapter.validate_python(core | {"type": "message"})
    except ValidationError as error:
        return [path[1:] for path in _locations(error)]  # it begins with the kind of the activity
    return []


def _locations(error: ValidationError) -> list[Path]:
    return [fault["loc"] for fault in error.errors(include_url=False, include_context=False, include_input=False)]


def _find(body: Json, location: Path) -> Path:
    """The path to what is there of a location, in which pydantic names the kinds of things as well; empty if nothing
    is."""
    path: list[int | str] = []
    part: Any = body
    for key in location:
        if isinstance(part, dict) and key not in part:
            key = to_snake(str(key))  # the other name by which the SDK takes a field
        if (isinstance(part, dict) and key in part) or (isinstance(part, list) and isinstance(key, int)):
            part = cast(Any, part)[key]
            path.append(key)
    return tuple(path)


def _prune(part: Any, at: Path, paths: Set[Path]) -> Any:
    """The part of an activity, which is at one path, without what is at the others."""
    if isinstance(part, dict):
        fields = cast(Json, part).items()
        return {key: _prune(item, (*at, key), paths) for key, item in fields if (*at, key) not in paths}
    if isinstance(part, list):
        items = enumerate(cast(list[Any], part))
        return [_prune(item, (*at, key), paths) for key, item in items if (*at, key) not in paths]
    return part


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _refuse_constant(_name: str) -> None:
    raise ValueError("neither NaN nor Infinity is JSON")


def _read_float(digits: str) -> float | None:
    number = float(digits)
    return None if math.isinf(number) else number


def _read_int(digits: str) -> int | None:
    return int(digits) if len(digits) <= _MAX_DIGITS else None


class _Storable:
    """Makes what can be stored of one body."""

    def __init__(self) -> None:
        self._left = _MAX_VALUES
        self.has_cut = False

    def of(self, value: Any, depth: int) -> Any:
        """The value, which may have so many levels below it."""
        if isinstance(value, str):
            return storable(value)
        if not isinstance(value, dict | list):
            return value
        self._left -= len(cast(Json, value))
        if not depth or self._left < 0:
            self.has_cut = True
            return None
        if isinstance(value, dict):
            return {self.of(key, depth): self.of(item, depth - 1) for key, item in cast(Json, value).items()}
        return [self.of(item, depth - 1) for item in cast(list[Any], value)]
