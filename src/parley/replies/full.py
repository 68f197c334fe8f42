"""An answer in one message, for group chats and channels."""

from .delivery import Progress
from .sender import ActivitySender


class FullDelivery:
    """Delivery in one message, in the thread of the question, with a typing indicator until then.

    Teams refuses streams in group chats and channels (bots/streaming-ux.md in MicrosoftDocs/msteams-docs). A later
    attempt of a turn delivers so as well: it updates the message of the earlier one.
    """

    def __init__(self, sender: ActivitySender) -> None:
        self._sender = sender

    async def show(self, progress: Progress) -> None:
        await self._sender.keep_typing(until=progress.work_ended)

    async def deliver(self, text: str, *, is_ai: bool) -> None:
        await self._sender.send_message(text, is_ai=is_ai)

    async def end_stream(self) -> None:
        pass
