"""The rules of the demo model: the answer to a question."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from babel.dates import format_date, format_time

from .arithmetic import calculate
from .cities import zone_in
from .language import Language, Topic, fill, languages, languages_of
from .pictures import Look
from .question import Question, read_question

# The frame around a file, see `chat/frames.py`.
_FILE = re.compile(r"^\[file (\w+): (?P<name>.*)\]\n(?P<text>(?s:.*))\n\[[^\n]* \1", re.MULTILINE)

_SHOWN = 300  # characters of a user's text that an answer repeats

# Punctuation at the end of a question.
_ENDS = " .:?!\u3002\uff1a\uff1f\uff01"

_TIME = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d) \((.+)\)")
_MEMBERS = re.compile(r"(?P<first>The first)?.*?: (?P<names>.+)\. Asking: (?P<asking>.+)\.$", re.DOTALL)
_ASKING = re.compile(r"Asking: (?P<asking>.+)\.$")


@dataclass(frozen=True)
class ToolCall:
    """An answer that calls a tool."""

    name: str
    arguments: dict[str, str] = field(default_factory=dict[str, str])


Answer = str | ToolCall


def compose(messages: list[dict[str, Any]], tools: set[str], pictures: Sequence[Look | None] = ()) -> Answer:
    """The answer to the last of `messages`, which are those of Chat Completions, oldest first.

    Args:
        messages: the request's; their contents are texts.
        tools: the names of the tools that may be called. After a call, the last message is its result.
        pictures: the look of those in the last message.
    """
    question = read_question(messages, tools, pictures)
    candidates = languages_of(question.message.words, (message.words for message in reversed(question.earlier)))
    for language in candidates:
        if answer := _answer(question, language):
            return answer
    return _fall_back(question, candidates[0])


def _answer(question: Question, language: Language) -> Answer | None:
    """The answer of the first rule that knows one in this language."""
    for rule in (_describe_pictures, _describe_file, _do_sum):
        if answer := rule(question, language):
            return answer
    for name, topic in language.topics.items():
        if found := topic.match(question.message.words):
            return _RULES.get(name, _say)(_Turn(question, language, topic, found))
    return None


def _fall_back(question: Question, language: Language) -> str:
    topic = language["fallback"]
    if not question.message.words:
        return topic.line("wordless")
    line = topic.lines["say"][0]
    knows = any(line.partition("{text}")[2] in answer for answer in question.answers)
    return topic.line("again" if knows else "say", text=_shown(question.message.words))


def _shown(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN].rstrip()}…"


# Rules that do not depend on the words of the question.


def _describe_pictures(question: Question, language: Language) -> str | None:
    if not question.pictures:
        return None
    topic = language["picture"]
    looks = [_describe(look, topic) if look else topic.line("unreadable") for look in question.pictures]
    return "\n\n".join([*looks, topic.line("end")])


def _describe(look: Look, topic: Topic) -> str:
    return topic.line(
        width=look.width,
        height=look.height,
        format=look.format,
        shape=topic.line(look.shape),
        light=topic.line(look.light),
        colors=", ".join(f"**{topic.line(color)}** ({share} %)" for color, share in look.colors),
    )


def _describe_file(question: Question, language: Language) -> str | None:
    found = _FILE.search(question.message.text)
    if not found:
        return None
    text = found["text"]
    beginning = _shown(" ".join(text[: 10 * _SHOWN].split()))
    return language["file"].line(
        name=found["name"], lines=len(text.splitlines()), words=len(text.split()), beginning=beginning
    )


def _do_sum(question: Question, language: Language) -> str | None:
    if question.sum is None:
        return None
    result = calculate(question.sum, language.tag.replace("-", "_"))
    shown = re.sub(r"(?<=[\d)%])\s*([*/+-])\s*", r" \1 ", question.sum).replace("*", "\N{MULTIPLICATION SIGN}")
    topic = language["sum"]
    return topic.line("impossible", sum=shown) if result is None else topic.line(sum=shown, result=result)


# Rules that the words of the question select, by the names of their topics. The others just say their line.


@dataclass(frozen=True)
class _Turn:
    """A question that matches a topic."""

    question: Question
    language: Language
    topic: Topic
    found: re.Match[str]

    @property
    def mine(self) -> Iterator[str]:
        """The words of the same user's earlier messages, newest first."""
        return (
            message.words
            for message in reversed(self.question.earlier)
            if message.author == self.question.message.author
        )


