"""Somebody clicks on a thumb below an answer."""

import json
import logging
from typing import Any, cast

from microsoft_teams.api import MessageSubmitActionInvokeActivity
from microsoft_teams.apps import ActivityContext, App

from ..feedback.store import Opinion
from ..replies import is_group
from ..text import storable
from .context import Services, user_id_of

logger = logging.getLogger(__name__)

_LONGEST_ID = 512  # characters, as at the gate


def register(app: App, services: Services) -> None:
    """Keep what people think. Nothing is said about it: Teams thanks the person itself, and says that the app cannot be
    reached when a message comes before the response (bots/how-to/bot-messages-ai-generated-content.md in
    MicrosoftDocs/msteams-docs)."""

    @app.on_message_submit_feedback
    async def handle_feedback(ctx: ActivityContext[MessageSubmitActionInvokeActivity]) -> None:
        click = ctx.activity
        opinion = Opinion(
            conversation_id=click.conversation.id,
            in_group=is_group(click.conversation),
            # The Playground leaves out which message it is; its user clicks below the last one.
            message_id=click.reply_to_id or None,
            sent_as=_sent_as(click),
            person_id=user_id_of(click.from_),
            person_name=click.from_.name,
            reaction=click.value.action_value.reaction,
            comment=read_comment(click.value.action_value.feedback),
        )
        if await services.opinions.keep(opinion):
            logger.info("A person has judged an answer: %s", opinion.reaction)
        else:
            logger.warning("A person has judged an answer that is not known")


def read_comment(feedback: str) -> str | None:
    """What the person wrote beside the click, if anything. Teams wraps it in JSON, which its documentation shows
    without; the Playground does not."""
    try:
        content: object = json.loads(feedback)
    except (ValueError, RecursionError):
        content = None
    text: object = feedback
    if isinstance(content, dict):
        # An object of another shape is what a person wrote, or a form that is not known yet.
        text = cast(dict[str, Any], content).get("feedbackText", feedback if content else None)
    return storable(text).strip() or None if isinstance(text, str) else None


def _sent_as(click: MessageSubmitActionInvokeActivity) -> str | None:
    """The id that Teams told when the message was sent, if it was another one: in a 1:1 chat it may begin with `1:`."""
    channel_data = click.channel_data.model_extra if click.channel_data else None
    legacy: object = (channel_data or {}).get("legacy")
    id: object = cast(dict[str, Any], legacy).get("replyToId") if isinstance(legacy, dict) else None
    return id if isinstance(id, str) and len(id) <= _LONGEST_ID else None
