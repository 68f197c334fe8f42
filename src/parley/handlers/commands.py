"""What a person can ask for without the model."""

import re
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from ..chat import Chat
from ..language import LineId, Localizer
from .context import TurnContext, user_id_of

Command = Callable[[TurnContext, Chat], Awaitable[None]]

# Punctuation ends a name, such as the question mark of `/help?`. Dots within a word, or another slash in it, make it a
# path.
_COMMAND = re.compile(r"/(?P<name>[^\W\d_]\w*+(?:-\w++)*+)(?!\S*[/\\])\.*+(?:[^\w.].*)?", re.DOTALL)

_CONFIRM_FORGET = "/forget yes"

# As a person writes it who has chosen `forget` from the list, and whatever the space is.
_CONFIRMED = re.compile(r"/?forget\s+yes\.?", re.IGNORECASE)


def find_command(words: str) -> Command | None:
    """The command that a message is: `/name`, whatever follows, or its name alone, as Teams writes it when somebody
    chooses it from the command list of `appPackage/manifest.json`. `None` if it is none."""
    if _CONFIRMED.fullmatch(words):
        return partial(forget, is_confirmed=True)
    found = _COMMAND.fullmatch(words)
    name = (found["name"] if found else words).lower()
    if name in COMMANDS:
        return COMMANDS[name][0]
    return reject if found else None


async def begin_anew(asked: TurnContext, chat: Chat) -> None:
    """`/new`: what was said before is shown to the model no more."""
    await chat.history.close(asked.conversation_id)
    await asked.reply.send(asked.say("new-conversation"))


async def help(asked: TurnContext, chat: Chat) -> None:
    """`/help`: what the bot can do."""
    await asked.reply.send(_above_list(asked.say("help"), asked.say))


async def forget(asked: TurnContext, chat: Chat, *, is_confirmed: bool = False) -> None:
    """`/forget`: everything that is stored about the conversation is deleted, once the user has confirmed that. In a
    group only an owner can delete everybody's words; other users delete their own."""
    is_whole = not asked.in_group or await asked.is_of_owner()
    if is_confirmed:
        if is_whole:
            await chat.history.forget(asked.conversation_id)
        else:
            await chat.history.forget_user(asked.conversation_id, user_id_of(asked.message.from_))
        await asked.reply.send(asked.say("forgotten" if is_whole else "forgotten-own"))
        return
    # In a group a click might lack the mention without which Teams tells the bot of no message.
    choices = [] if asked.in_group else [_CONFIRM_FORGET]
    line: LineId = "confirm-forget" if is_whole else "confirm-forget-own"
    await asked.reply.send_with_suggestions(asked.say(line, command=_CONFIRM_FORGET), choices)


async def reject(asked: TurnContext, chat: Chat) -> None:
    """A command that there is not."""
    await asked.reply.send(_above_list(asked.say("unknown-command"), asked.say))


COMMANDS: Mapping[str, tuple[Command, LineId]] = {
    "new": (begin_anew, "command-new"),
    "help": (help, "command-help"),
    "forget": (forget, "command-forget"),
}
"""The commands by their names, as the manifest's command list offers them, with the line that says what each does."""


def _above_list(line: str, say: Localizer) -> str:
    commands = "\n".join(f"- `/{name}`: {say(description)}" for name, (_, description) in COMMANDS.items())
    return f"{line}\n\n{commands}"
