"""What a person asks the model."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from microsoft_teams.ai import UserMessage


@dataclass(frozen=True)
class Picture:
    """A picture that the model is shown."""

    media_type: str
    data: bytes = field(repr=False)

    @cached_property
    def url(self) -> str:
        """The picture itself, as a `data:` URL."""
        return f"data:{self.media_type};base64,{b64encode(self.data).decode()}"


@dataclass
class Question(UserMessage):
    """What a person wrote, and the pictures that came with it."""

    pictures: Sequence[Picture] = ()

    def without_pictures(self) -> UserMessage:
        """The question as it is remembered: its words name the pictures."""
        return UserMessage(self.content)
