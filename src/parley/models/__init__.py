"""Model servers: Chat Completions and Responses, streaming, tool calls, errors, and the demo model."""

from .connection import describe_failed_connection
from .errors import EmptyAnswerError, NoTokensLeftError, describe_for_log, line_for, may_repeat_question
from .factory import describe_model, model_name, model_tools, open_model
from .messages import Answer, Picture, Question
from .model import Model
from .tokens import estimate_text_tokens, truncate

__all__ = [
    "Answer",
    "EmptyAnswerError",
    "Model",
    "NoTokensLeftError",
    "Picture",
    "Question",
    "describe_failed_connection",
    "describe_for_log",
    "describe_model",
    "estimate_text_tokens",
    "line_for",
    "may_repeat_question",
    "model_name",
    "model_tools",
    "open_model",
    "truncate",
]
