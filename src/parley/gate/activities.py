"""What a request's body holds: an activity, or garbage."""

import json
import math
import re
from copy import deepcopy
from typing import Annotated, Any, cast
from urllib.parse import unquote

from microsoft_teams.api import ActivityTypeAdapter
from microsoft_teams.apps.events import CoreActivity
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails

from ..text import storable
from .refusals import Refused

Json = dict[str, Any]

# Levels of objects and lists in a body. Adaptive Cards, the deepest of what Teams sends, stay far below.
_MAX_DEPTH = 100

# What would lead elsewhere where an id stands in a path, as the SDK writes it there: as it is.
_ELSEWHERE = re.compile(r"[?#\\\x00-\x1f\x7f]|(^|/)\.\.?(/|$)")


def _check_path(id: str) -> str:
    if _ELSEWHERE.search(unquote(id)):
        raise ValueError("leads elsewhere")
    return id


# 512 characters of four bytes fit into an index entry of PostgreSQL; Teams' own ids have up to about 200.
Id = Annotated[str, Field(min_length=1, max_length=512), AfterValidator(_check_path)]


# Activities that bring what a person has written.
_MESSAGES = ("message", "messageUpdate")


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, alias_generator=to_camel)


# What is a part of an index entry, too, but not of a path.
_Key = Annotated[str, Field(max_length=512)]


class _Account(_Part):
    id: Id


class _Person(_Account):
    aad_object_id: _Key | None = None
    tenant_id: str | None = None


class _Conversation(_Part):
    id: Id
    tenant_id: str | None = None


class _Tenant(_Part):
    id: str | None = None


class _ChannelData(_Part):
    tenant: _Tenant | None = None


class Envelope(_Part):
    """What every activity has from a channel, whatever its type: the rules A2000 (`type`), A2060 (`from`), A2070
    (`recipient`), A2080 (`conversation`) and A2300 (`serviceUrl`) of the Bot Framework's activity schema. An id they
    recommend only, so that it is missing here and there."""

    type: Annotated[str, Field(min_length=1)]
    id: Id | None = None
    reply_to_id: _Key | None = None
    channel_id: str = "msteams"
    service_url: str
    from_: Annotated[_Person, Field(alias="from")]
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


def read_json(body: bytes) -> Json:
    """Read a JSON object (RFC 8259). Texts are left as they are but for what cannot be stored, which becomes U+FFFD.

    Raises:
        Refused: 400, it is not JSON in UTF-8, or not an object, or nested too deeply.
    """
    try:
        content = json.loads(body.decode(), parse_constant=_refuse_constant, parse_float=_read_float)
    except (ValueError, RecursionError):
        raise Refused(400, "the body is not JSON") from None
    if not isinstance(content, dict):
        raise Refused(400, "the body is not a JSON object")
    return cast(Json, _storable(cast(Json, content), _MAX_DEPTH))


def read_envelope(body: Json) -> Envelope:
    """Read what every activity has.

    Raises:
        Refused: 400, something is missing or of the wrong kind.
    """
    try:
        return Envelope.model_validate(body)
    except ValidationError as error:
        # The location is made of names of our own fields.
        field = ".".join(map(str, error.errors(include_input=False)[0]["loc"]))
        raise Refused(400, f"the body is not an activity: {field} is missing or wrong") from None


def as_modelled(body: Json) -> Json | None:
    """The activity as the SDK can read it, or None if it cannot.

    The SDK knows which words Teams has for some things, such as the kinds of channels. A new one is no reason to lose
    what a person has written, and is left out.
    """
    faults = _faults(body)
    if faults and body["type"] in _MESSAGES and all(map(_is_new_word, faults)):
        body = deepcopy(body)
        for fault in faults:
            _remove(body, fault["loc"])
        faults = _faults(body)
    return None if faults else body


def _faults(body: Json) -> list[ErrorDetails]:
    """What keeps the SDK from reading the activity, by the steps that it takes itself. An edited message has to be
    readable as a message, too (handlers/changes.py)."""
    try:
        core = CoreActivity.model_validate(body).model_dump(by_alias=True, exclude_none=True)
        ActivityTypeAdapter.validate_python(core)
        if core["type"] == "messageUpdate":
            ActivityTypeAdapter.validate_python(core | {"type": "message"})
    except ValidationError as error:
        return error.errors(include_url=False, include_context=False)
    return []


def _is_new_word(fault: ErrorDetails) -> bool:
    return fault["type"] in ("enum", "literal_error") and isinstance(fault["input"], str)


def _remove(body: Json, path: tuple[int | str, ...]) -> None:
    """Remove what is at the path, in which pydantic names the kinds of things as well, that of the activity first."""
    part: Any = body
    *way, name = path[1:]
    for key in way:
        if isinstance(part, list) and isinstance(key, int):
            part = cast(list[Any], part)[key]
        elif isinstance(part, dict):
            part = cast(dict[Any, Any], part).get(key, part)
    if isinstance(part, dict):
        cast(dict[Any, Any], part).pop(name, None)


def _refuse_constant(_name: str) -> None:
    raise ValueError("neither NaN nor Infinity is JSON")


def _read_float(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError("the number is too large")
    return number


def _storable(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict | list) and not depth:
        raise Refused(400, "the body is nested too deeply")
    if isinstance(value, dict):
        return {_storable(key, depth): _storable(item, depth - 1) for key, item in cast(Json, value).items()}
    if isinstance(value, list):
        return [_storable(item, depth - 1) for item in cast(list[Any], value)]
    return value
