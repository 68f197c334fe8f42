"""All replies of the process."""

from dataclasses import dataclass, field
from typing import Any

from microsoft_teams.api import TextFormat
from microsoft_teams.apps import ActivityContext

from ..language import Localizer
from ..markdown.safe import SafeMarkdown
from ..turn import Turn
from .buffer import AnswerBuffer
from .full import FullDelivery
from .group import is_group
from .pace import Pace
from .reply import Reply
from .sender import ActivitySender
from .stream import Stream
from .streamed import StreamedDelivery


@dataclass(frozen=True)
class Replies:
    """What all replies of the process have in common."""

    text_format: TextFormat
    allowed_image_hosts: frozenset[str]
    pace: Pace = field(default_factory=Pace)

    def open(self, ctx: ActivityContext[Any], turn: Turn, say: Localizer) -> Reply:
        """The reply to the activity, in the way that its conversation allows; what the bot shows of its own meanwhile
        is in the language `say`. What an earlier attempt of the turn has left there is replaced."""
        outbox = ActivitySender(ctx, turn, self.pace, self.text_format)
        if is_group(ctx.activity.conversation) or turn.sent.ids:
            delivery = FullDelivery(outbox)
        else:
            delivery = StreamedDelivery(outbox, Stream(outbox), say)
        return Reply(delivery, outbox, AnswerBuffer(SafeMarkdown(self.allowed_image_hosts), say), say)
