"""The messages that a user can send with a click: to begin a conversation, and to go on with the demo model.

They are suggested actions. Teams shows three of them, below the newest message of a 1:1 chat
(bots/how-to/conversations/prompt-suggestions.md in MicrosoftDocs/msteams-docs). Below a streamed message its clients
show them only when the chat is opened again (microsoft/teams-sdk#2899).
"""

from collections.abc import Sequence

from ..language import LineId, Localizer

_SHOWN = 3

_EXAMPLES: tuple[LineId, ...] = ("starter-draft", "starter-ideas", "starter-compare")
_STARTERS: tuple[LineId, ...] = ("starter-abilities", "starter-draft", "starter-ideas")

# What the demo model does best comes first.
_DEMO_STARTERS: tuple[LineId, ...] = ("starter-story", "starter-table", "starter-connect")


def starters(localize: Localizer, *, has_demo_model: bool) -> Sequence[str]:
    """The messages to begin with."""
    return [localize(line) for line in (_DEMO_STARTERS if has_demo_model else _STARTERS)]


def examples(localize: Localizer, *, has_demo_model: bool) -> Sequence[str]:
    """Questions that show what the bot can do, for `/help`."""
    return [localize(line) for line in (_DEMO_STARTERS if has_demo_model else _EXAMPLES)]


def follow_ups(localize: Localizer, text: str) -> Sequence[str]:
    """The messages to go on with, after `text`, when the demo model answers: the starters that come next."""
    lines = [localize(line) for line in (*_DEMO_STARTERS, *_STARTERS)]
    next = lines.index(text) + 1 if text in lines else 0
    return (lines + lines)[next : next + _SHOWN]
