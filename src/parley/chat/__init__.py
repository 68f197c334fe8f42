"""A conversation with a model: the prompt, its memory, and the names of who speaks."""

from .agent import Agent
from .authors import GROUP_INSTRUCTIONS, as_quoted, split_author, with_author, without_quoted_authors
from .chat import Chat
from .exchanges import answer_of, find_exchange, question_of, read_messages
from .frames import (
    FRAME_INSTRUCTIONS,
    attached_in,
    frame_file,
    frame_name,
    is_same_question,
    names_in,
    new_mark,
    without_frames,
)
from .history import History

__all__ = [
    "FRAME_INSTRUCTIONS",
    "GROUP_INSTRUCTIONS",
    "Agent",
    "Chat",
    "History",
    "answer_of",
    "as_quoted",
    "attached_in",
    "find_exchange",
    "frame_file",
    "frame_name",
    "is_same_question",
    "names_in",
    "new_mark",
    "question_of",
    "read_messages",
    "split_author",
    "with_author",
    "without_frames",
    "without_quoted_authors",
]
