"""What a person is told when no answer came: what happened, and what to do about it.

The cause itself, which may hold a key or a part of the conversation, goes to the log alone.
"""

import openai
from sqlalchemy.exc import SQLAlchemyError


class EmptyAnswerError(Exception):
    """The model said nothing."""


class ContentFilteredError(Exception):
    """The model's content filter ended the answer."""


class NotRememberedError(Exception):
    """The answer was delivered, but the conversation's history could not be written."""


def explain(error: Exception) -> str:
    """One sentence or two for the person who asked."""
    match error:
        case EmptyAnswerError():
            return "The language model had nothing to say to that. Please put it differently and ask again."
        case openai.AuthenticationError() | openai.PermissionDeniedError():
            return "The language model does not let me in. Please tell the person who runs me to check its key."
        case openai.NotFoundError():
            return "My language model was not found. Please tell the person who runs me to check its name."
        case openai.RateLimitError(code="insufficient_quota"):
            return "My language model's quota is used up. Please tell the person who runs me."
        case openai.RateLimitError():
            return "The language model has too much to do right now. Please ask again in a minute."
        case openai.BadRequestError(code="context_length_exceeded"):
            return "That is more than the language model can take at once. Please ask with less text."
        case ContentFilteredError() | openai.BadRequestError(code="content_filter"):
            return "The language model's content filter refused that. Please put it differently."
        case openai.APITimeoutError():
            return "The language model took too long to answer. Please ask again in a moment."
        case openai.APIConnectionError():
            return (
                "I cannot reach the language model, or have lost it in the middle. Please ask again in a moment, "
                "and if that does not help, tell the person who runs me."
            )
        case openai.OpenAIError():
            return "The language model failed. Please ask again in a moment."
        case SQLAlchemyError():
            return "My memory cannot be reached. Please ask again in a moment."
        case NotRememberedError():
            return "I will not remember this answer, because my memory cannot be reached."
        case _:
            return "Something went wrong on my side. Please ask again in a moment."
