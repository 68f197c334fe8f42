"""The reply to one activity, from the first status to the last message."""

import asyncio
import re
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from microsoft_teams.ai import ModelMessage
from microsoft_teams.api import TextFormat
from microsoft_teams.apps import ActivityContext

from ..language import Localizer
from ..markdown.safe import SafeMarkdown
from ..markdown.split import below, split
from ..markdown.tables import TablesAsLists
from ..markdown.tokenizer import BREAK
from ..markdown.unfinished import closed
from ..models import Answer, EmptyAnswerError
from ..tools.sources import Source
from ..turn import Turn
from .delivery import Delivery, StoppedError, is_group
from .full import FullDelivery
from .rate_limits import Pace
from .sender import ActivitySender
from .streamed import StreamedDelivery

# Seconds before a status is shown: text that comes sooner is worth more.
_STATUS_DELAY = 1.0

_FORMATS: dict[TextFormat, str] = {
    "markdown": "simple Markdown: bold, italic, lists, links and code. Use lists instead of tables,",
    "extendedmarkdown": "GitHub-flavored Markdown with tables, code, and LaTeX between dollar signs. Use",
}

# Text with Markdown in it. The Agents Playground shows none beside suggested actions.
_FORMATTED = re.compile(r"[*`#|>\[$~]|^\s*(?:-|\d+\.)\s", re.MULTILINE)

# Seconds without more text after which its last word is taken for a whole one.
_PAUSE = 1.0


