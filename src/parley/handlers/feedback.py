"""A user clicks a thumb below an answer: store the feedback."""

import json
import logging
from typing import Any, cast

from microsoft_teams.api import MessageSubmitActionInvokeActivity
from microsoft_teams.apps import ActivityContext, App

from ..feedback.store import NewFeedback
from ..replies import is_group
from ..text import storable
from .context import Services, user_id_of

logger = logging.getLogger(__name__)

_LONGEST_ID = 512  # characters, as at the gate


def register(app: App, services: Services) -> None:
    """Store feedback without a reply.

    Teams thanks the user itself, and shows an error when a message arrives before the response
    (bots/how-to/bot-messages-ai-generated-content.md in MicrosoftDocs/msteams-docs).
    """

    @app.on_message_submit_feedback
    async def handle_feedback(ctx: ActivityContext[MessageSubmitActionInvokeActivity]) -> None:
        click = ctx.activity
        feedback = NewFeedback(
            conversation_id=click.conversation.id,
            in_group=is_group(click.conversation),
            # The Playground leaves the id out; there the user clicks below the last answer.
            message_id=click.reply_to_id or None,
            sent_as=_sent_as(click),
            user_id=user_id_of(click.from_),
            user_name=click.from_.name,
            reaction=click.value.action_value.reaction,
            comment=read_comment(click.value.action_value.feedback),
        )
        if await services.feedback.save(feedback):
            logger.info("Feedback stored: %s", feedback.reaction)
        else:
            logger.warning("Feedback on an unknown answer ignored")


def read_comment(feedback: str) -> str | None:
    """The comment of the user; None without one. Teams wraps it in JSON, the Playground does not."""
    try:
        content: object = json.loads(feedback)
    except (ValueError, RecursionError):
        content = None
    text: object = feedback
    if isinstance(content, dict):
        # A user may have written JSON, or the form is a new one.
        text = cast(dict[str, Any], content).get("feedbackText", feedback if content else None)
    return storable(text).strip() or None if isinstance(text, str) else None


def _sent_as(click: MessageSubmitActionInvokeActivity) -> str | None:
    """The id that the message had when it was sent, if that was another one: in a 1:1 chat it may begin with `1:`."""
    channel_data = click.channel_data.model_extra if click.channel_data else None
    legacy: object = (channel_data or {}).get("legacy")
    id: object = cast(dict[str, Any], legacy).get("replyToId") if isinstance(legacy, dict) else None
    return id if isinstance(id, str) and len(id) <= _LONGEST_ID else None
