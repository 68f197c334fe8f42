"""The bot's behaviour. Each file of this table has a `register(app, services)`; the others are what these share.

| Teams sends | handled by |
|---|---|
| a message | `message.py`: a command (`commands.py`) runs, or the model answers |
| a message of another organization | `tenant_guard.py`: its user is refused |
| an edited, deleted or restored message | `message_updates.py`: the history follows, the last answer is made again |
| an installation | `welcome.py`: the welcome message |
| a thumb below an answer | `feedback.py`: the feedback is stored |
"""

from microsoft_teams.apps import App

from . import feedback, message, message_updates, tenant_guard, welcome
from .advice import Advice
from .context import Services

__all__ = ["Advice", "Services", "register_handlers"]


def register_handlers(app: App, services: Services) -> None:
    """Register every handler. They run in this order; each calls `ctx.next()` to pass the activity on."""
    for handler in (tenant_guard, message, message_updates, welcome, feedback):
        handler.register(app, services)
