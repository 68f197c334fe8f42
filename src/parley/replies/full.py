"""One full message, for group chats and channels."""

from typing import Any

from microsoft_teams.api import MessageActivityInput, TypingActivityInput
from microsoft_teams.apps import ActivityContext


class FullReply:
    """Says that it is typing, then sends the whole answer in one message, in the thread of the question.

    Teams refuses streaming activities in groups and channels (bots/streaming-ux.md in MicrosoftDocs/msteams-docs).
    """

    def __init__(self, ctx: ActivityContext[Any]) -> None:
        self._ctx = ctx

    async def start(self) -> None:
        await self._ctx.send(TypingActivityInput())

    async def add(self, chunk: str) -> None:
        """Nothing is shown before the answer is whole."""

    async def finish(self, answer: str) -> None:
        await self._ctx.send(MessageActivityInput(text=answer).add_ai_generated())

    async def say(self, line: str) -> None:
        await self._ctx.send(line)
