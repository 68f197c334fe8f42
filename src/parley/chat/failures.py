"""What a person is told when no answer came: what happened, and what to do about it.

The cause itself, which may hold a key or a part of the conversation, goes to the log alone.
"""

import openai
from sqlalchemy.exc import SQLAlchemyError

CUT_OFF = "The answer ends here, because it has reached its longest. Ask me to go on, or for less at once."


class EmptyAnswerError(Exception):
    """The model said nothing."""


class ContextTooLongError(openai.OpenAIError):
    """The question, with the history and all, is more than the model takes."""


class ContentFilteredError(openai.OpenAIError):
    """The model's content filter ended the answer."""


class FirstWordTimeoutError(openai.OpenAIError):
    """The model has said nothing in the time that it had."""


class AnswerStalledError(openai.OpenAIError):
    """The model has fallen silent in the middle of the answer."""


class AnswerLostError(openai.OpenAIError):
    """The connection to the model was lost in the middle of the answer."""


class MalformedAnswerError(openai.OpenAIError):
    """The model's server sent something that its API does not know."""


class NotRememberedError(Exception):
    """The answer was delivered, but the conversation's history could not be written."""


def explain(error: Exception) -> str:
    """One sentence or two for the person who asked."""
    match error:
        case EmptyAnswerError():
            return "The language model had nothing to say to that. Please put it differently and ask again."
        case openai.AuthenticationError() | openai.PermissionDeniedError():
            return "The language model does not let me in. Please tell the person who runs me to check its key."
        case openai.NotFoundError() | openai.APIError(code="model_not_found"):
            return "My language model was not found. Please tell the person who runs me to check its name."
        case openai.APIError(code="insufficient_quota"):
            return "My language model's quota is used up. Please tell the person who runs me."
        case openai.RateLimitError() | openai.APIError(code="rate_limit_exceeded"):
            return "The language model has too much to do right now. Please ask again in a minute."
        case ContextTooLongError():
            return "That is more than the language model can take at once. Please ask with less text."
        case openai.APIError(code="content_filter"):
            return "The language model's content filter refused the question. Please put it differently."
        case ContentFilteredError():
            return "The language model's content filter ended the answer. Please ask for something a little different."
        case FirstWordTimeoutError() | openai.APITimeoutError():
            return "The language model took too long to answer. Please ask again in a moment."
        case AnswerStalledError():
            return "The language model fell silent in the middle of the answer. Please ask again in a moment."
        case AnswerLostError():
            return "I lost the language model in the middle of the answer. Please ask again in a moment."
        case openai.APIConnectionError():
            return (
                "I cannot reach the language model. Please ask again in a moment, and if that does not help, "
                "tell the person who runs me."
            )
        case MalformedAnswerError():
            return (
                "The language model sent something that I cannot read. Please ask again in a moment, and if that "
                "does not help, tell the person who runs me."
            )
        case openai.BadRequestError() | openai.UnprocessableEntityError():
            return "The language model failed to take my request. Please tell the person who runs me."
        case openai.OpenAIError():
            return "The language model failed. Please ask again in a moment."
        case SQLAlchemyError():
            return "My memory cannot be reached. Please ask again in a moment."
        case NotRememberedError():
            return "I will not remember this answer, because my memory cannot be reached."
        case _:
            return "Something went wrong on my side. Please ask again in a moment."
