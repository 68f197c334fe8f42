"""The bot is installed: say hello, once."""

import logging

from microsoft_teams.api import InstalledActivity
from microsoft_teams.apps import ActivityContext, App

from ..language import LineId, localizer_for
from ..replies import is_group
from ..turn import current_turn
from .context import Services

logger = logging.getLogger(__name__)

# Teams shows three (bots/how-to/conversations/prompt-suggestions.md in MicrosoftDocs/msteams-docs).
STARTERS: tuple[LineId, ...] = ("starter-abilities", "starter-draft", "starter-ideas")


def register(app: App, services: Services) -> None:
    """Greet a conversation that the bot is installed in."""

    @app.on_install_add
    async def greet(ctx: ActivityContext[InstalledActivity]) -> None:
        turn, say = current_turn.get(), localizer_for(ctx.activity.locale)
        reply = services.replies.open(ctx, turn, say)
        if is_group(ctx.activity.conversation):
            await reply.send(say("hello-group", name=ctx.activity.recipient.name or "Parley"))
        else:
            await reply.send_with_suggestions(say("hello"), [say(starter) for starter in STARTERS])
        logger.info("Greeted a conversation")
