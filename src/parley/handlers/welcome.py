"""The bot is installed: send the welcome message, once."""

import logging

from microsoft_teams.api import InstalledActivity
from microsoft_teams.apps import ActivityContext, App

from ..language import LineId
from ..replies import is_group
from .context import Services

logger = logging.getLogger(__name__)

# Teams shows three suggested actions (bots/how-to/conversations/prompt-suggestions.md in MicrosoftDocs/msteams-docs).
SUGGESTIONS: tuple[LineId, ...] = ("starter-abilities", "starter-draft", "starter-ideas")


def register(app: App, services: Services) -> None:
    """Welcome each conversation that the bot is installed in."""

    @app.on_install_add
    async def welcome(ctx: ActivityContext[InstalledActivity]) -> None:
        turn = services.turn(ctx)
        if is_group(ctx.activity.conversation):
            await turn.reply.send(turn.localize("welcome-group", name=ctx.activity.recipient.name or "Parley"))
        else:
            suggestions = [turn.localize(suggestion) for suggestion in SUGGESTIONS]
            await turn.reply.send(turn.localize("welcome"), suggestions)
        logger.info("Sent the welcome message")
