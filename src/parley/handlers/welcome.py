"""The bot is installed: send the welcome message, once."""

import logging

from microsoft_teams.api import InstalledActivity
from microsoft_teams.apps import ActivityContext, App

from .context import Services, TurnContext
from .roster import read_first_name

logger = logging.getLogger(__name__)


def register(app: App, services: Services) -> None:
    """Welcome each conversation that the bot is installed in."""

    @app.on_install_add
    async def welcome(ctx: ActivityContext[InstalledActivity]) -> None:
        turn = services.turn(ctx)
        text = _group_welcome(turn) if turn.in_group else await _personal_welcome(turn)
        await turn.reply.send(text, turn.starters)
        logger.info("Sent the welcome message")


def _group_welcome(turn: TurnContext) -> str:
    return turn.localize("welcome-group-demo" if turn.has_demo_model else "welcome-group", name=turn.bot_name)


async def _personal_welcome(turn: TurnContext) -> str:
    installed = turn.ctx.activity
    name = await read_first_name(installed.from_, installed.conversation, turn.ctx.api)
    hello = turn.localize("hello-by-name", name=name) if name else turn.localize("hello")
    return turn.localize("welcome-demo" if turn.has_demo_model else "welcome", hello=hello, name=turn.bot_name)
