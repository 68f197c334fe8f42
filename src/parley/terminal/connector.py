"""A Bot Connector in this process, which shows the bot's activities on a screen."""

from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, JSONResponse, Response

from .screen import Message, Screen, SuggestedAction

Json = dict[str, Any]

_FILE = "application/vnd.microsoft.teams.file.download.info"  # bots/how-to/bots-filesv4.md, as below

_TYPING = "..."

_UNSHOWABLE = "[This message has only content that a terminal cannot show.]"

# Teams' response to the next request of a stream after the user pressed Stop (bots/streaming-ux.md in
# MicrosoftDocs/msteams-docs).
_CANCELED = {"error": {"code": "ContentStreamNotAllowed", "message": "Content stream was canceled by user."}}


class Connector:
    """Receives the bot's activities and shows them to the user.

    After `stop` it shows nothing and refuses the rest of a stream, until the next turn begins.
    """

    def __init__(self, screen: Screen, members: list[Json]) -> None:
        """`members` are the accounts of the users in the conversation, as the Bot Connector returns them."""
        self._screen = screen
        self._members = members
        self._is_stopped = False
        self._ids = map(str, count(1))
        self._files: dict[str, Path] = {}
        conversation = "/v3/conversations/{conversation_id}"
        self.app = FastAPI(openapi_url=None)
        self.app.post(f"{conversation}/activities")(self._create)
        self.app.post(f"{conversation}/activities/{{activity_id}}")(self._create)
        self.app.put(f"{conversation}/activities/{{activity_id}}")(self._update)
        self.app.delete(f"{conversation}/activities/{{activity_id}}")(self._delete)
        self.app.get(f"{conversation}/members")(self._get_members)
        self.app.get(f"{conversation}/pagedMembers")(self._get_members_page)
        self.app.get(f"{conversation}/members/{{member_id}}")(self._get_member)
        self.app.get("/files/{file_id}")(self._get_file)

    def begin_turn(self) -> None:
        self._is_stopped = False

    def stop(self) -> None:
        """Stop the answer, as Teams' button does."""
        self._is_stopped = True

    def attach(self, files: Sequence[Path], url: str) -> list[Json]:
        """Offer files for download from this connector, which is at the URL. Return the attachments of a message."""
        ids = [next(self._ids) for _ in files]
        self._files = dict(zip(ids, files, strict=True))
        return [
            {
                "contentType": _FILE,
                "name": file.name,
                "content": {"downloadUrl": f"{url}/files/{id}", "uniqueId": id, "fileType": file.suffix[1:]},
            }
            for id, file in self._files.items()
        ]

    async def _get_file(self, file_id: str) -> Response:
        file = self._files.get(file_id)
        return FileResponse(file) if file and file.is_file() else Response(status_code=404)

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
        if self._is_stopped:
            return
        if not (text or is_message):
            self._screen.show_status(_TYPING)
            return
        is_markdown = activity.get("textFormat") != "plain"
        self._screen.show(id, Message(text or _UNSHOWABLE, tuple(_sources(activity)), is_markdown, _is_ai(activity)))
        if is_message:
            self._screen.suggest(_suggested_actions(activity))

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
    """A line for each source that the text cites by its number in brackets."""
    for citation in [citation for entity in _list(activity, "entities") for citation in _list(entity, "citation")]:
        source = citation["appearance"]
        yield f"[{citation['position']}] {source['name']} {source.get('url') or ''}".rstrip()


def _is_ai(activity: Json) -> bool:
    return any(entity.get("additionalType") == ["AIGeneratedContent"] for entity in _list(activity, "entities"))


def _suggested_actions(activity: Json) -> list[SuggestedAction]:
    """The suggested actions of an activity. Teams supports one type, `imBack`: the user sends its value by a click."""
    actions = _list(activity.get("suggestedActions") or {}, "actions")
    return [SuggestedAction(action["title"], action["value"]) for action in actions if action["type"] == "imBack"]
