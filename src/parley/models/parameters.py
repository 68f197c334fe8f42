"""The optional parameters of requests, and those that the server refuses."""

import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import openai

from .wire import listed, mapping

logger = logging.getLogger(__name__)


_OPTIONAL = (
    "stream_options",
    "temperature",
    "tool_choice",
    "max_tokens",
    "max_completion_tokens",
    "max_output_tokens",
    "store",
)
# The token limit has two names. If a server refuses one, the other is sent.
_OTHER_NAME = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}

_UNKNOWN = r"un(?:supported|known|expected|recogni[sz]ed)|extra"
_NOT_TAKEN = r"not (?:\w+ )?(?:supported|permitted|allowed|accepted|recogni[sz]ed|known)"
_NOUN = r"(?:parameter|(?:keyword )?argument|field|input|option|propert(?:y|ie)|key|name)s?"
_ONLY_DEFAULT = re.compile(r"only the default", re.IGNORECASE)
_IS_UNKNOWN = re.compile(rf"\b(?:{_UNKNOWN}|{_NOT_TAKEN})\b|(?:{_UNKNOWN})_", re.IGNORECASE)
_IS_OF_VALUE = re.compile(r"value", re.IGNORECASE)


class OptionalParameters:
    """Removes the parameters that the server has refused by name."""

    def __init__(self) -> None:
        self._refused: set[str] = set()

    def accepted(self, request: Mapping[str, object]) -> dict[str, object]:
        """The request without the parameters that the server has refused."""
        accepted: dict[str, object] = {}
        for name, value in request.items():
            if name in self._refused:
                name = _OTHER_NAME.get(name, name)
            if name not in self._refused:
                accepted[name] = value
        return accepted

    def learn(self, error: openai.OpenAIError, request: Mapping[str, object]) -> bool:
        """Remember the parameters that an error refuses. Return true if there are any, so that a retry may succeed."""
        if not isinstance(error, openai.APIError) or not _is_refusal(error):
            return False
        named, words = {*_named_in(error.body), error.param}, _words_of(error)
        refused = [
            name
            for name in _OPTIONAL
            if name in self.accepted(request)
            and (_says_unknown(words, name) or (name in named and _says_any_unknown(words)))
        ]
        self._refused.update(refused)
        if refused:
            logger.warning("Model server refuses %s, no longer sent", " and ".join(refused))
        return bool(refused)


def _is_refusal(error: openai.APIError) -> bool:
    # A server that passes all parameters to a function fails with 500 if there is one too many.
    return not isinstance(error, openai.APIStatusError) or error.status_code in (400, 422, 500, 501)


def _named_in(value: object) -> Iterator[str]:
    """The names of parameters in fields of an error's body."""
    for item in listed(value):
        for name, field in mapping(item).items():
            if name in ("param", "loc"):
                yield from (str(part) for part in (listed(field) or [field]))
            elif name != "input":  # FastAPI repeats the request in it
                yield from _named_in(field)


def _words_of(error: openai.APIError) -> str:
    return "\n".join(_words_in(error.body)) or error.message


def _words_in(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for item in listed(value):
        if isinstance(item, str):
            yield item
        for name, field in mapping(item).items():
            if name not in ("input", "param", "loc"):
                yield from _words_in(field)


def _says_any_unknown(words: str) -> bool:
    """True if the words of an error that names a parameter elsewhere refuse the parameter, not its value."""
    return bool(_ONLY_DEFAULT.search(words) or (_IS_UNKNOWN.search(words) and not _IS_OF_VALUE.search(words)))


def _says_unknown(words: str, name: str) -> bool:
    """True if the words refuse this parameter. Its name in words about a value, or about something else, is no reason:
    the operator has set it, and without `store` the server would keep the conversation."""
    # `store` and `temperature` are English words, too.
    begins = r"\b" if "_" in name else rf"(?:^|[:.,] |\b{_NOUN} )"
    quoted = rf"['\"`]{name}['\"`]"
    refusals = (
        rf"\b(?:{_UNKNOWN}) (?:\w+ )?{_NOUN}\b(?: \w+)?:? (?:['\"`]?\w+['\"`]?, )*['\"`]?{name}\b",
        rf"(?:{quoted}|{begins}{name}):? (?:{_NOUN} )?(?:(?:is|are|was) )?(?:{_UNKNOWN}|{_NOT_TAKEN})\b",
        rf"\b{_NOT_TAKEN}[,:;] {_NOUN}:? {quoted}",
        rf"['\"]loc['\"]: ?[(\[][^)\]]{{0,200}}{quoted}.{{0,200}}\b(?:{_UNKNOWN}|{_NOT_TAKEN})\b",
        rf"(?:not|n't) support (?:the |this )?(?:{_NOUN} )?['\"`]?{name}\b",
        rf"{quoted}.{{0,200}}only the default",
    )
    return any(re.search(refusal, words, re.IGNORECASE | re.MULTILINE) for refusal in refusals)


@dataclass(frozen=True)
class Sampling:
    """The options that shape an answer; None leaves an option to the server."""

    max_output_tokens: int | None = None
    """The most tokens of one answer, hidden reasoning included."""
    temperature: float | None = None
    """From 0, the likeliest words, to 2. Reasoning models refuse it."""
    limits_by_max_tokens: bool = False
    """True to give the limit of Chat Completions its older name, which OpenAI's reasoning models refuse. Not every
    compatible server knows the newer one, `max_completion_tokens`."""
