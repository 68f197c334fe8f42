"""What stands for Teams: takes what the bot sends, and answers as the Bot Connector does."""

from collections.abc import Iterator
from itertools import count
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from .screen import Choice, Screen

Json = dict[str, Any]

_UNSHOWABLE = "[This message holds only what a terminal cannot show.]"

# The one that Teams gives to the next request of a stream when the person has pressed Stop (bots/streaming-ux.md in
# MicrosoftDocs/msteams-docs).
_CANCELED = {"error": {"code": "ContentStreamNotAllowed", "message": "Content stream was canceled by user."}}


class Connector:
    """Takes the activities of the bot, and shows them to the person.

    After a Stop it shows nothing more, and takes no more of a stream, until the next turn begins.
    """

    def __init__(self, screen: Screen, members: list[Json]) -> None:
        """`members` are the accounts of all people in the conversation, as the Bot Connector tells of them."""
        self._screen = screen
        self._members = members
        self._is_stopped = False
        self._ids = map(str, count(1))
        conversation = "/v3/conversations/{conversation_id}"
        self.app = FastAPI(openapi_url=None)
        self.app.post(f"{conversation}/activities")(self._create)
        self.app.post(f"{conversation}/activities/{{activity_id}}")(self._create)
        self.app.put(f"{conversation}/activities/{{activity_id}}")(self._update)
        self.app.delete(f"{conversation}/activities/{{activity_id}}")(self._delete)
        self.app.get(f"{conversation}/members")(self._get_members)
        self.app.get(f"{conversation}/pagedMembers")(self._get_members_page)
        self.app.get(f"{conversation}/members/{{member_id}}")(self._get_member)

    def begin_turn(self) -> None:
        self._is_stopped = False

    def stop(self) -> None:
        """Stop the answer, as Teams' button does."""
        self._is_stopped = True

    async def _create(self, request: Request) -> Response:
        activity: Json = await request.json()
        stream = next((entity for entity in _list(activity, "entities") if entity.get("type") == "streaminfo"), None)
        if stream:
            return self._take_step(activity, stream)
        id = next(self._ids)
        self._show(id, activity)
        return JSONResponse({"id": id}, 201)

    def _take_step(self, activity: Json, stream: Json) -> Response:
        if self._is_stopped:
            return JSONResponse(_CANCELED, 403)
        known_id = stream.get("streamId")
        id = known_id or next(self._ids)
        if stream.get("streamType") == "informative":
            self._screen.show_status(activity["text"])
        else:
            self._show(id, activity)
        return JSONResponse({}, 202) if known_id else JSONResponse({"id": id}, 201)

    async def _update(self, activity_id: str, request: Request) -> Response:
        self._show(activity_id, await request.json())
        return JSONResponse({"id": activity_id})

    async def _delete(self, activity_id: str) -> Response:
        self._screen.remove(activity_id)
        return Response()

    def _show(self, id: str, activity: Json) -> None:
        is_message = activity["type"] == "message"
        text = activity.get("text") or ""
        # Without a text it is a typing indicator, or a card.
        if self._is_stopped or not (text or is_message):
            return
        self._screen.show(id, "\n".join([text or _UNSHOWABLE, *_sources(activity)]))
        if is_message:
            self._screen.offer(_choices(activity))

    async def _get_members(self) -> list[Json]:
        return self._members

    async def _get_members_page(self) -> Json:
        return {"members": self._members}

    async def _get_member(self, member_id: str) -> Response:
        for member in self._members:
            if member_id in (member["id"], member["aadObjectId"]):
                return JSONResponse(member)
        return JSONResponse({"error": {"code": "MemberNotFoundInConversation"}}, 404)


def _list(holder: Json, name: str) -> list[Json]:
    return holder.get(name) or []


def _sources(activity: Json) -> Iterator[str]:
    """A line for each source that the text refers to by its number in brackets."""
    citations = [citation for entity in _list(activity, "entities") for citation in _list(entity, "citation")]
    if citations:
        yield ""
    for citation in citations:
        source = citation["appearance"]
        yield f"[{citation['position']}] {source['name']} {source.get('url') or ''}".rstrip()


def _choices(activity: Json) -> list[Choice]:
    """The suggested actions, of which Teams has one kind: a text that the person sends by a click."""
    actions = _list(activity.get("suggestedActions") or {}, "actions")
    return [Choice(action["title"], action["value"]) for action in actions if action["type"] == "imBack"]
