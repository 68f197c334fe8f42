"""Speaks to model servers: Chat Completions and Responses, streaming, tool calls, errors, and the demo model."""

from .errors import EmptyAnswerError, NoTokensLeftError, describe_for_log, line_for, may_repeat_question
from .factory import describe_model, model_name, open_model
from .messages import Answer, Picture, Question
from .tokens import estimate_text_tokens, truncate
from .usage import metered

__all__ = [
    "Answer",
    "EmptyAnswerError",
    "NoTokensLeftError",
    "Picture",
    "Question",
    "describe_for_log",
    "describe_model",
    "estimate_text_tokens",
    "line_for",
    "may_repeat_question",
    "metered",
    "model_name",
    "open_model",
    "truncate",
]