def _say(turn: _Turn) -> str:
    """The topic's line, with the subject that the question names. Of several, the first that was not said yet."""
    lines = turn.topic.lines["say"]
    told = [any(line[:40] in answer for answer in turn.question.answers) for line in lines]
    line = lines[told.index(False)] if False in told else lines[len(turn.question.answers) % len(lines)]
    default = turn.topic.lines.get("topic", [""])[0]
    return fill(line, {"topic": _subject(turn.found) or default})


def _subject(found: re.Match[str]) -> str:
    subject = found.groupdict().get("topic") or ""
    return " ".join(subject.replace("|", "\\|").split()).rstrip(_ENDS)


def _recall_name(turn: _Turn) -> str:
    for words in turn.mine:
        for language in languages():
            if found := language["name"].match(words):
                return turn.topic.line(name=found["name"])
    return turn.topic.line("nothing")


def _learn_name(turn: _Turn) -> str:
    return turn.topic.line(name=turn.found["name"])


def _recall_own(turn: _Turn) -> str:
    before = next(turn.mine, None)
    return turn.topic.line("nothing") if before is None else _quote(before, turn.topic)


def _recall_other(turn: _Turn) -> str:
    name = turn.found["name"]
    for message in reversed(turn.question.earlier):
        if name.lower() in message.author.lower().split():
            return _quote(message.words, turn.topic, name=message.author)
    return turn.topic.line("nothing", name=name)


def _quote(words: str, topic: Topic, **values: str) -> str:
    return topic.line(text=_shown(words), **values) if words else topic.line("wordless", **values)


def _show_instructions(turn: _Turn) -> str:
    return turn.topic.line(instructions=turn.question.instructions)


def _tell_story(turn: _Turn) -> Answer:
    """A story; at its end the time, if the question names both."""
    clock = turn.language["time"]
    if not re.search(r"\bwith the time\b", turn.question.message.words, re.IGNORECASE):
        return _say(turn)
    time = _tell_time(_Turn(turn.question, turn.language, clock, turn.found))
    return time if isinstance(time, ToolCall) else f"{_say(turn)}\n\n{time}"


def _tell_time(turn: _Turn) -> Answer:
    if "current_time" not in turn.question.tools:
        return turn.topic.line("without")
    if turn.question.result is None:
        zone = zone_in(turn.question.message.words, turn.language.tag)
        return ToolCall("current_time", {"time_zone": zone} if zone else {})
    told = _TIME.search(turn.question.result)
    if not told:
        return turn.question.result
    moment, locale = datetime.fromisoformat(told[1]), turn.language.tag.replace("-", "_")
    time, date = format_time(moment, "short", locale=locale), format_date(moment, "full", locale=locale)
    return turn.topic.line(time=time, date=date, zone=told[2].replace("_", " "))


def _list_members(turn: _Turn) -> Answer:
    if "conversation_members" not in turn.question.tools:
        return turn.topic.line("without")
    result = turn.question.result
    if result is None:
        return ToolCall("conversation_members")
    told = _MEMBERS.search(result)
    if not told:
        asking = _ASKING.search(result)
        return turn.topic.line("unknown", asking=asking["asking"]) if asking else result
    names = told["names"].split(", ")
    if names == [told["asking"]]:
        return turn.topic.line("alone", asking=told["asking"])
    head = turn.topic.line("first" if told["first"] else "several", number=len(names))
    return "\n".join([head, "", *(f"- {name}" for name in names)])


def _connect_model(turn: _Turn) -> Answer:
    """The lines for `.env`. The tool's result numbers its sources as the answer does; without it, none is cited."""
    if "setup_guide" not in turn.question.tools:
        return re.sub(r"\s*\[\d\]", "", _say(turn))
    return ToolCall("setup_guide") if turn.question.result is None else _say(turn)


_RULES: dict[str, Callable[[_Turn], Answer]] = {
    "recall-name": _recall_name,
    "name": _learn_name,
    "recall-own": _recall_own,
    "recall-other": _recall_other,
    "instructions": _show_instructions,
    "story": _tell_story,
    "time": _tell_time,
    "members": _list_members,
    "connect": _connect_model,
}