class Reply:
    """The bot's reply to one activity.

    Call `stream` for each piece of work on the answer, then `finish`; or `send` at any time, to end with a text of the
    bot's own. When the user presses Stop, the running `stream` or `finish` raises `StoppedError`. After that `finish`
    raises too, and both send methods do nothing.

    `finish` and both `send` raise what `ActivitySender.send` raises if Teams rejects a message.
    """

    def __init__(
        self, delivery: Delivery, sender: ActivitySender, markdown: SafeMarkdown | TablesAsLists, localize: Localizer
    ) -> None:
        self._delivery = delivery
        self._sender = sender
        self._markdown = markdown
        self._localize = localize
        self._text = ""
        self.pause_due = float("inf")
        self._changed = asyncio.Event()
        self._is_delivered = False
        self._set_status(localize("thinking"))
        self.work_ended = asyncio.Event()
        """Set when the current work on the answer has ended, successfully or not."""
        self.stopped_text: str | None = None
        """The text that was shown when the user pressed Stop; None if the user did not."""

    async def stream[T](self, work: Coroutine[Any, Any, T]) -> T:
        """Run work on the answer, and show the answer's progress meanwhile. Return the result of the work.

        Raises:
            StoppedError: the user has pressed Stop; the work is cancelled.
        """
        self.work_ended.clear()
        working = asyncio.create_task(work)
        working.add_done_callback(lambda _: self._end_work())
        showing = asyncio.create_task(self._delivery.show(self))
        try:
            # Showing ends soon after the work, or before it with an exception.
            await asyncio.wait({working, showing}, return_when=asyncio.FIRST_EXCEPTION)
            await showing
            if working.cancelled():
                raise RuntimeError("The work on the answer cancelled itself")
            return await working
        except StoppedError as stop:
            self.stopped_text = stop.shown
            raise
        finally:
            working.cancel()
            showing.cancel()
            await asyncio.gather(working, showing, return_exceptions=True)

    async def on_chunk(self, chunk: str) -> None:
        """Add a piece of the answer's text."""
        self._text += self._markdown.feed(chunk)
        self.pause_due = asyncio.get_running_loop().time() + _PAUSE
        self._changed.set()

    async def on_tool(self, name: str) -> None:
        """Show that the tool is being used, as long as there is no text."""
        self._set_status(self._localize("using-tool", tool=name.replace("_", " ")))

    def cite(self, source: Source) -> int:
        """Add a source that the answer may cite. Return its number, the `n` of `[n]`."""
        return self._sender.cite(source)

    async def finish(self, answer: ModelMessage, notices: Sequence[str] = (), suggestions: Sequence[str] = ()) -> None:
        """Deliver the text of the model's answer, labelled as made by AI, with the notices below it.

        `suggestions` become suggested actions, unless the answer is formatted or replaces an earlier one in its place.

        Raises:
            StoppedError: the user has pressed Stop.
            EmptyAnswerError: the answer shows nothing, and not because the token limit cut it off.
        """
        is_cut_off = isinstance(answer, Answer) and answer.cut_off
        text = self._incomplete() if is_cut_off else self._complete()
        if is_cut_off:
            notices = [self._localize("cut-off"), *notices]
        elif not text:
            raise EmptyAnswerError("The answer shows nothing")
        if self._sender.replaces_earlier or _FORMATTED.search(text):
            suggestions = ()
        text, is_ai = below(text, "\n\n".join(notices)) if notices else text, bool(text)
        await self._deliver(text, is_ai=is_ai, suggestions=suggestions)

    async def send(self, text: str, suggestions: Sequence[str] = ()) -> bool:
        """Deliver a text of the bot's own, below the beginning of an answer that is not delivered yet.

        `suggestions` become suggested actions: messages that the user can send with a click. They are for a text that
        ends no stream: below a streamed message, Teams' clients show them only when the chat is opened again
        (microsoft/teams-sdk#2899), and the Agents Playground shows a message that has them without its Markdown.

        Returns:
            False if nothing was delivered, because the user has pressed Stop.
        """
        answer = "" if self._is_delivered else self._incomplete()
        try:
            await self._deliver(below(answer, text), is_ai=bool(answer), suggestions=suggestions)
        except StoppedError:
            return False
        return True

    async def end_stream(self) -> None:
        """End an open stream with what it shows, so that a later attempt of the turn can update that message."""
        await self._delivery.end_stream()

    async def delete(self) -> None:
        """Delete the messages that earlier attempts of the turn have sent."""
        await self._sender.delete_earlier()

    async def _deliver(self, text: str, *, is_ai: bool, suggestions: Sequence[str] = ()) -> None:
        if self.stopped_text is not None:
            raise StoppedError(self.stopped_text)
        *others, last = split(text)
        for part in others:
            await self._deliver_part(part, is_ai=is_ai)
        self._sender.suggest(suggestions)
        await self._deliver_part(last, is_ai=is_ai)
        await self._sender.delete_earlier()

    async def _deliver_part(self, part: str, *, is_ai: bool) -> None:
        if self._is_delivered:
            await self._sender.send_message(part, is_ai=is_ai)
            return
        self._is_delivered = True
        try:
            await self._delivery.deliver(part, is_ai=is_ai)
        except StoppedError as stop:
            self.stopped_text = stop.shown
            raise

    # The progress that the delivery shows

    @property
    def text(self) -> str:
        """The text so far, safe to show. Text of only white space, visible or not, is empty."""
        return self._text if self._text.replace(BREAK, "").strip() else ""

    async def wait_for_change(self, until: float) -> None:
        """Wait for a change since the last call, or until that time of the event loop."""
        with suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                await self._changed.wait()
        self._changed.clear()

    def _set_status(self, line: str) -> None:
        self.status = line
        self.status_due = asyncio.get_running_loop().time() + _STATUS_DELAY
        self._changed.set()

    def _end_work(self) -> None:
        self.work_ended.set()
        self._changed.set()

    def _complete(self) -> str:
        """Return the whole text, with what the Markdown held back until it was known to be safe."""
        self._text += self._markdown.close()
        return self.text

    def _incomplete(self) -> str:
        """Return the text of an answer that has ended too early, without dangling marks."""
        self._text = closed(self._text + self._markdown.close(is_cut_off=True))
        return self.text


@dataclass(frozen=True)
class Replies:
    """Opens replies; all replies of the process share its settings and its pace."""

    text_format: TextFormat
    allowed_image_hosts: frozenset[str]
    pace: Pace = field(default_factory=Pace)

    @property
    def instructions(self) -> str:
        """The format of the answers, for the model that writes them."""
        hosts = " and ".join(sorted(self.allowed_image_hosts))
        images = f"no HTML, and images of {hosts} only." if hosts else "no HTML and no images."
        return f"Microsoft Teams shows your answers as {_FORMATS[self.text_format]} {images}"

    def open(self, ctx: ActivityContext[Any], turn: Turn, localize: Localizer) -> Reply:
        """Return the reply to an activity, streamed if its conversation allows that. The reply's own lines are
        localized by `localize`. It replaces what earlier attempts of the turn have sent."""
        sender = ActivitySender(ctx, turn, self.pace, self.text_format)
        is_full = is_group(ctx.activity.conversation) or turn.sent.ids
        delivery = FullDelivery(sender) if is_full else StreamedDelivery(sender, localize)
        markdown = SafeMarkdown(self.allowed_image_hosts, localize("picture-removed", description=BREAK))
        has_tables = self.text_format == "extendedmarkdown"
        return Reply(delivery, sender, markdown if has_tables else TablesAsLists(markdown), localize)
