"""What every way of replying has in common."""

from typing import Protocol


class Reply(Protocol):
    """The reply to one activity. `start`, then `add` for each piece of the answer, then `finish`; or `say`, at any
    point, to end it with a line of the bot's own."""

    async def start(self) -> None:
        """Show that an answer is being made."""
        ...

    async def add(self, chunk: str) -> None:
        """Take the next piece of the answer's text."""
        ...

    async def finish(self, answer: str) -> None:
        """Deliver the whole answer, labelled as made by AI."""
        ...

    async def say(self, line: str) -> None:
        """End with a line of the bot's own, below what is shown already."""
        ...
