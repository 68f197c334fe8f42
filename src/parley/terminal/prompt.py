"""The prompt of `parley chat`. It is there at once: the bot opens while the user types already."""

import asyncio
import logging
import os
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from prompt_toolkit import PromptSession
from prompt_toolkit.application import in_terminal
from prompt_toolkit.completion import Completer, NestedCompleter, PathCompleter, WordCompleter, merge_completers
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.shortcuts import CompleteStyle
from prompt_toolkit.utils import is_dumb_terminal

from ..operator_errors import OperatorError
from ..settings import Settings
from .held import keys_held
from .sender import ATTACH, EDIT, LEAVE, Sender

if TYPE_CHECKING:  # they take seconds to import
    from ..language import Localizer
    from .conversation import Conversation
    from .screen import Screen

    type Place = tuple[Conversation, Screen]

_STARTING = FormattedText([("fg:ansibrightblack", "Starting... You can type already.")])


async def converse(
    opened: "AbstractAsyncContextManager[Place]",
    settings: Settings,
    files: Sequence[Path],
    *,
    after_turn: Callable[[], None],
) -> None:
    """Show the welcome message, then send the lines that the user types, until the user leaves.

    Args:
        opened: opens the conversation, on a screen that is a terminal.
        settings: the bot's settings.
        files: files that go with the first message.
        after_turn: called when a turn has ended.
    """
    async with _opening(opened) as opening:
        prompt = _create_prompt(is_starting=lambda: not opening.done())
        with suppress(EOFError):
            line = await _read_first(prompt, opening, settings, files, after_turn)
            if line.strip() == LEAVE:
                return
            conversation, screen = await opening
            sender = Sender(conversation, files)
            while line.strip() != LEAVE:
                if line.strip():
                    await _send(line, sender, screen)
                    after_turn()
                line = await prompt.prompt_async()


@asynccontextmanager
async def _opening[T](context: AbstractAsyncContextManager[T]) -> AsyncGenerator[asyncio.Future[T]]:
    """Enter the context in the background. Give the future of its value, and leave it when the block ends."""
    opening: asyncio.Future[T] = asyncio.get_running_loop().create_future()
    closing = asyncio.Event()

    async def stay() -> None:
        try:
            async with context as value:
                opening.set_result(value)
                await closing.wait()
        except Exception as error:
            if opening.done():
                raise
            opening.set_exception(error)

    task = asyncio.create_task(stay())
    try:
        yield opening
    finally:
        closing.set()
        if not opening.done():
            task.cancel()
        await asyncio.wait({task})
        if not task.cancelled():
            task.result()


def _create_prompt(is_starting: Callable[[], bool]) -> PromptSession[str]:
    # A line editor needs no cursor position. Terminals that cannot report it would get a warning.
    os.environ.setdefault("PROMPT_TOOLKIT_NO_CPR", "1")
    return PromptSession[str](
        "> ",
        completer=_completer(),
        complete_style=CompleteStyle.READLINE_LIKE,
        complete_while_typing=False,
        enable_suspend=True,
        interrupt_exception=EOFError,
        key_bindings=_key_bindings(),
        placeholder=lambda: _STARTING if is_starting() else FormattedText(),
        reserve_space_for_menu=0,
    )


def _completer() -> Completer:
    """Completes the commands of the terminal, and the path of a file."""
    commands = WordCompleter([ATTACH, EDIT, LEAVE], sentence=True)
    return merge_completers([commands, NestedCompleter({ATTACH: PathCompleter(expanduser=True)})])


def _key_bindings() -> KeyBindings:
    keys = KeyBindings()

    @keys.add("c-c")
    def clear_or_leave(event: KeyPressEvent) -> None:
        if event.current_buffer.text:
            event.current_buffer.reset()
        else:
            event.app.exit(exception=EOFError)

    return keys


async def _read_first(
    prompt: PromptSession[str],
    opening: "asyncio.Future[Place]",
    settings: Settings,
    files: Sequence[Path],
    after_greeting: Callable[[], None],
) -> str:
    """Read a line, and write the welcome message above it as soon as the bot is there."""

    async def greet() -> None:
        conversation, screen = await opening
        await _greet(conversation, screen, settings, files)
        after_greeting()

    if is_dumb_terminal():  # it cannot take the prompt back
        await greet()
        return await prompt.prompt_async()
    reading = asyncio.create_task(prompt.prompt_async())
    try:
        await asyncio.wait({reading, opening}, return_when=asyncio.FIRST_COMPLETED)
        if reading.done():
            if reading.result().strip() == LEAVE:
                return LEAVE
            await asyncio.wait({opening})
        async with in_terminal():
            with keys_held():
                await greet()
        return await reading
    finally:
        reading.cancel()
        await asyncio.wait({reading})


async def _greet(conversation: "Conversation", screen: "Screen", settings: Settings, files: Sequence[Path]) -> None:
    from ..models import describe_model

    screen.write(f"Answering with {describe_model(settings)}. Ctrl-C stops an answer, {LEAVE} leaves.")
    await conversation.install()
    for file in files:
        screen.write(_attached(file))
    # The user has seen which MCP servers are down; later warnings would come between the user's words.
    if not logging.getLogger().isEnabledFor(logging.DEBUG):
        logging.getLogger("parley.tools.mcp").setLevel(logging.ERROR)


async def _send(line: str, sender: Sender, screen: "Screen") -> None:
    try:
        result = await sender.send(screen.resolve(line))
    except OperatorError as error:
        screen.write(f"parley: {error.line}")
        return
    if isinstance(result, list):
        for file in result:
            screen.write(_attached(file))
    elif line.strip().removeprefix("/").lower() == "help":
        screen.write(_commands(), is_markdown=True)


def _commands() -> str:
    """The commands of the terminal, for the end of the bot's own list."""
    localize = _localizer()
    return "\n".join(
        (
            f"- `{ATTACH} PATH`: {localize('command-attach')}",
            f"- `{EDIT} TEXT`: {localize('command-edit')}",
            f"- `{LEAVE}`: {localize('command-exit')}",
        )
    )


def _attached(file: Path) -> str:
    return _localizer()("file-attached", name=file.name)


def _localizer() -> "Localizer":
    from ..language import localizer_for
    from .user import find_user

    return localizer_for(find_user().locale)
