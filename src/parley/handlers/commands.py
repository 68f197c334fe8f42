"""The commands, which need no model: `/new`, `/help`, `/forget`."""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping

from ..chat import Chat
from ..language import LineId, Localizer
from .context import MessageTurn
from .starters import examples

Command = Callable[[MessageTurn, Chat], Awaitable[None]]

# Punctuation ends a name, as in `/help?`. A dot or another slash within the word makes it a path.
_COMMAND = re.compile(r"/(?P<name>[^\W\d_]\w*+(?:-\w++)*+)(?!\S*[/\\])\.*+(?:[^\w.].*)?", re.DOTALL)

_CONFIRM_FORGET = "/forget yes"

# Users who choose `forget` from the command list write no slash, and any kind of space.
_CONFIRMED = re.compile(r"/?forget\s+(?P<answer>yes|no)\.?", re.IGNORECASE)


def find_command(text: str, localize: Localizer) -> Command | None:
    """The command that a message calls; None if it calls none.

    A command is `/name`, whatever follows, or the name alone: Teams writes it so when a user chooses it from the
    command list of `appPackage/manifest.json`. A click on a suggested action of `/forget` sends its title.
    """
    if confirmed := _CONFIRMED.fullmatch(text):
        return delete if confirmed["answer"].lower() == "yes" else keep
    if text == localize("delete-my-data"):
        return delete
    if text == localize("keep-my-data"):
        return keep
    found = _COMMAND.fullmatch(text)
    name = (found["name"] if found else text).lower()
    if name in COMMANDS:
        return COMMANDS[name][0]
    return reject if found else None


async def new(turn: MessageTurn, chat: Chat) -> None:
    """`/new`: begin a new conversation. The model no longer sees what was said before."""
    await chat.history.close(turn.conversation_id)
    await turn.reply.send(turn.localize("new-conversation"), turn.starters)


async def help(turn: MessageTurn, chat: Chat) -> None:
    """`/help`: tell what the bot can do, with examples and the list of commands."""
    parts = (
        turn.localize("help-in-group" if turn.in_group else "help"),
        _list(
            f"*{_mention(turn)}{example}*" for example in examples(turn.localize, has_demo_model=turn.has_demo_model)
        ),
        turn.localize("help-more-in-group" if turn.in_group else "help-more"),
        turn.localize("help-commands"),
        _list_commands(turn),
    )
    await turn.reply.send("\n\n".join(parts))


async def forget(turn: MessageTurn, chat: Chat) -> None:
    """`/forget`: ask whether to delete what is stored about the conversation."""
    line: LineId = "confirm-forget" if await _is_whole(turn) else "confirm-forget-own"
    # In a group a suggested action lacks the mention, without which Teams sends the bot no message.
    actions = [] if turn.in_group else [turn.localize("delete-my-data"), turn.localize("keep-my-data")]
    await turn.reply.send(turn.localize(line, command=f"{_mention(turn)}{_CONFIRM_FORGET}"), actions)


async def delete(turn: MessageTurn, chat: Chat) -> None:
    """`/forget yes`: delete what is stored about the conversation.

    In a group an owner deletes all of it, any other user only what concerns that user.
    """
    if await _is_whole(turn):
        await chat.history.forget(turn.conversation_id)
        await turn.reply.send(turn.localize("forgotten"))
    else:
        await chat.history.forget_user(turn.conversation_id, turn.user_id)
        await turn.reply.send(turn.localize("forgotten-own"))


async def keep(turn: MessageTurn, chat: Chat) -> None:
    """`/forget no`: delete nothing."""
    await turn.reply.send(turn.localize("kept"))


async def reject(turn: MessageTurn, chat: Chat) -> None:
    """Any other `/name`: list the commands that exist."""
    await turn.reply.send("\n\n".join((turn.localize("unknown-command"), _list_commands(turn))))


COMMANDS: Mapping[str, tuple[Command, LineId]] = {
    "new": (new, "command-new"),
    "help": (help, "command-help"),
    "forget": (forget, "command-forget"),
}
"""The commands by name, as in the manifest's command list, each with the id of its description."""


async def _is_whole(turn: MessageTurn) -> bool:
    """True if the user may delete all that is stored about the conversation."""
    return not turn.in_group or await turn.is_owner()


def _mention(turn: MessageTurn) -> str:
    """The mention without which Teams sends the bot no message of a group."""
    return f"@{turn.bot_name} " if turn.in_group else ""


def _list_commands(turn: MessageTurn) -> str:
    return _list(
        f"`{_mention(turn)}/{name}`: {turn.localize(description)}" for name, (_, description) in COMMANDS.items()
    )


def _list(items: Iterable[str]) -> str:
    return "\n".join(f"- {item}" for item in items)
