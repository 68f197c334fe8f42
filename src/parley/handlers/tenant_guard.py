"""A guest writes: somebody of an organization whose people are not to use the bot."""

import logging

from microsoft_teams.api import MessageActivity
from microsoft_teams.apps import ActivityContext, App

from ..language import localizer_for
from ..turn import current_turn
from .context import Services

logger = logging.getLogger(__name__)


def register(app: App, services: Services) -> None:
    """Tell guests so, and leave everybody else to the handlers that are registered later."""

    @app.on_message
    async def handle_guest(ctx: ActivityContext[MessageActivity]) -> None:
        if services.tenants.admit(_tenants(ctx.activity)):
            await ctx.next()
            return
        say = localizer_for(ctx.activity.locale)
        await services.replies.open(ctx, current_turn.get(), say).send(say("not-for-guests"))
        logger.info("Told a guest that the bot is for others")


def _tenants(message: MessageActivity) -> set[str | None]:
    """The tenants that the message says it is from."""
    told = {message.conversation.tenant_id, message.from_.tenant_id}
    if message.channel_data and message.channel_data.tenant:
        told.add(message.channel_data.tenant.id)
    return told
