"""Which behaviour each thing that Teams sends leads to.

| Teams sends | leads to |
|---|---|
| a message | `message.py`: the model's answer |
"""

from microsoft_teams.apps import App

from ..chat import Chat
from ..replies import Replies
from . import message

__all__ = ["register_handlers"]


def register_handlers(app: App, chat: Chat, replies: Replies) -> None:
    """Register every handler. A new one is a module with a `register` of its own and a line here."""
    message.register(app, chat, replies)
