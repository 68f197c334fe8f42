"""What a person can ask for without the model."""

import re
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from ..chat import Chat
from ..language import Language
from .services import Asked

Command = Callable[[Asked, Chat], Awaitable[None]]

_COMMAND = re.compile(r"/(?P<name>[^\W\d_][\w-]*)(\s+(?P<rest>.*))?", re.DOTALL)

_CONFIRMATION = "yes"


def find_command(words: str) -> Command | None:
    """The command that a message is: `/name`, whatever follows, or its name alone, as Teams writes it when somebody
    chooses it from the command list of `appPackage/manifest.json`. `None` if it is none."""
    if found := _COMMAND.fullmatch(words):
        name, rest = found["name"].lower(), (found["rest"] or "").lower()
        return partial(forget, is_confirmed=rest == _CONFIRMATION) if name == "forget" else COMMANDS.get(name, reject)
    return COMMANDS.get(words.lower())


async def begin_anew(asked: Asked, chat: Chat) -> None:
    """`/new`: what was said before is shown to the model no more."""
    await chat.history.close(asked.conversation_id)
    await asked.reply.say(asked.say("new-conversation"))


async def help(asked: Asked, chat: Chat) -> None:
    """`/help`: what the bot can do."""
    await asked.reply.say(f"{asked.say('help')}\n\n{_list(asked.say)}")


async def forget(asked: Asked, chat: Chat, *, is_confirmed: bool = False) -> None:
    """`/forget`: everything that is stored about the conversation is deleted, once the person has confirmed that."""
    if is_confirmed:
        await chat.history.forget(asked.conversation_id)
        await asked.reply.say(asked.say("forgotten"))
        return
    confirmation = f"/forget {_CONFIRMATION}"
    # Teams shows suggested actions in 1:1 chats only.
    choices = [] if asked.in_group else [confirmation]
    await asked.reply.offer(asked.say("confirm-forget", command=confirmation), choices)


async def reject(asked: Asked, chat: Chat) -> None:
    """A command that there is not."""
    await asked.reply.say(f"{asked.say('unknown-command')}\n\n{_list(asked.say)}")


COMMANDS: Mapping[str, Command] = {"new": begin_anew, "help": help, "forget": forget}
"""The commands by their names, as the manifest's command list offers them."""


def _list(say: Language) -> str:
    return "\n".join(f"- `/{name}`: {say(f'command-{name}')}" for name in COMMANDS)
