"""Estimates of tokens, and the places where a conversation may be cut."""

import json
import math
from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate

from microsoft_teams.ai import Message, ModelMessage, UserMessage

# The role of a message and the marks around it.
_TOKENS_PER_MESSAGE = 4


def estimate_tokens(messages: list[Message]) -> int:
    """Estimate the tokens of messages without the vocabulary of a model.

    Four ASCII characters count as a token, and so does each other character: too many rather than too few.
    """
    return len(messages) * _TOKENS_PER_MESSAGE + estimate_text_tokens("".join(map(_text, messages)))


def estimate_text_tokens(text: str) -> int:
    """Estimate the tokens of a text."""
    wide = sum(not character.isascii() for character in text)
    return wide + math.ceil((len(text) - wide) / 4)


def truncate(text: str, max_tokens: int) -> str:
    """The beginning of a text that has at most `max_tokens` by the estimate."""
    quarters = accumulate(1 if character.isascii() else 4 for character in text[: max_tokens * 4])
    return text[: bisect_right(list(quarters), max_tokens * 4)]


def split_exchanges(messages: Iterable[Message]) -> list[list[Message]]:
    """Cut messages into exchanges. Each begins with a user's message."""
    exchanges: list[list[Message]] = []
    for message in messages:
        if isinstance(message, UserMessage) or not exchanges:
            exchanges.append([])
        exchanges[-1].append(message)
    return exchanges


def newer_half(messages: list[Message]) -> list[Message]:
    """The newest whole exchanges with at most half of the tokens; empty if the newest alone has more."""
    exchanges = split_exchanges(messages)
    sizes = [estimate_tokens(exchange) for exchange in exchanges]
    start = next(index for index in range(len(sizes) + 1) if sum(sizes[index:]) <= sum(sizes) / 2)
    return [message for exchange in exchanges[start:] for message in exchange]


def _text(message: Message) -> str:
    calls = message.function_calls or [] if isinstance(message, ModelMessage) else []
    return "".join([message.content or "", *(call.name + json.dumps(call.arguments) for call in calls)])
