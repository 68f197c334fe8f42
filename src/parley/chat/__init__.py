"""What the model sees and says: the prompt, the agent, the model, the memory."""

from .agent import Agent
from .answer import Answer
from .chat import Chat
from .exchanges import estimate_text_tokens, truncate
from .failures import EmptyAnswerError, NoTokensLeftError, describe_for_log, line_for, may_repeat_question
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
from .meter import metered
from .model import describe_model, model_name, open_model
from .people import GROUP_INSTRUCTIONS, as_quoted, split_author, with_author, without_quoted_authors
from .question import Picture, Question
from .stored import answer_of, find_exchange, question_of, read_messages

__all__ = [
    "FRAME_INSTRUCTIONS",
    "GROUP_INSTRUCTIONS",
    "Agent",
    "Answer",
    "Chat",
    "EmptyAnswerError",
    "History",
    "NoTokensLeftError",
    "Picture",
    "Question",
    "answer_of",
    "as_quoted",
    "attached_in",
    "describe_for_log",
    "describe_model",
    "estimate_text_tokens",
    "find_exchange",
    "frame_file",
    "frame_name",
    "is_same_question",
    "line_for",
    "may_repeat_question",
    "metered",
    "model_name",
    "names_in",
    "new_mark",
    "open_model",
    "question_of",
    "read_messages",
    "split_author",
    "truncate",
    "with_author",
    "without_frames",
    "without_quoted_authors",
]
