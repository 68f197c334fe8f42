"""Which behaviour each thing that Teams sends leads to.

| Teams sends | leads to |
|---|---|
| a message | `message.py`: the model's answer, or what a command does (`commands.py`) |
| that a message was edited, deleted, restored | `changes.py`: the history follows, the last answer is made anew |
| that the bot was installed | `hello.py`: a greeting |
| a message of a guest | `guest.py`: the bot is for others |
| a click on a thumb below an answer | `feedback.py`: it is stored |
"""

from microsoft_teams.apps import App

from . import feedback, message
from . import message_updates as changes
from . import tenant_guard as guest
from . import welcome as hello
from .context import Services

__all__ = ["Services", "register_handlers"]


def register_handlers(app: App, services: Services) -> None:
    """Register every handler. A new one is a module with a `register` of its own and a name here. Of several for the
    same, the first decides whether the next has its turn."""
    for handler in (guest, message, changes, hello, feedback):
        handler.register(app, services)
