"""What a person is told of what went wrong: what happened, and what to do about it.

The cause itself, which may hold a key or a part of the conversation, goes to the log alone.
"""

import re

import httpx2
import openai
from sqlalchemy.exc import SQLAlchemyError

CUT_OFF = "The answer ends here, because it has reached its longest. Ask me to go on, or for less at once."


class EmptyAnswerError(openai.OpenAIError):
    """The model said nothing."""


class NoTokensLeftError(openai.OpenAIError):
    """The token limit was reached before the first word: all went into hidden reasoning, or into a tool call."""


class EndlessToolCallsError(openai.OpenAIError):
    """The model went on to call tools when it had to answer."""


class ContextTooLongError(openai.OpenAIError):
    """The question, with the history and all, is more than the model takes."""


class QuestionFilteredError(openai.OpenAIError):
    """The model's content filter refused the question."""


class AnswerFilteredError(openai.OpenAIError):
    """The model's content filter ended the answer."""


class FirstWordTimeoutError(openai.OpenAIError):
    """The model has said nothing in the time that it had."""


class AnswerStalledError(openai.OpenAIError):
    """The model has fallen silent in the middle of the answer."""


class AnswerLostError(openai.OpenAIError):
    """The answer has ended before it was whole."""


class MalformedAnswerError(openai.OpenAIError):
    """The model's server sent something that its API does not know."""


class SignInError(openai.OpenAIError):
    """Entra ID gave no token for the model."""


class NotRememberedError(Exception):
    """The answer was delivered, but the conversation's history could not be written."""


# Compatible servers have no common code for it: vLLM speaks of the maximum context or model length, llama.cpp of the
# context size, LiteLLM of a ContextWindowExceededError, Gemini of a number of tokens, Anthropic of a long prompt,
# GitHub Models of a limit of tokens.
_CONTEXT_TOO_LONG = re.compile(
    r"context[ _-]?(length|size|window)|maximum model length|exceeds the maximum number of tokens|prompt is too long"
    r"|tokens_limit_reached|string_above_max_length",
    re.IGNORECASE,
)
_FILTERED = re.compile(r"\b(content_filter|invalid_prompt|content_?policy_?violation(error)?)\b", re.IGNORECASE)
_QUOTA_CODES = ("insufficient_quota", "billing_hard_limit_reached", "billing_not_active")
_NOT_FOUND_CODES = ("model_not_found", "DeploymentNotFound")


def status_of(error: openai.APIError) -> int | None:
    """The HTTP status, which some servers tell as the code of an error within a stream."""
    if isinstance(error, openai.APIStatusError):
        return error.status_code
    return int(error.code) if error.code and re.fullmatch(r"[45]\d\d", error.code) else None


def is_of_quota(error: openai.APIError) -> bool:
    """Whether somebody has to pay before the model answers again."""
    return error.code in _QUOTA_CODES or status_of(error) == 402


def recognize(error: openai.OpenAIError, *, has_begun: bool) -> openai.OpenAIError:
    """The error itself, or what it stands for where the servers have no common word for it.

    `has_begun` says whether the person has words of the answer before them; a history that is too long is then no
    reason to ask again.
    """
    if not isinstance(error, openai.APIError):
        return error
    words = f"{error.code} {error.type} {error.message}"
    if _FILTERED.search(words):
        return AnswerFilteredError(error.message) if has_begun else QuestionFilteredError(error.message)
    status = status_of(error)
    if not has_begun and (status == 413 or (status in (None, 400, 422) and _CONTEXT_TOO_LONG.search(words))):
        return ContextTooLongError(error.message)
    return error


_FAILED = "The language model failed. Please ask again in a moment."
_NO_ACCESS = "The language model does not let me in. Please tell the person who runs me to check its key."
_UNREACHABLE = (
    "I cannot reach the language model. Please ask again in a moment, and if that does not help, "
    "tell the person who runs me."
)
_NOT_FOUND = "My language model was not found. Please tell the person who runs me to check its name and address."
_BUSY = "The language model has too much to do right now. Please ask again in a minute."


def explain(error: Exception) -> str:
    """One sentence or two for the person who asked."""
    match error:
        case EmptyAnswerError():
            return "The language model had nothing to say to that. Please put it differently and ask again."
        case NoTokensLeftError():
            return (
                "The language model has reached its token limit before its first word. Please ask for less at once, "
                "or tell the person who runs me to raise MODEL_MAX_OUTPUT_TOKENS."
            )
        case EndlessToolCallsError():
            return (
                "The language model kept calling tools instead of answering. Please put it differently and ask again."
            )
        case ContextTooLongError():
            return "That is more than the language model can take at once. Please ask with less text."
        case QuestionFilteredError():
            return "The language model's content filter refused the question. Please put it differently."
        case AnswerFilteredError():
            return "The language model's content filter ended the answer. Please ask for something a little different."
        case AnswerStalledError():
            return "The language model fell silent in the middle of the answer. Please ask again in a moment."
        case AnswerLostError():
            return "I lost the language model in the middle of the answer. Please ask again in a moment."
        case openai.APITimeoutError(__cause__=httpx2.ConnectTimeout()):
            return _UNREACHABLE
        case FirstWordTimeoutError() | openai.APITimeoutError():
            return "The language model took too long to answer. Please ask again in a moment."
        case openai.APIConnectionError():
            return _UNREACHABLE
        case MalformedAnswerError():
            return (
                "The language model sent something that I cannot read. Please ask again in a moment, and if that "
                "does not help, tell the person who runs me."
            )
        case SignInError():
            return _NO_ACCESS
        case openai.APIError():
            return _explain_refusal(error)
        case openai.OpenAIError():
            return _FAILED
        case SQLAlchemyError():
            return "My memory cannot be reached. Please ask again in a moment."
        case NotRememberedError():
            return "I will not remember this answer, because my memory cannot be reached."
        case _:
            return "Something went wrong on my side. Please ask again in a moment."


def _explain_refusal(error: openai.APIError) -> str:
    """The line for what the model's server reports, by a status or within a stream."""
    if is_of_quota(error):
        return "My language model's quota is used up. Please tell the person who runs me."
    if error.code in _NOT_FOUND_CODES:
        return _NOT_FOUND
    if error.code == "rate_limit_exceeded":
        return _BUSY
    match status_of(error):
        case 401 | 403:
            return _NO_ACCESS
        case 404 | 405:
            return _NOT_FOUND
        case 429:
            return _BUSY
        case 400 | 422:
            return "The language model failed to take my request. Please tell the person who runs me."
        case _:
            return _FAILED
