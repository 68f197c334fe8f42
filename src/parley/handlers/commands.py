"""What a person can ask for without the model."""

import re
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from ..chat import Chat
from ..language import Language, LineId
from .services import Asked

Command = Callable[[Asked, Chat], Awaitable[None]]

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


async def begin_anew(asked: Asked, chat: Chat) -> None:
    """`/new`: what was said before is shown to the model no more."""
    await chat.history.close(asked.conversation_id)
    await asked.reply.say(asked.say("new-conversation"))


async def help(asked: Asked, chat: Chat) -> None:
    """`/help`: what the bot can do."""
    await asked.reply.say(_above_list(asked.say("help"), asked.say))


async def forget(asked: Asked, chat: Chat, *, is_confirmed: bool = False) -> None:
    """`/forget`: everything that is stored about the conversation is deleted, once the person has confirmed that."""
    if is_confirmed:
        await chat.history.forget(asked.conversation_id)
        await asked.reply.say(asked.say("forgotten"))
        return
    # In a group a click might lack the mention without which Teams tells the bot of no message.
    choices = [] if asked.in_group else [_CONFIRM_FORGET]
    await asked.reply.offer(asked.say("confirm-forget", command=_CONFIRM_FORGET), choices)


async def reject(asked: Asked, chat: Chat) -> None:
    """A command that there is not."""
    await asked.reply.say(_above_list(asked.say("unknown-command"), asked.say))


COMMANDS: Mapping[str, tuple[Command, LineId]] = {
    "new": (begin_anew, "command-new"),
    "help": (help, "command-help"),
    "forget": (forget, "command-forget"),
}
"""The commands by their names, as the manifest's command list offers them, with the line that says what each does."""


def _above_list(line: str, say: Language) -> str:
    commands = "\n".join(f"- `/{name}`: {say(description)}" for name, (_, description) in COMMANDS.items())
    return f"{line}\n\n{commands}"
