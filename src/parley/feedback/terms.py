"""What can be told of opinions, and how."""

from typing import Literal, get_args

Reaction = Literal["like", "dislike"]
REACTIONS: tuple[Reaction, ...] = get_args(Reaction)

Format = Literal["jsonl", "csv"]
FORMATS: tuple[Format, ...] = get_args(Format)
