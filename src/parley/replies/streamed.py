"""An answer that grows as it is made, for 1:1 chats."""

from typing import Any

from microsoft_teams.api import MessageActivityInput
from microsoft_teams.apps import ActivityContext


class StreamedReply:
    """Streams the answer through the SDK's stream, whose last message carries the AI label.

    Teams streams in 1:1 chats only (bots/streaming-ux.md in MicrosoftDocs/msteams-docs).
    """

    def __init__(self, ctx: ActivityContext[Any]) -> None:
        self._ctx = ctx
        self._shown = ""
        self._finished = False

    async def start(self) -> None:
        """The first words come at once, so there is nothing to show before them."""

    async def add(self, chunk: str) -> None:
        self._shown += chunk
        self._ctx.stream.emit(chunk)

    async def finish(self, answer: str) -> None:
        if not self._shown:
            await self.add(answer)
        self._ctx.stream.emit(MessageActivityInput().add_ai_generated())
        if await self._ctx.stream.close() is None and not self._ctx.stream.canceled:
            # When Teams refuses to stream for this person or bot, the SDK's stream waits 30 s and sends nothing.
            await self._ctx.send(MessageActivityInput(text=self._shown).add_ai_generated())
        self._finished = True

    async def say(self, line: str) -> None:
        if self._finished or not self._shown:
            await self._ctx.send(line)
            return
        await self.add(f"\n\n{line}")
        await self.finish(self._shown)
