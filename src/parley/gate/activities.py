"""The body of a request: reads an activity from it, or refuses it."""

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

from ..http import escapes_path
from ..text import storable
from .refusals import Refused

logger = logging.getLogger(__name__)

Json = dict[str, Any]

# Levels of objects and lists in a body. Adaptive Cards, the deepest ones that Teams sends, stay far below.
_MAX_DEPTH = 100

# Values in a body, those of lists included. Teams sends some hundreds; the SDK takes seconds for 100,000.
_MAX_VALUES = 10_000

# Digits of a whole number. Ids that are numbers have up to 20.
_MAX_DIGITS = 100


def _check_path(id: str) -> str:
    if escapes_path(id):
        raise ValueError("leads elsewhere")
    return id


# 512 characters of four bytes fit into an index entry of PostgreSQL; Teams' own ids have up to about 200.
Id = Annotated[str, Field(min_length=1, max_length=512), AfterValidator(_check_path)]


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, alias_generator=to_camel)


# Part of an index entry, too, but not of a path.
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
    """The fields of every activity from a channel, by the rules A2000 (`type`), A2060 (`from`), A2070 (`recipient`),
    A2080 (`conversation`) and A2300 (`serviceUrl`) of the Bot Framework's activity schema. The schema only recommends
    an `id`, and some activities have none."""

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
    def is_from_bot(self) -> bool:
        """True if a bot sent the activity: this one, or another one, with which it would exchange answers for ever."""
        sender = self.from_
        is_declared = "bot" in ((sender.role or "").lower(), (sender.type or "").lower())
        return is_declared or sender.id == self.recipient.id or sender.id.startswith(_BOTS)


# The fields without which an activity cannot be answered.
_REQUIRED = frozenset({"type", "id", "serviceUrl", "from", "recipient", "conversation"})

# The activities with the text of a user. Every field of them that is not required may be left out.
MESSAGES = ("message", "messageUpdate")

# The fields that may be left out of other activities.
_OPTIONAL = frozenset({"timestamp", "localTimestamp", "locale", "channelId", "channelData", "entities"})

# The order in which fields share the `_MAX_VALUES`. All others come last.
_ORDER = [*sorted(_REQUIRED), "text", *sorted(_OPTIONAL)]

# The beginning of a bot's id in Teams.
_BOTS = "28:"

Path = tuple[int | str, ...]
"""The keys that lead to a part of an activity."""


@dataclass(frozen=True)
class Reading:
    """An activity without its unreadable parts."""

    envelope: Envelope
    left_out: frozenset[str]
    """The fields of which something unreadable is left out."""
    activity: Json | None
    """The activity for the SDK; None if the SDK cannot read it."""


def read_json(body: bytes) -> Json:
    """Read a JSON object (RFC 8259).

    Characters that cannot be stored become U+FFFD. Values that are too large, too deep or too many become null, those
    of required fields last.

    Raises:
        Refused: 400, it is not JSON in UTF-8, not an object, or nested more deeply than Python can read.
    """
    try:
        content = json.loads(
            body.decode(), parse_constant=_refuse_constant, parse_float=_read_float, parse_int=_read_int
        )
    except (ValueError, RecursionError):
        raise Refused(400, "the body is not JSON") from None
    if not isinstance(content, dict):
        raise Refused(400, "the body is not a JSON object")
    fields = cast(Json, content)
    first = [name for name in _ORDER if name in fields]
    bounds = _Bounds()
    body = bounds.apply({name: fields[name] for name in first} | fields, _MAX_DEPTH)
    if bounds.has_cut:
        logger.info("Left out values of a body with too many of them, or too deep ones")
    return cast(Json, body or {})


def read_activity(body: Json) -> Reading:
    """Read an activity. Optional parts that cannot be read are left out, so that the user gets an answer to the rest.

    Raises:
        Refused: 400, a required part is missing or wrong.
    """
    body = body | {name: str(body[name]) for name in ("id", "text") if _is_number(body.get(name))}
    if isinstance(entities := body.get("entities"), list):
        body |= {"entities": [_with_known_type(entity) for entity in cast(list[Any], entities)]}
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
    """Return the activity without its faults, and the names of the fields that had them.

    A part that is invalid without its faulty part is left out as a whole. If it is required, the activity is None.
    """
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
    return body.get("type") in MESSAGES or path[0] in _REQUIRED | _OPTIONAL


def _faults_in_envelope(body: Json) -> list[Path]:
    try:
        Envelope.model_validate(body)
    except ValidationError as error:
        return _locations(error)
    return []


def _faults_for_sdk(body: Json) -> list[Path]:
    """The parts that the SDK cannot read, by the same steps as the SDK's. An edited message has to be readable as a
    message, too (handlers/message_updates.py)."""
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
    """The longest part of pydantic's location that exists in the body. A location also has names of types."""
    path: list[int | str] = []
    part: Any = body
    for key in location:
        if isinstance(part, dict) and key not in part:
            key = to_snake(str(key))  # the SDK reads fields by this name, too
        if (isinstance(part, dict) and key in part) or (isinstance(part, list) and isinstance(key, int)):
            part = cast(Any, part)[key]
            path.append(key)
    return tuple(path)


def _prune(part: Any, at: Path, paths: Set[Path]) -> Any:
    """The part of an activity at one path, without the parts at other paths."""
    if isinstance(part, dict):
        fields = cast(Json, part).items()
        return {key: _prune(item, (*at, key), paths) for key, item in fields if (*at, key) not in paths}
    if isinstance(part, list):
        items = enumerate(cast(list[Any], part))
        return [_prune(item, (*at, key), paths) for key, item in items if (*at, key) not in paths]
    return part


def _with_known_type(entity: Any) -> Any:
    """The entity with the type `mention` in the case that the SDK knows."""
    match entity:
        case {"type": str(kind)} if kind.lower() == "mention":
            return entity | {"type": "mention"}
        case _:
            return entity


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _refuse_constant(_name: str) -> None:
    raise ValueError("neither NaN nor Infinity is JSON")


def _read_float(digits: str) -> float | None:
    number = float(digits)
    return None if math.isinf(number) else number


def _read_int(digits: str) -> int | None:
    return int(digits) if len(digits) <= _MAX_DIGITS else None


class _Bounds:
    """Bounds the values of one body: their number, their depth, and the characters of texts."""

    def __init__(self) -> None:
        self._left = _MAX_VALUES
        self.has_cut = False

    def apply(self, value: Any, depth: int) -> Any:
        """Return the value with at most this many levels below it."""
        if isinstance(value, str):
            return storable(value)
        if not isinstance(value, dict | list):
            return value
        self._left -= len(cast(Json, value))
        if not depth or self._left < 0:
            self.has_cut = True
            return None
        if isinstance(value, dict):
            return {self.apply(key, depth): self.apply(item, depth - 1) for key, item in cast(Json, value).items()}
        return [self.apply(item, depth - 1) for item in cast(list[Any], value)]
