"""A message from an organization whose users may not use the bot."""

import logging

from microsoft_teams.api import MessageActivity
from microsoft_teams.apps import ActivityContext, App

from .context import Services

logger = logging.getLogger(__name__)


def register(app: App, services: Services) -> None:
    """Tell users of other tenants that the bot is not theirs, and pass all other messages on."""

    @app.on_message
    async def guard_tenant(ctx: ActivityContext[MessageActivity]) -> None:
        if services.tenants.admit(ctx.activity):
            await ctx.next()
            return
        turn = services.turn(ctx)
        await turn.reply.send(turn.localize("not-your-organization"))
        logger.info("Refused a user of another tenant")
