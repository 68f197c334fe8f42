"""Recorded responses of Chat Completions servers.

`tests/cases/model-streams/NAME.txt` is the body; `NAME.json` has its status, its headers and the like.
"""

import json
from pathlib import Path
from typing import Any

import openai
import pytest
from microsoft_teams.ai import AIModel, Function, ListMemory
from pydantic import BaseModel

from doubles.model_server import ModelServer, Recording, Turn
from parley.chat import Agent
from parley.models import Answer, line_for
from parley.models.errors import AnswerFilteredError, AnswerLostError, ContextTooLongError, EmptyAnswerError

CASES = Path(__file__).parent.parent / "cases" / "model-streams"

ANSWER = "the answer is forty two"
OTHER_ANSWERS = {
    "bytes": "grüße 👩‍👩‍👧 日本 is forty two\u2028line\x85x",
    "finish-in-every-chunk": "".join(f"piece{number} " for number in range(8)),
    "tool-in-text": '<tool_call>\n{"name": "current_time", "arguments": {}}\n</tool_call>',
}
FAILURES: dict[str, type[openai.OpenAIError]] = {
    "cut": AnswerLostError,
    "err-429": openai.APIError,
    "err-choice": openai.APIError,
    "err-event": openai.APIError,
    "err-mid": openai.APIError,
    "err-object": ContextTooLongError,
    "err-object-first": ContextTooLongError,
    "err-string": openai.APIError,
    "finish-safety": AnswerFilteredError,
    "tool-finish-without": EmptyAnswerError,
}
LINES = {"err-429": "model-busy", "err-choice": "model-failed"}

ARGUMENTS = {"time_zone": "Europe/Oslo"}
WITH_ARGUMENTS = (
    "finish-tools-early",
    "tool-args-braces-first",
    "tool-args-object",
    "tool-id-each",
    "tool-name-repeated",
    "tool-same-id-two-indexes",
)


class Parameters(BaseModel):
    time_zone: str | None = None


class Played:
    """A server that answers each request with a recording, and a tool for the model."""

    def __init__(self, model: ModelServer, name: str) -> None:
        file = CASES / f"{name}.json"
        facts: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
        self.facts = facts
        self.first = read(name, facts)
        self.others = read(facts.get("second", name), {} if "second" in facts else facts)
        self._unless_key: str | None = facts.get("unless_key")
        self._model = model
        self.called: list[dict[str, Any]] = []
        self.tool = Function(
            name="current_time", description="Tells the time.", parameter_schema=Parameters, handler=self._tell
        )
        model.improvise = self._answer

    def _tell(self, params: Parameters) -> str:
        self.called.append(params.model_dump(exclude_none=True))
        return "now"

    def _answer(self) -> Turn:
        if self._unless_key:
            plays = self._unless_key in self._model.last
            return Turn(recording=self.first) if plays else Turn([ANSWER])
        has_results = any(message["role"] == "tool" for message in self._model.last["messages"])
        return Turn(recording=self.others if has_results else self.first)


def read(name: str, facts: dict[str, Any]) -> Recording:
    given = {key: facts[key] for key in ("status", "headers", "gzip") if key in facts}
    return Recording((CASES / f"{name}.txt").read_bytes(), piece=facts.get("bytes", 0), **given)


@pytest.mark.parametrize("ai_model", ["completions"], indirect=True)
@pytest.mark.parametrize("name", sorted(path.stem for path in CASES.glob("*.txt")))
async def test_is_read_as_it_was_meant(ai_model: AIModel, model: ModelServer, name: str):
    played, memory = Played(model, name), ListMemory()
    agent = Agent(ai_model, memory=memory, functions=[played.tool])
    shown: list[str] = []

    if failure := FAILURES.get(name):
        with pytest.raises(failure) as caught:
            await agent.send("Hi", on_chunk=shown.append)
        assert await memory.get_all() == []
        assert line_for(caught.value) == LINES.get(name, line_for(caught.value))
        return
    answer = (await agent.send("Hi", on_chunk=shown.append)).response

    assert isinstance(answer, Answer)
    assert answer.content == "".join(shown) == OTHER_ANSWERS.get(name, ANSWER)
    assert (await memory.get_all())[-1].content == answer.content
    assert answer.cut_off is (name in ("finish-max_tokens", "finish-maxtokens"))
    is_calling = "second" in played.facts and name != "tool-in-text"
    calls = {"tool-gap": [{}, {}]}.get(name, [ARGUMENTS if name in WITH_ARGUMENTS else {}])
    assert played.called == (calls if is_calling else [])
