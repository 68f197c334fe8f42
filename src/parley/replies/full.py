"""One full message, for group chats and channels."""

import logging
from typing import Any

from microsoft_teams.api import MessageActivityInput, TypingActivityInput
from microsoft_teams.apps import ActivityContext

logger = logging.getLogger(__name__)


class FullReply:
    """Says that it is typing, then sends the whole answer in one message, in the thread of the question.

    Teams refuses streaming activities in groups and channels (bots/streaming-ux.md in MicrosoftDocs/msteams-docs).
    """

    def __init__(self, ctx: ActivityContext[Any]) -> None:
        self._ctx = ctx

    async def start(self) -> None:
        try:
            await self._ctx.send(TypingActivityInput())
        except Exception:
            # The answer is worth making all the same.
            logger.warning("The typing indicator could not be sent", exc_info=True)

    async def add(self, chunk: str) -> None:
        """Nothing is shown before the answer is whole."""

    async def finish(self, answer: str) -> None:
        await self._ctx.send(MessageActivityInput(text=answer).add_ai_generated())

    async def say(self, line: str) -> None:
        await self._ctx.send(line)
