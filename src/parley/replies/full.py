"""One full message, for group chats and channels, and for an answer that was begun before."""

from .buffer import AnswerBuffer
from .sender import ActivitySender


class FullDelivery:
    """Says that the bot is typing, then sends the whole answer in one message, in the thread of the question.

    Teams refuses streaming activities in groups and channels (bots/streaming-ux.md in MicrosoftDocs/msteams-docs).
    """

    def __init__(self, outbox: ActivitySender) -> None:
        self._outbox = outbox

    async def show(self, draft: AnswerBuffer) -> None:
        """Renew the typing indicator until the answer is made."""
        await self._outbox.keep_typing(until=draft.made)

    async def deliver(self, text: str, *, is_ai: bool) -> None:
        """Send the text."""
        await self._outbox.send_message(text, is_ai=is_ai)

    async def end_stream(self) -> None:
        """Nothing: what is shown is a message, or nothing at all."""
