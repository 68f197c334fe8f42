"""The Bot Connector in the terminal, as the bot uses it."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from doubles.terminal import Glass, screen_behind
from parley.terminal.connector import Connector
from parley.terminal.screen import TerminalScreen

MEMBER = {"id": "29:ada", "name": "ada", "aadObjectId": "00000000-0000-0000-0000-000000000001"}


@pytest.fixture
def glass() -> Glass:
    return Glass()


@pytest.fixture
def screen(glass: Glass) -> TerminalScreen:
    return screen_behind(glass)


@pytest.fixture
def connector(screen: TerminalScreen) -> Connector:
    return Connector(screen, [MEMBER])


@pytest.fixture
async def http(connector: Connector) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(connector.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://teams/v3/conversations/c") as http:
        yield http


def message(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "message", "text": text} | more


def step(text: str, kind: str, id: str | None = None) -> dict[str, Any]:
    entity = {"type": "streaminfo", "streamType": kind, "streamId": id}
    return {"type": "message" if kind == "final" else "typing", "text": text, "entities": [entity]}


async def test_a_stream_gets_its_id_with_the_first_step(http: httpx.AsyncClient, glass: Glass):
    first = await http.post("/activities", json=step("Thinking…", "informative"))
    id = first.json()["id"]
    second = await http.post("/activities", json=step("Once", "streaming", id))
    final = await http.post("/activities", json=step("Once upon", "final", id))

    assert (first.status_code, second.status_code, final.status_code) == (201, 202, 202)
    assert glass.lines == ["Once upon"]


async def test_a_stopped_stream_takes_nothing_more(connector: Connector, http: httpx.AsyncClient, glass: Glass):
    id = (await http.post("/activities", json=step("Once", "streaming"))).json()["id"]
    connector.stop()
    refused = await http.post("/activities", json=step("Once upon", "streaming", id))
    beside = await http.post("/activities", json=message("Late"))
    connector.begin_turn()
    await http.post("/activities", json=message("New"))

    assert refused.status_code == 403 and "canceled by user" in refused.text
    assert beside.status_code == 201
    assert glass.lines == ["Once", "New"]


async def test_a_message_can_be_updated_and_deleted(http: httpx.AsyncClient, glass: Glass):
    id = (await http.post("/activities/question", json=message("One"))).json()["id"]
    changed = await http.put(f"/activities/{id}", json=message("One, two"))
    removed = await http.delete(f"/activities/{id}")

    assert (changed.json(), removed.status_code) == ({"id": id}, 200)
    assert glass.lines == ["One, two"]


async def test_a_typing_indicator_is_shown_until_the_text(http: httpx.AsyncClient, glass: Glass):
    response = await http.post("/activities", json={"type": "typing"})
    typing = glass.lines
    await http.post("/activities", json=message("One"))

    assert response.status_code == 201
    assert (typing, glass.lines) == (["..."], ["One"])


async def test_a_card_is_mentioned(http: httpx.AsyncClient, glass: Glass):
    await http.post("/activities", json={"type": "message", "attachments": [{"contentType": "a card"}]})

    assert glass.text == "[This message has only content that a terminal cannot show.]"


async def test_sources_are_listed_below_the_text(http: httpx.AsyncClient, screen: TerminalScreen, glass: Glass):
    sources = [
        {"position": 1, "appearance": {"name": "Handbook", "url": "https://example.com/h"}},
        {"position": 2, "appearance": {"name": "Memo"}},
    ]
    root = {"type": "https://schema.org/Message", "citation": sources}

    await http.post("/activities", json=message("So it is [1][2].", entities=[root]))
    screen.end_turn(has_failed=False)

    assert glass.text == "So it is [1][2].\n\n[1] Handbook https://example.com/h\n[2] Memo"


async def test_suggested_actions_are_numbered_after_the_turn(
    http: httpx.AsyncClient, screen: TerminalScreen, glass: Glass
):
    actions = [
        {"type": "imBack", "title": "Ja", "value": "/forget yes"},
        {"type": "openUrl", "title": "Elsewhere", "value": "https://example.com"},
    ]
    await http.post("/activities", json=message("Sure?", suggestedActions={"actions": actions}))
    screen.end_turn(has_failed=False)

    assert glass.lines == ["Sure?", "", "  1  Ja"]
    assert screen.resolve("1") == "/forget yes"


async def test_a_file_can_be_downloaded_while_it_exists(connector: Connector, http: httpx.AsyncClient, tmp_path: Path):
    file = tmp_path / "Größe 1.txt"
    file.write_text("Ten.")
    [attachment] = connector.attach([file], "http://teams")
    url = attachment["content"]["downloadUrl"]

    found, unknown = await http.get(url), await http.get(f"{url}0")
    file.unlink()

    assert (found.text, attachment["name"], attachment["content"]["fileType"]) == ("Ten.", "Größe 1.txt", "txt")
    assert (unknown.status_code, (await http.get(url)).status_code) == (404, 404)


async def test_it_lists_the_members_of_the_conversation(http: httpx.AsyncClient):
    all, page, one, other = [
        await http.get(path) for path in ("/members", "/pagedMembers", "/members/29:ada", "/members/29:bob")
    ]

    assert (all.json(), page.json(), one.json()) == ([MEMBER], {"members": [MEMBER]}, MEMBER)
    assert other.status_code == 404
