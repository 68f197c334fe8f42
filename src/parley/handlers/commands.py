"""The commands, which need no model: `/new`, `/help`, `/forget`."""

import re
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from ..chat import Chat
from ..language import LineId, Localizer
from .context import MessageTurn

Command = Callable[[MessageTurn, Chat], Awaitable[None]]

# Punctuation ends a name, as in `/help?`. A dot or another slash within the word makes it a path.
_COMMAND = re.compile(r"/(?P<name>[^\W\d_]\w*+(?:-\w++)*+)(?!\S*[/\\])\.*+(?:[^\w.].*)?", re.DOTALL)

_CONFIRM_FORGET = "/forget yes"

# Users who choose `forget` from the command list write no slash, and any kind of space.
_CONFIRMED = re.compile(r"/?forget\s+yes\.?", re.IGNORECASE)


def find_command(text: str) -> Command | None:
    """The command that a message calls; None if it calls none.

    A command is `/name`, whatever follows, or the name alone: Teams writes it so when a user chooses it from the
    command list of `appPackage/manifest.json`.
    """
    if _CONFIRMED.fullmatch(text):
        return partial(forget, is_confirmed=True)
    found = _COMMAND.fullmatch(text)
    name = (found["name"] if found else text).lower()
    if name in COMMANDS:
        return COMMANDS[name][0]
    return reject if found else None


async def new(turn: MessageTurn, chat: Chat) -> None:
    """`/new`: begin a new conversation. The model no longer sees what was said before."""
    await chat.history.close(turn.conversation_id)
    await turn.reply.send(turn.localize("new-conversation"))


async def help(turn: MessageTurn, chat: Chat) -> None:
    """`/help`: list what the bot can do."""
    await turn.reply.send(_above_list(turn.localize("help"), turn.localize))


async def forget(turn: MessageTurn, chat: Chat, *, is_confirmed: bool = False) -> None:
    """`/forget`: delete what is stored about the conversation, once the user has confirmed it.

    In a group an owner deletes all of it, any other user only what concerns that user.
    """
    is_whole = not turn.in_group or await turn.is_owner()
    if is_confirmed:
        if is_whole:
            await chat.history.forget(turn.conversation_id)
        else:
            await chat.history.forget_user(turn.conversation_id, turn.user_id)
        await turn.reply.send(turn.localize("forgotten" if is_whole else "forgotten-own"))
        return
    # In a group a suggested action lacks the mention, without which Teams sends the bot no message.
    choices = [] if turn.in_group else [_CONFIRM_FORGET]
    line: LineId = "confirm-forget" if is_whole else "confirm-forget-own"
    await turn.reply.send(turn.localize(line, command=_CONFIRM_FORGET), choices)


async def reject(turn: MessageTurn, chat: Chat) -> None:
    """Any other `/name`: list the commands that exist."""
    await turn.reply.send(_above_list(turn.localize("unknown-command"), turn.localize))


COMMANDS: Mapping[str, tuple[Command, LineId]] = {
    "new": (new, "command-new"),
    "help": (help, "command-help"),
    "forget": (forget, "command-forget"),
}
"""The commands by name, as in the manifest's command list, each with the id of its description."""


def _above_list(line: str, localize: Localizer) -> str:
    commands = "\n".join(f"- `/{name}`: {localize(description)}" for name, (_, description) in COMMANDS.items())
    return f"{line}\n\n{commands}"
